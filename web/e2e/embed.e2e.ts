// A tile in other pages: it stands alone, with the figures and the look it has on its own page.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BASE, launch, open, visit } from './browser';
import { CHOSEN, said, TILES, WORDS } from './said';
import { chartOf, tileOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

test.each(TILES)('the %s tile `%s` stands alone, with the same figures', async (_, tile, path) => {
  const { page } = await visit(browser);
  await open(page, `${path}${CHOSEN}`);
  const figures = await spoken(page, tile);
  const address = await embedding(page, tile);
  const { lines } = await said();
  const { page: other, troubles, requests } = await visit(browser, { width: 560 });
  await open(other, address.slice(BASE.length));
  expect(address.startsWith(BASE)).toBe(true);
  expect(await other.locator('[data-tile]').count()).toBe(1);
  expect(await other.locator('nav, [data-filters], [data-chips], .tools').count()).toBe(0);
  expect(figures.join()).toMatch(/\d/);
  expect(await spoken(other, tile)).toEqual(figures);
  const under = await other.locator('footer').innerText();
  for (const line of [...WORDS, ...lines]) expect(under).toContain(line);
  expect(troubles).toEqual([]);
  expect(requests.filter((one) => !one.startsWith(BASE))).toEqual([]);
});

test.each([
  ['role_experience', '?lang=en&experience_as=percent'],
  ['flow', 'time?lang=en&flow=active&flow_by=role'],
])('`%s` is embedded as it is looked at: `%s`', async (tile, path) => {
  const { page } = await visit(browser);
  await open(page, path);
  const looks = () => tileOf(page, tile).locator('[aria-pressed="true"]').allInnerTexts();
  const figures = await spoken(page, tile);
  const [look] = await looks();
  await page.goto(await embedding(page, tile));
  await tileOf(page, tile).locator('svg text').first().waitFor();
  expect((await looks())[0]).toBe(look);
  expect(await spoken(page, tile)).toEqual(figures);
});

test.each([
  ['certificates_state', 'certificates?lang=en&stage=practical&from=2021-01-01', 'KOSIS'],
  ['certificates_entry_rates', 'certificates?lang=en', 'team report'],
  ['interest_weeks', 'interest?lang=en&term=빅데이터', 'Google Trends'],
  ['interest_shares', 'interest?lang=en&from=2022-06-01', 'Google Trends'],
])('`%s`, of a published table, stands alone as on its page: `%s`', async (tile, path, source) => {
  const { page } = await visit(browser);
  await open(page, path);
  const figures = await spoken(page, tile);
  const address = await embedding(page, tile);
  const { page: other, troubles, requests } = await visit(browser, { width: 560 });
  await open(other, address.slice(BASE.length));
  expect(await other.locator('[data-tile]').count()).toBe(1);
  expect(await other.locator('h1, nav, [data-filters], [data-chips], .tools').count()).toBe(0);
  expect(figures.join()).toMatch(/\d/);
  expect(await spoken(other, tile)).toEqual(figures);
  expect(await tileOf(other, tile).innerText()).toContain(source);
  const under = await other.locator('footer').innerText();
  expect(under).toContain('Build ');
  expect(under).not.toContain('Saramin');
  if (address.includes('from=')) expect(under).toContain('since 202');
  expect(troubles).toEqual([]);
  expect(requests.filter((one) => !one.startsWith(BASE))).toEqual([]);
});

test.each(['', 'postings', 'embed/roles'])(
  '`%s` may be framed by its own site only',
  async (path) => {
    const { headers } = await fetch(`${BASE}${path}`);
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'self'");
  },
);

/** What a chart says aloud of its first and last mark. */
async function spoken(page: Page, tile: string): Promise<string[]> {
  const chart = chartOf(page, tile);
  const texts: string[] = [];
  for (const key of ['Home', 'End']) {
    await chart.press(key);
    texts.push((await chart.locator('[aria-live]').textContent()) ?? '');
  }
  return texts;
}

/** The address that a tile gives for other pages, which its code for them has, too. */
async function embedding(page: Page, tile: string): Promise<string> {
  await tileOf(page, tile).getByRole('button', { name: 'Embed' }).click();
  const box = (name: string) => tileOf(page, tile).getByRole('textbox', { name }).inputValue();
  const address = await box('Link to this tile');
  expect(await box('Code')).toContain(`src="${address.replaceAll('&', '&amp;')}"`);
  return address;
}
