// What a reader chooses acts on everything that is counted, stands in the address and nowhere else, and
// is there again after a reload, in another window, and on the way back.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BASE, launch, open, settled, visit } from './browser';
import { chartOf, chips, everything, figureOf, searchOf, tableOf, tileOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

const opener = (page: Page, name: string) =>
  page.locator('[data-filters]').getByRole('button', { name: new RegExp(`^${name}( \\d+)?$`) });
const postings = (page: Page) => figureOf(page, 'postings').locator('.value').first();

/** Waits until the address is as given and the figures are those of it. */
async function reaches(page: Page, search: string): Promise<void> {
  await expect.poll(() => searchOf(page)).toBe(search);
  await page.locator('.page:not([aria-busy="true"])').waitFor();
  await settled(page);
}

/** Clicks into a bar: right of the name that belongs to it, which may be the last line of one. */
async function clickBar(page: Page, tile: string, name: string): Promise<void> {
  const label = tileOf(page, tile).locator('svg text').filter({ hasText: name }).first();
  await label.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await label.boundingBox()) ?? {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  };
  await page.mouse.click(x + width + 24, y + height / 2);
}

function unchanged(before: Record<string, string>, after: Record<string, string>): string[] {
  return Object.keys(before).filter((key) => before[key] === after[key]);
}

describe('a mark', () => {
  test('that is clicked filters everything on the page, and a second click undoes it', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, '?lang=en');
    const before = await everything(page);
    await page.reload();
    await settled(page);
    await clickBar(page, 'data_role_ratio', 'engineer');
    await reaches(page, '?role=de&lang=en');
    expect(await chips(page).allInnerTexts()).toEqual([expect.stringContaining('Data engineer')]);
    const after = await everything(page);
    // Of data engineers alone these two say nothing.
    const gone = ['data_job_ratio a', 'data_role_ratio a'];
    expect(Object.keys(after)).toEqual(Object.keys(before).filter((key) => !gone.includes(key)));
    expect(unchanged(before, after)).toEqual([]);
    await tileOf(page, 'roles').locator('[data-tool="table"]').click();
    await tileOf(page, 'roles').locator('svg text').first().waitFor();
    await clickBar(page, 'roles', 'engineer');
    await reaches(page, '?lang=en');
    expect(await chips(page).count()).toBe(0);
    expect(await everything(page)).toEqual(before);
    expect(troubles).toEqual([]);
  });

  test('is chosen by keyboard in a chart', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    const [, first] = await tableOf(page, 'roles');
    await tileOf(page, 'roles').locator('[data-tool="table"]').click();
    await chartOf(page, 'roles').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await reaches(page, '?role=web_back&lang=en');
    expect(first?.[0]).toBe('Back end');
    expect(await chips(page).allInnerTexts()).toEqual([expect.stringContaining('Back end')]);
    // The chart was drawn again, and the keyboard is where it was.
    await page.keyboard.press('Enter');
    await reaches(page, '?lang=en');
  });

  test('that leaves its own chart nothing to show takes the keyboard to where that is said', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, '?lang=en');
    await chartOf(page, 'provinces').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await reaches(page, '?province=서울&lang=en');
    expect(await tileOf(page, 'provinces').count()).toBe(0);
    const note = page.locator('[data-left-out]');
    expect(await note.innerText()).toBe(
      'Only one province is selected, so these charts are not shown: Postings by province',
    );
    expect(await note.evaluate((it) => it === document.activeElement)).toBe(true);
    await page.getByRole('button', { name: 'Remove Province: Seoul' }).click();
    await reaches(page, '?lang=en');
    expect(await tileOf(page, 'provinces').count()).toBe(1);
    expect(await note.count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  test('is chosen by keys that were pressed before the chart was drawn', async () => {
    const { page } = await visit(browser);
    let draw = () => {};
    const pressed = new Promise<void>((resolve) => (draw = resolve));
    await page.route('**/assets/echarts*', async (route) => {
      await pressed;
      await route.continue();
    });
    await page.goto(`${BASE}?lang=en`);
    const chart = chartOf(page, 'provinces');
    await chart.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await chart.getAttribute('aria-busy')).toBe('true');
    await expect.poll(() => searchOf(page)).toBe('?lang=en');
    draw();
    await reaches(page, '?province=서울&lang=en');
  });

  test('is chosen by keyboard in the table behind a chart', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    const count = await postings(page).innerText();
    const rows = await tableOf(page, 'role_experience');
    const row = tileOf(page, 'role_experience').getByRole('button', { name: 'Security' });
    await row.focus();
    await page.keyboard.press('Enter');
    await reaches(page, '?role=security&lang=en');
    expect(await row.getAttribute('aria-pressed')).toBe('true');
    expect(await postings(page).innerText()).not.toBe(count);
    // Its shares may be of all postings shown, its numbers are its own.
    const own = (cells: string[][]) =>
      cells.find(([name]) => name === 'Security')?.filter((cell) => !cell.includes('%'));
    expect(own(await tableOf(page, 'role_experience'))).toEqual(own(rows));
    await row.press('Enter');
    await reaches(page, '?lang=en');
    expect(await postings(page).innerText()).toBe(count);
  });

  test('of a map and of a list of keywords filters like any other', async () => {
    const { page } = await visit(browser);
    await open(page, 'regions?lang=en');
    await chartOf(page, 'provinces').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expect.poll(() => searchOf(page)).toMatch(/^\?province=[가-힣]+&lang=en$/);
    await open(page, '?lang=en');
    await tileOf(page, 'keywords').getByRole('button', { name: 'Java', exact: true }).click();
    await reaches(page, '?skill=Java&lang=en');
  });
});

test.each([
  ['certificates', 365],
  ['interest', 7],
] as const)(
  'a time chosen on `%s` narrows the period, and the figures explain themselves',
  async (path, length) => {
    const { page, troubles } = await visit(browser);
    await open(page, `${path}?lang=en`);
    const card = page.locator('[data-source]').first();
    await card.getByRole('application').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await expect.poll(() => searchOf(page)).toMatch(/^\?from=[\d-]+&to=[\d-]+&lang=en$/);
    const chosen = new URLSearchParams(searchOf(page));
    const day = (name: string) => Date.parse(chosen.get(name) ?? '') / 86_400_000;
    expect([length - 1, length]).toContain(day('to') - day('from'));
    await settled(page);
    await card.locator('[aria-expanded="false"][aria-controls$="-explain"]').click();
    await card.locator('[data-explain] pre').waitFor();
    expect(await card.locator('[data-explain]').innerText()).toContain('select');
    expect(troubles).toEqual([]);
  },
);

test('a search term is chosen by its bar, kept in the address, and cleared with everything', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, 'interest?lang=en');
  const heading = async () => (await tableOf(page, 'interest_weeks'))[0];
  const all = await heading();
  const [, [first = ''] = []] = await tableOf(page, 'interest_shares');
  await tileOf(page, 'interest_shares').locator('[data-tool="table"]').click();
  await chartOf(page, 'interest_shares').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await reaches(page, `?lang=en&term=${first}`);
  expect(await heading()).toEqual(['Week', first]);
  expect(await chips(page).allInnerTexts()).toEqual([expect.stringContaining(first)]);
  await page.reload();
  await settled(page);
  expect(await heading()).toEqual(['Week', first]);
  await page.getByRole('button', { name: 'Clear all' }).click();
  await reaches(page, '?lang=en');
  expect(await heading()).toEqual(all);
  expect(await chips(page).count()).toBe(0);
  await page.goto(`${BASE}interest?lang=en&term=nothing`);
  await settled(page);
  expect(await page.locator('main').innerText()).toContain('no figures for nothing');
  expect(troubles).toEqual([]);
});

describe('the filter bar', () => {
  test('searches its lists, and each choice acts at once and can be undone', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, '?lang=en');
    const all = await everything(page);
    await opener(page, 'Skill').click();
    const list = page.locator('[data-list="skill"]');
    await list.getByRole('searchbox').fill('python');
    await list.getByRole('checkbox', { name: /^Python/ }).check();
    await reaches(page, '?skill=Python&lang=en');
    const python = await everything(page);
    expect(unchanged(all, python)).toEqual([]);
    await page.keyboard.press('Escape');

    await opener(page, 'Date').click();
    await page.getByLabel('Start date').fill('2026-09-01');
    await reaches(page, '?skill=Python&from=2026-09-01&lang=en');
    await page.getByLabel('End date').fill('2026-10-31');
    await reaches(page, '?skill=Python&from=2026-09-01&to=2026-10-31&lang=en');
    await page.keyboard.press('Escape');
    const period = await everything(page);
    expect(period['figure postings a']).not.toBe(python['figure postings a']);

    await page.getByRole('searchbox', { name: /^Search titles/ }).fill('데이터 개발');
    await page.keyboard.press('Enter');
    await reaches(page, '?skill=Python&from=2026-09-01&to=2026-10-31&q=데이터 개발&lang=en');
    expect(await chips(page).count()).toBe(3);
    const text = await everything(page);
    expect(text['figure postings a']).not.toBe(period['figure postings a']);

    for (const [search, state] of [
      ['?skill=Python&from=2026-09-01&to=2026-10-31&lang=en', period],
      ['?skill=Python&from=2026-09-01&lang=en', null],
      ['?skill=Python&lang=en', python],
      ['?lang=en', all],
    ] as const) {
      await page.goBack();
      await reaches(page, search);
      if (state !== null) expect(await everything(page)).toEqual(state);
    }
    await page.goForward();
    await reaches(page, '?skill=Python&lang=en');
    expect(await everything(page)).toEqual(python);

    await opener(page, 'Skill').click();
    await list.getByRole('checkbox', { name: /^Python/ }).uncheck();
    await reaches(page, '?lang=en');
    expect(troubles).toEqual([]);
  });
});

describe('an example', () => {
  test('of SQL counts what is chosen, as the tile does', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, '?lang=en&province=서울');
    const [, ...rows] = await tableOf(page, 'roles');
    await page.getByRole('link', { name: 'SQL', exact: true }).click();
    await page.getByRole('button', { name: 'Province: Seoul', exact: true }).click();
    await expect.poll(() => page.locator('textarea').inputValue()).toContain('chosen as (');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const counts = page.locator('[data-outcome] tbody tr td:nth-of-type(2)');
    await counts.first().waitFor();
    const expected = rows.map(([, count]) => count?.replaceAll(',', ''));
    expect((await counts.allInnerTexts()).map((count) => count.replaceAll(',', ''))).toEqual(
      expected,
    );
    expect(troubles).toEqual([]);
  });

  test('of an interval is of what is chosen', async () => {
    const { page } = await visit(browser);
    await open(page, 'method?lang=en');
    const example = page.locator('[data-example="a"]');
    const all = await example.innerText();
    expect(all).toContain('(All postings)');
    await page.getByRole('searchbox', { name: /^Search titles/ }).fill('java');
    await page.keyboard.press('Enter');
    await expect.poll(() => example.innerText()).toContain('“java”');
    expect(await example.innerText()).toMatch(
      /p = [\d.]+%, with a 95% interval of [\d.]+%–[\d.]+%/,
    );
  });
});

describe('an address', () => {
  const chosen = 'lang=ko&role=de&role=da&experience=신입&province=서울&from=2026-08-01';
  test.each([
    ['', chosen],
    ['', `${chosen}&q=데이터&vs.province=경기&experience_as=percent`],
    ['regions', chosen],
    ['industries', `${chosen}&vs.experience=`],
    ['time', `${chosen}&flow=active&flow_by=role&grain=month`],
    ['skills', 'lang=en&district=서울+강남구&education=대학교졸업(4년)이상&keywords_as=percent'],
  ])('brings the same state back: `%s?%s`', async (path, search) => {
    const { page } = await visit(browser);
    await open(page, `${path}?${search}`);
    const address = page.url();
    const state = await everything(page);
    const said = await page.locator('[data-chips]').innerText();
    expect(Object.keys(state).length).toBeGreaterThan(0);
    await page.reload();
    await settled(page);
    expect(page.url()).toBe(address);
    expect(await everything(page)).toEqual(state);
    const { page: other } = await visit(browser, { width: 1600, locale: 'de-DE' });
    await open(other, address.slice(address.indexOf(`/${path}?`) + 1));
    expect(await everything(other)).toEqual(state);
    expect(await other.locator('[data-chips]').innerText()).toBe(said);
    expect(other.url()).toBe(address);
  });
});

describe('a tile that says nothing of what is chosen', () => {
  const DATA = ['data_job_provinces', 'province_data_jobs', 'data_job_seoul_districts'];

  test('gives way on its page, and is shown where it is embedded', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, 'regions?lang=en&role=de');
    for (const name of DATA) expect([name, await tileOf(page, name).count()]).toEqual([name, 0]);
    expect(await tileOf(page, 'provinces').count()).toBe(1);
    const said = await page.locator('[data-left-out]').innerText();
    expect(said).toMatch(/^All matching postings are data jobs, so these charts are not shown: /);
    expect(said.split(', ')).toHaveLength(DATA.length + 1);
    await open(page, 'embed/data_job_provinces?lang=en&role=de');
    expect(await tileOf(page, 'data_job_provinces').locator('svg text').count()).toBeGreaterThan(3);
    expect(await page.locator('[data-left-out]').count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  test('stays where one of two selections needs it', async () => {
    const { page } = await visit(browser);
    await open(page, 'regions?lang=en&role=de&vs.role=');
    for (const name of DATA) expect([name, await tileOf(page, name).count()]).toEqual([name, 1]);
    expect(await page.locator('[data-left-out]').count()).toBe(0);
  });

  test('is said on a page of which nothing is left', async () => {
    const { page } = await visit(browser);
    await open(page, `regions?lang=en&role=de&district=${encodeURIComponent('서울 강남구')}`);
    expect(await page.locator('[data-tile]').count()).toBe(0);
    expect(await page.locator('[data-left-out] p').count()).toBe(2);
  });
});

describe('a comparison', () => {
  test('is made in the bar, shows two of everything, and comes back', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, '?lang=en');
    await clickBar(page, 'roles', 'engineer');
    await reaches(page, '?role=de&lang=en');
    await opener(page, 'Compare').click();
    await page.getByRole('checkbox', { name: /^Back end/ }).check();
    await reaches(page, '?role=de&vs.role=web_back&lang=en');
    await page.keyboard.press('Escape');

    const state = await everything(page);
    const tiles = page.locator('[data-tile], [data-figure]');
    for (const one of await tiles.all()) expect(await one.locator('[data-side]').count()).toBe(2);
    const sides = (await tiles.count()) * 2;
    expect(Object.keys(state)).toHaveLength(sides);
    for (const [key, text] of Object.entries(state)) {
      if (key.endsWith(' a')) expect(text).not.toBe(state[key.replace(/ a$/, ' b')]);
    }
    // Equal places are equal names, also where the sides have different orders.
    for (const name of ['roles', 'data_keywords', 'top_districts']) {
      const namesOf = async (side: string) =>
        (await tableOf(page, name, side)).slice(1).map(([first]) => first);
      expect(await namesOf('b')).toEqual(await namesOf('a'));
    }
    await page.reload();
    await settled(page);
    expect(await everything(page)).toEqual(state);
    const { page: other } = await visit(browser);
    await open(other, '?role=de&vs.role=web_back&lang=en');
    expect(await everything(other)).toEqual(state);

    // A mark of side B changes side B alone.
    const rowsOfB = tileOf(page, 'roles').locator('[data-side="b"]');
    await rowsOfB.getByRole('button', { name: 'Front end' }).click();
    await reaches(page, '?role=de&vs.role=web_back&vs.role=web_front&lang=en');
    const wider = await everything(page);
    expect(wider['figure postings a']).toBe(state['figure postings a']);
    expect(wider['figure postings b']).not.toBe(state['figure postings b']);
    await page.goBack();
    await reaches(page, '?role=de&vs.role=web_back&lang=en');
    expect(await everything(page)).toEqual(state);
    await page.goBack();
    await reaches(page, '?role=de&lang=en');
    expect(await page.locator('[data-side="b"]').count()).toBe(0);
    expect(troubles).toEqual([]);
  });
});

test('a change of the filters draws each chart once', async () => {
  const { page } = await visit(browser);
  await open(page, '?lang=en');
  await page.evaluate(() => {
    const draws: Record<string, number> = {};
    (window as unknown as { draws: typeof draws }).draws = draws;
    // Each drawing sets it, also to what it was.
    const watch = new MutationObserver((records) => {
      for (const { target } of records) {
        const name = (target as Element).closest<HTMLElement>('[data-tile]')?.dataset.tile ?? '';
        draws[name] = (draws[name] ?? 0) + 1;
      }
    });
    const main = document.querySelector('main') as HTMLElement;
    watch.observe(main, { subtree: true, attributes: true, attributeFilter: ['viewBox'] });
  });
  await clickBar(page, 'data_role_ratio', 'engineer');
  await reaches(page, '?role=de&lang=en');
  const draws = await page.evaluate(() => (window as unknown as { draws: object }).draws);
  expect(draws).toMatchObject({ role_experience: 1, data_keywords: 1, roles: 1, provinces: 1 });
});
