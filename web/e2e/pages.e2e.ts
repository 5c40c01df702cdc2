// Every page in both languages: it comes without an error and asks nobody else, says what it is and
// whose data it shows, fits its window, and can be read by everybody.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocale } from '../src/i18n/locale';
import { LANGUAGES, type Language, type MessageKey } from '../src/i18n/messages';
import { BASE, findings, launch, open, publishedBuild, visit, widthOverflow } from './browser';
import { labelOf } from './layout';
import { showTables } from './shown';

let browser: Browser;
const EMBEDDED = 'embed/role_experience';
const PAGES = [
  ['overview', ''],
  ['time', 'time'],
  ['skills', 'skills'],
  ['industries', 'industries'],
  ['regions', 'regions'],
  ['certificates', 'certificates'],
  ['interest', 'interest'],
  ['postings', 'postings'],
  ['sql', 'sql'],
  ['method', 'method'],
  ['embed', EMBEDDED],
] as const;
/** Pages of figures that are not of postings, and not from their source. */
const PUBLIC_DATA: readonly string[] = ['certificates', 'interest'];
const WIDTHS = [360, 768, 2560];

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

/** Opens a page and waits until nothing of it is under way any more. */
async function openWhole(page: Page, address: string): Promise<void> {
  await open(page, address);
  if (!address.startsWith('embed')) await page.locator('main h1').waitFor();
  await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
}

describe.each(LANGUAGES)('in %s', (language: Language) => {
  const { t } = createLocale(language);
  const label = (page: string) =>
    labelOf(page, language) ??
    t(`nav.${page}` as MessageKey & `nav.${'sql' | 'method' | 'postings'}`);

  test.each(PAGES)('%s is whole, says what it is, fits, and can be read', async (name, path) => {
    const { page, troubles, requests } = await visit(browser, { colorScheme: 'light' });
    await openWhole(page, `${path}?lang=${language}`);

    expect(await page.locator('html').getAttribute('lang')).toBe(language);
    const { origin, attribution } = await publishedBuild();
    const demo = origin === 'generated';
    const source = language === 'ko' ? attribution.name_ko : attribution.name_en;
    const footer = page.locator('footer').last();
    if (name === 'embed') {
      expect(await page.title()).toBe(`${await page.locator('h2').evaluate(ownText)} — jobtide`);
      expect((await footer.innerText()).includes(t('tile.demo'))).toBe(demo);
      expect(await footer.innerText()).toContain(source);
    } else {
      const mark = demo ? `[${t('demo.tag')}] ` : '';
      expect(await page.title()).toBe(`${mark}${label(name)} — jobtide`);
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('nav [aria-current="page"]').innerText()).toBe(label(name));
      const order = PAGES.flatMap(([key]) => (key === 'embed' ? [] : label(key)));
      expect(await page.locator('header nav a').allInnerTexts()).toEqual(order);
      expect(await page.locator('[data-demo]').locator('visible=true').count()).toBe(demo ? 1 : 0);
      if (PUBLIC_DATA.includes(name)) {
        expect(await footer.innerText()).not.toContain(source);
      } else {
        expect(await footer.locator('a').first().innerText()).toBe(source);
        expect(await footer.locator('a').first().getAttribute('href')).toBe(attribution.url);
      }
    }
    const marks = await page.locator('[data-tile] h2 .demo').count();
    const counted = page.locator('[data-tile]:not([data-source])');
    expect(marks).toBe(demo ? await counted.count() : 0);

    expect(await findings(page)).toEqual([]);
    expect(await overflows(page)).toEqual([0, 0, 0]);
    await showTables(page);
    expect(await overflows(page)).toEqual([0, 0, 0]);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await frames(page);
    expect(await findings(page)).toEqual([]);

    expect(troubles).toEqual([]);
    expect(requests.filter((address) => !address.startsWith(BASE))).toEqual([]);
  });

  test('a comparison and its explanations fit, too', async () => {
    const { page } = await visit(browser);
    await openWhole(page, `?lang=${language}&role=de&vs.role=web_back`);
    expect(await overflows(page)).toEqual([0, 0, 0]);
    await showTables(page);
    for (const button of await page.locator('[data-tool="explain"]').all()) await button.click();
    await expect
      .poll(() => page.locator('[data-explain] pre').count())
      .toBe(2 * (await page.locator('[data-tile]').count()));
    expect(await overflows(page)).toEqual([0, 0, 0]);
  });

  test('axe has no serious finding on what may be opened', async () => {
    const { page } = await visit(browser, { colorScheme: language === 'ko' ? 'dark' : 'light' });
    await openWhole(page, `?lang=${language}&skill=none&vs.skill=`);
    await page.locator('[data-tool="explain"]').first().click();
    await page.locator('[data-explain] pre').first().waitFor();
    await page.getByRole('button', { name: t('compare.label'), exact: true }).click();
    await page.locator('[data-list]').waitFor();
    expect(await findings(page)).toEqual([]);
  });
});

test.each(PAGES)('%s at rest asks for nothing again', async (_, path) => {
  const { page, requests } = await visit(browser, { reducedMotion: 'no-preference' });
  await openWhole(page, `${path}?lang=en`);
  await page.waitForLoadState('networkidle');
  expect(requests.filter((one, index) => requests.indexOf(one) !== index)).toEqual([]);
});

describe('nothing jumps when the figures arrive', () => {
  const cases = ['', 'regions', 'postings'].flatMap((path) =>
    LANGUAGES.flatMap((language) => [360, 1280].map((width) => [path, width, language] as const)),
  );

  test.each(cases)('on `%s`, at %i px, in %s', async (path, width, language) => {
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
    await page.route('**/api/v1/**', async (route) => {
      await released;
      await route.continue();
    });
    await page.goto(`${BASE}${path}?lang=${language}`);
    await page.locator('main[data-status="loading"] h1').waitFor();
    expect(await page.locator('[aria-busy="true"]').count()).toBeGreaterThan(0);
    release();
    await page.locator('main[data-status="ready"]').waitFor();
    await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
    if (path !== 'postings') await page.locator('main svg text').first().waitFor();
    await frames(page);
    expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBeLessThan(
      0.05,
    );
  });
});

describe('the first chart begins in the first view', () => {
  const WINDOWS = [
    [1280, 800, 500],
    [390, 844, 600],
  ] as const;
  const cases = WINDOWS.flatMap((window) =>
    LANGUAGES.flatMap((language) =>
      ['', '&role=de&role=da&province=서울&from=2021-08-01'].map(
        (filters) => [...window, language, filters] as const,
      ),
    ),
  );

  test.each(cases)('at %i × %i px, above %i px, in %s, with `%s`', async (...given) => {
    const [width, height, most, language, filters] = given;
    const { page } = await visit(browser, { viewport: { width, height } });
    const tops: Record<string, number> = {};
    for (const path of [
      '',
      'time',
      'skills',
      'industries',
      'regions',
      'certificates',
      'interest',
    ]) {
      await openWhole(page, `${path}?lang=${language}${filters}`);
      const drawn = page.locator(
        '[data-tile] [role="application"] [role="img"], [data-tile] table',
      );
      tops[path] = (await drawn.first().boundingBox())?.y ?? Number.POSITIVE_INFINITY;
      expect(await widthOverflow(page)).toBe(0);
    }
    expect(Object.entries(tops).filter(([, top]) => top > most)).toEqual([]);
  });
});

/** By how much the page is wider than windows of WIDTHS. */
async function overflows(page: Page): Promise<number[]> {
  const sizes: number[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await frames(page);
    sizes.push(await widthOverflow(page));
  }
  return sizes;
}

/** Shifts and sizes are known with the frame after the one that they happen in. */
function frames(page: Page): Promise<unknown> {
  return page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
  );
}

/** The text of a heading without the mark in it. */
function ownText(heading: HTMLElement | SVGElement): string {
  return heading.firstChild?.textContent?.trim() ?? '';
}
