// Addresses that nobody made with the page, and text in the data that tries to be more than text.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PostingRow, PostingsAnswer, TilesAnswer } from '../src/api/types';
import { BASE, launch, open, settled, visit, widthOverflow } from './browser';
import { chips, searchOf, tileOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

const ADDRESSES: [what: string, search: string][] = [
  ['values that are none', '?role=&experience=%ff&from=yesterday&build=abc&grain=year&nonsense=1'],
  ['markup', '?role=<script>alert(1)</script>&from=2023-99-99&vs.nothing=x'],
  [
    'escapes that are no text, and a period that ends before it begins',
    '?skill=%E0%A4%A&from=2026-12-31&to=2026-01-01',
  ],
  ['names of the language', '?district=__proto__&role=constructor&vs.role=toString&vs.from=x'],
  ['a text of 10,000 letters', `?q=${'long '.repeat(2_000)}`],
  [
    '300 values of one dimension',
    `?${Array.from({ length: 300 }, (_, index) => `skill=${index}`).join('&')}`,
  ],
  ['parameters that are none', '?%=&=&&&vs.=1&role[]=de&lang=xx&theme=pink&sort=1&order=2&sql=%00'],
];

test.each(['', 'regions', 'time', 'postings'])('`%s` bears any address', async (path) => {
  const { page, troubles } = await visit(browser);
  page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`));
  for (const [what, search] of ADDRESSES) {
    await open(page, `${path}${search}`);
    await page.locator('main h1').waitFor();
    await expect.poll(() => page.locator('[aria-busy="true"]').count()).toBe(0);
    const found = {
      headings: await page.locator('h1').count(),
      alerts: await page.locator('[role="alert"]').count(),
      overflow: await widthOverflow(page),
      troubles,
    };
    expect(found, what).toEqual({ headings: 1, alerts: 0, overflow: 0, troubles: [] });
  }
});

describe('a value that the build does not have', () => {
  test.each([
    ['', '<script>alert(1)</script>'],
    ['regions', 'nobody'],
    ['time', 'nobody'],
    ['skills', '데이터 천문학자'],
    ['industries', '\u202enobody'],
  ])('on `%s` is reported, and can be taken back', async (path, value) => {
    const { page, troubles } = await visit(browser);
    await open(page, `${path}?lang=en&${new URLSearchParams([['role', value]])}`);
    expect(await chips(page).count()).toBe(1);
    expect(await chips(page).innerText()).toContain(value);
    expect(await chips(page).innerText()).toContain('not in this build');
    const empty = page.locator('[data-empty="filters"]');
    expect(await empty.count()).toBe(await page.locator('[data-tile]').count());
    expect(await empty.first().innerText()).toContain('No postings match the selected filters.');
    await empty.first().getByRole('button', { name: 'Clear all' }).click();
    await empty.first().waitFor({ state: 'detached' });
    await expect.poll(() => searchOf(page)).toBe('?lang=en');
    expect(troubles).toEqual([]);
  });

  test('leaves an empty list of postings with ways out', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, 'postings?lang=en&role=nobody&q=Java');
    await page.getByRole('heading', { name: 'No postings match' }).waitFor();
    expect(await page.locator('main').innerText()).toMatch(/this build does not have: nobody/);
    await page.locator('[data-list]').getByRole('button').last().click();
    await page.locator('[role="row"]').nth(3).waitFor();
    await expect.poll(() => searchOf(page)).toBe('?lang=en');
    expect(troubles).toEqual([]);
  });
});

test.each(['nosuch', 'no/such/page', 'embed', 'embed/a/b', 'skills/x', '%ff'])(
  'at a path that is no page, `%s`, there is nothing, and the pages are offered',
  async (path) => {
    const { page, troubles } = await visit(browser);
    const answer = await page.goto(`${BASE}${path}?lang=en&role=de`);
    expect(answer?.status()).toBe(404);
    await page.getByRole('heading', { name: 'Page not found' }).waitFor();
    expect(await page.locator('[data-filters], [data-tile]').count()).toBe(0);
    expect(await page.locator('nav [aria-current]').count()).toBe(0);
    expect(troubles.filter((trouble) => !/HTTP 404|status of 404/.test(trouble))).toEqual([]);
    await page.locator('main').getByRole('link', { name: 'Overview' }).click();
    await settled(page);
    expect(page.url()).toBe(`${BASE}?role=de&lang=en`);
  },
);

test.each([
  ['regions/', 'regions'],
  ['index.html', 'overview'],
])('`%s` is a page as well', async (path, name) => {
  const { page, troubles } = await visit(browser);
  await open(page, `${path}?lang=en`);
  expect(await page.locator('main').getAttribute('data-page')).toBe(name);
  expect(troubles).toEqual([]);
});

test('an embedded tile that there is not is reported', async () => {
  const { page } = await visit(browser);
  await page.goto(`${BASE}embed/nosuch?lang=en`);
  await page.locator('main [role="status"]').first().waitFor();
  expect(await page.locator('main').innerText()).toContain('no tile with this name: nosuch');
});

describe('a hostile title', () => {
  const TITLE =
    '</a></script><script>alert(1)</script><img src=x onerror="alert(2)">{{7*7}}${alert(3)}' +
    '\u202eABC\u202c\u200b\u200d\u2066 👩‍👩‍👧‍👦 مطور ' +
    'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢ ' +
    '매우긴제목'.repeat(60);
  const hostile = (row: PostingRow): PostingRow => ({
    ...row,
    title: TITLE,
    company: TITLE,
    url: 'javascript:alert(4)',
    skills: [TITLE],
    districts: [TITLE],
  });

  test.each([360, 1280])('is text in the list of postings, at %i px', async (width) => {
    const { page, troubles } = await visit(browser, { width });
    page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`));
    await page.route('**/api/v1/postings?*', async (route) => {
      const body = (await (await route.fetch()).json()) as PostingsAnswer;
      const [first, ...rows] = body.rows;
      await route.fulfill({ json: { ...body, rows: first ? [hostile(first), ...rows] : [] } });
    });
    await open(page, 'postings?lang=en');
    const link = page.locator('[role="row"] a').first();
    await link.waitFor();
    expect(await link.textContent()).toBe(TITLE);
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    // Of the same height as every other row, and no wider.
    const boxes = await page
      .locator('[role="row"]:has(a)')
      .evaluateAll((rows) =>
        rows.slice(0, 3).map((row) => [row.clientHeight, row.clientWidth, row.scrollHeight]),
      );
    expect(boxes[0]).toEqual(boxes[1]);
    expect(await widthOverflow(page)).toBe(0);
    expect(troubles).toEqual([]);
  });

  test('is text in the tiles, and its address is not followed', async () => {
    const { page, troubles } = await visit(browser);
    page.on('dialog', (dialog) => troubles.push(`dialog: ${dialog.message()}`));
    await page.route('**/api/v1/tiles?*', async (route) => {
      const body = (await (await route.fetch()).json()) as TilesAnswer;
      for (const { tiles } of body.selections) {
        for (const tile of Object.values(tiles)) {
          if (tile.kind === 'postings') tile.rows = tile.rows.map(hostile);
          if (tile.kind === 'groups' && tile.rows[0]) tile.rows[0].value = TITLE;
        }
      }
      await route.fulfill({ json: body });
    });
    await open(page, '?lang=en');
    const titles = tileOf(page, 'top_views').locator('li .strong.breaks');
    expect((await titles.first().textContent())?.trim()).toBe(TITLE);
    expect(await tileOf(page, 'keywords').locator('tbody button').first().textContent()).toBe(
      TITLE,
    );
    expect(await page.locator('main script, main img').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await widthOverflow(page)).toBe(0);
    expect(troubles).toEqual([]);
  });
});
