// The overview in a real browser against a running server with a published build: see README.md.
import axe from 'axe-core';
import type { Browser, Page, Route } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocale } from '../src/i18n/locale';
import { LANGUAGES, type Language } from '../src/i18n/messages';
import { share } from '../src/stats/wilson';
import { BASE, launch, open, publishedBuild, publishedRows, visit } from './browser';

const API = '**/api/v1/**';
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

function card(page: Page, table: string) {
  return page.locator(`[data-source="visual_tables.${table}"]`);
}

/** Rows of a card's table as texts, after asking for it with the card's button. */
async function tableOf(page: Page, table: string): Promise<string[][]> {
  await card(page, table).locator('footer button').click();
  return cells(page, table);
}

async function cells(page: Page, table: string): Promise<string[][]> {
  const rows = await card(page, table).locator('tbody tr').all();
  return Promise.all(
    rows.map(async (row) => {
      const texts = await row.locator('th, td:not([aria-hidden])').allInnerTexts();
      return texts.map((text) => text.trim());
    }),
  );
}

async function widthOverflow(page: Page): Promise<number> {
  return page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
}

/** Serious findings of axe, as one line each. */
async function findings(page: Page): Promise<string[]> {
  // Evaluated through the debugger, which a content security policy does not concern.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: typeof axe }).axe.run(document),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}

describe.each(LANGUAGES)('in %s', (language: Language) => {
  const locale = createLocale(language);
  const number = (value: unknown) => locale.number(Number(value));

  test('the page shows what the API publishes, without any error', async () => {
    const { page, troubles, requests } = await visit(browser);
    await open(page, `?lang=${language}`);
    const build = await publishedBuild();
    const [all] = await publishedRows('visual_tables.all_count');
    const ratio = await publishedRows('visual_tables.data_job_ratio');
    const detail = await publishedRows('visual_tables.data_job_detail_ratio');
    const roles = await publishedRows('visual_tables.recruit_for_exp');
    const keywords = await publishedRows('visual_tables.top_keywords');
    const dataKeywords = await publishedRows('visual_tables.top_datajob_keywords');
    const dataJobs = Number(ratio.find((row) => row.is_data_job === true)?.count ?? 0);
    const part = share(dataJobs, Number(all?.it));

    // Key figures
    const kpi = (key: string) => page.locator(`[data-kpi="${key}"]`).innerText();
    expect(await kpi('postings')).toContain(number(all?.it));
    expect(await kpi('datajobs')).toContain(number(dataJobs));
    expect(await kpi('datajobs')).toContain(locale.percent(part.value ?? 0));
    expect(await kpi('datajobs')).toContain(locale.percent(part.low));
    expect(await kpi('build')).toContain(number(build.build));
    if (build.collected_through !== null) {
      expect(await kpi('through')).toContain(locale.shortDate(build.collected_through));
    }

    // Charts: labels as drawn
    const drawn = async (table: string) => card(page, table).locator('svg text').allTextContents();
    const columns = await drawn('recruit_for_exp');
    for (const row of roles.filter(({ role }) => role !== 'datajob')) {
      for (const field of ['experienced', 'entry_or_any', 'entry']) {
        expect(columns).toContain(number(row[field]));
      }
      expect(columns).toContain(locale.t('unit.postings', { n: number(row.total) }));
    }
    const bars = await drawn('top_datajob_keywords');
    for (const row of dataKeywords) expect(bars).toContain(number(row.total));

    // Tables behind the charts, every figure
    const shown = await tableOf(page, 'recruit_for_exp');
    expect(shown).toHaveLength(roles.length);
    for (const row of roles) {
      const figures = [row.total, row.experienced, row.entry_or_any, row.entry].map(number);
      const name = locale.role(String(row.role));
      expect(shown.find(([label]) => label?.startsWith(name))?.slice(1, 5)).toEqual(figures);
    }
    const shares = await tableOf(page, 'data_job_detail_ratio');
    for (const row of detail) {
      const { value } = share(Number(row.count), dataJobs);
      expect(shares.find(([label]) => label === locale.role(String(row.role)))).toEqual([
        locale.role(String(row.role)),
        number(row.count),
        locale.percent(value ?? 0),
        expect.stringContaining('–'),
      ]);
    }
    expect((await tableOf(page, 'data_job_ratio')).map(([, count]) => count)).toEqual([
      number(dataJobs),
      number(Number(all?.it) - dataJobs),
    ]);
    expect(await tableOf(page, 'top_datajob_keywords')).toEqual(
      dataKeywords.map((row) => [row.job_name, ...[row.de, row.da, row.ds, row.total].map(number)]),
    );
    const more = card(page, 'top_keywords').locator('button[aria-expanded="false"]');
    if ((await more.count()) > 0) await more.click();
    expect((await cells(page, 'top_keywords')).map((row) => row.slice(1))).toEqual(
      keywords.map((row) => [row.job_name, number(row.count)]),
    );

    // The mark of generated data, exactly where they are
    expect(await page.locator('[data-demo]').count()).toBe(build.origin === 'generated' ? 1 : 0);
    if (build.origin === 'generated') {
      expect(await page.locator('[data-demo]').isVisible()).toBe(true);
      expect(await page.locator('h2 .demo:visible').count()).toBe(5);
      expect(await page.title()).toContain(locale.t('demo.tag'));
    }

    // Source, in the footer
    const source = page.locator('body > #app > footer a').first();
    const { attribution } = build;
    expect(await source.innerText()).toBe(
      language === 'ko' ? attribution.name_ko : attribution.name_en,
    );
    expect(await source.getAttribute('href')).toBe(attribution.url);

    expect(troubles).toEqual([]);
    expect(requests.filter((address) => !address.startsWith(BASE))).toEqual([]);
  });

  test.each([360, 768, 2560])('nothing runs out of the page at %i px', async (width) => {
    const { page } = await visit(browser, { width });
    await open(page, `?lang=${language}`);
    expect(await widthOverflow(page)).toBe(0);
    for (const button of await page.locator('footer button').all()) await button.click();
    expect(await widthOverflow(page)).toBe(0);
  });

  test.each(['light', 'dark'] as const)('axe has no serious finding, %s', async (colorScheme) => {
    const { page } = await visit(browser, { colorScheme });
    await open(page, `?lang=${language}`);
    expect(await findings(page)).toEqual([]);
    for (const button of await page.locator('footer button').all()) await button.click();
    expect(await findings(page)).toEqual([]);
  });
});

describe('choices', () => {
  test('the language is switched in the header, kept in the address, and undone by going back', async () => {
    const { page } = await visit(browser, { locale: 'en-GB' });
    await open(page);
    const language = () => page.locator('html').getAttribute('lang');
    expect(await language()).toBe('en');
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('link', { name: '한국어' }).click();
    expect(await language()).toBe('ko');
    expect(new URL(page.url()).search).toBe('?lang=ko');
    expect(await page.locator('h1').innerText()).toBe(createLocale('ko').t('overview.title'));
    await page.reload();
    expect(await language()).toBe('ko');
    await page.goBack();
    await page.locator('html[lang="en"]').waitFor();
  });

  test('keywords as shares are kept in the address', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=ko');
    await card(page, 'top_datajob_keywords').getByRole('button', { name: '100%' }).click();
    expect(new URL(page.url()).search).toBe('?lang=ko&keywords=share');
    await page.reload();
    const pressed = card(page, 'top_datajob_keywords').locator('[aria-pressed="true"]');
    expect(await pressed.innerText()).toBe('100%');
  });

  test('dark is chosen against the device, and outlives the visit', async () => {
    const { page } = await visit(browser, { colorScheme: 'light' });
    await open(page, '?lang=en');
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByRole('button', { name: 'Dark' }).click();
    expect(await background()).not.toBe(light);
    const dark = await background();
    await page.reload();
    await page.locator('main[data-status="ready"]').waitFor();
    expect(await background()).toBe(dark);
  });
});

describe('each figure', () => {
  test('is reached by keyboard as a table, and goes back to the chart', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const button = card(page, 'recruit_for_exp').locator('footer button');
    expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
    await page.keyboard.press('Enter');
    expect(await card(page, 'recruit_for_exp').locator('table').isVisible()).toBe(true);
    await page.keyboard.press('Enter');
    await card(page, 'recruit_for_exp').locator('svg text').first().waitFor();
  });

  test('is offered as a file', async () => {
    const { page } = await visit(browser);
    await open(page);
    const links = page.locator('a[download]');
    expect(await links.count()).toBe(5);
    for (const link of await links.all()) {
      const address = await link.evaluate((element) => (element as HTMLAnchorElement).href);
      const response = await page.request.get(address);
      expect([address, response.status()]).toEqual([address, 200]);
      expect(response.headers()['content-type']).toContain('text/csv');
    }
  });

  test('tells its parts under the pointer', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    const chart = card(page, 'recruit_for_exp').locator('[role="img"]');
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + 100);
    const tip = card(page, 'recruit_for_exp').locator('.tip');
    await tip.waitFor();
    expect(await tip.innerText()).toContain('Experienced');
    await page.keyboard.press('Escape');
    await tip.waitFor({ state: 'detached' });
  });
});

describe('without figures', () => {
  const answer = (status: number, body: unknown) => (route: Route) =>
    route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });

  test('before the first build the page says what to do', async () => {
    const { page } = await visit(browser);
    const error = { code: 'nothing_published', message: 'nothing is published', hint: null };
    await page.route(API, answer(503, { error }));
    await page.goto(`${BASE}?lang=en`);
    const state = page.locator('[data-state="nothing_published"]');
    await state.waitFor();
    expect(await state.innerText()).toContain('jobtide run collect_postings');
    expect(await findings(page)).toEqual([]);
  });

  test('an error is told in the server’s words', async () => {
    const { page } = await visit(browser, { colorScheme: 'dark' });
    const error = { code: 'internal', message: 'the disk is full', hint: 'make room' };
    await page.route(API, answer(500, { error }));
    await page.goto(`${BASE}?lang=en`);
    const state = page.locator('[data-state="refused"]');
    await state.waitFor();
    expect(await state.innerText()).toContain('the disk is full');
    expect(await state.innerText()).toContain('hint: make room');
    expect(await findings(page)).toEqual([]);
  });

  test('a stopped server is told, and a retry recovers', async () => {
    const { page } = await visit(browser);
    await page.route(API, (route) => route.abort('connectionrefused'));
    await page.goto(`${BASE}?lang=en`);
    await page.locator('[data-state="unreachable"]').waitFor();
    await page.unroute(API);
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('main[data-status="ready"]').waitFor();
  });
});

test('a server that stops later leaves the figures on the page and says so', async () => {
  const { page } = await visit(browser);
  await page.clock.install();
  await open(page, '?lang=en');
  const postings = await page.locator('[data-kpi="postings"] .value').innerText();
  await page.route(API, (route) => route.abort('connectionrefused'));
  await page.clock.fastForward('06:00');
  const notice = page.locator('main [role="status"]');
  await notice.waitFor();
  expect(await notice.innerText()).toContain('The server does not answer');
  expect(await page.locator('[data-kpi="postings"] .value').innerText()).toBe(postings);
  await page.unroute(API);
  await notice.getByRole('button').click();
  await notice.waitFor({ state: 'detached' });
});

test('old data are called old', async () => {
  const { page } = await visit(browser);
  await page.route('**/api/v1/build', async (route) => {
    const response = await route.fetch();
    const build = { ...(await response.json()), origin: 'collected' };
    build.collected_through = '2020-01-01T00:00:00Z';
    await route.fulfill({ json: build });
  });
  await open(page, '?lang=en');
  expect(await page.locator('[data-stale]').innerText()).toContain('1 January 2020');
});

test.each([360, 1280])('nothing jumps when the figures arrive, at %i px', async (width) => {
  const { page } = await visit(browser, { width });
  await page.addInitScript(() => {
    const log = window as unknown as { shift: number };
    log.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        log.shift += (entry as unknown as { value: number }).value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(API, async (route) => {
    await released;
    await route.continue();
  });
  await page.goto(`${BASE}?lang=ko`);
  await page.locator('main[data-status="loading"]').waitFor();
  expect(await page.locator('[aria-busy="true"]').count()).toBeGreaterThan(0);
  release();
  await page.locator('main[data-status="ready"]').waitFor();
  await page.locator('[role="img"] svg text').first().waitFor();
  // Shifts are reported with the frame after the one they happen in.
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
  const shift = await page.evaluate(() => (window as unknown as { shift: number }).shift);
  expect(shift).toBeLessThan(0.05);
});
