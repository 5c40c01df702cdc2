// What people come for, in few clicks, each of which is counted by the page. On any store: what is expected
// comes from the API. `make test-real` runs it on the real postings of 2026.
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Browser } from 'playwright-core';
import { launch, open, publishedBuild, publishedTiles, settled, visit } from './browser';
import { csvOf, pictureOf } from './files';
import { chartOf, figureOf, tileOf } from './shown';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

/** A long name is broken; no other role has this word. */
const ENGINEERS = '엔지니어';
const NEWCOMERS = 'newcomers=신입 지원 가능';
const CHOSEN = `role=de&province=서울&${NEWCOMERS}`;

/** A page that counts what is clicked, from one address to the next. */
async function counting(): Promise<{
  page: Page;
  clicks: () => Promise<number>;
  troubles: string[];
}> {
  const { page, troubles } = await visit(browser);
  await page.addInitScript(() => {
    addEventListener(
      'pointerdown',
      () => sessionStorage.setItem('clicks', String(Number(sessionStorage.getItem('clicks')) + 1)),
      true,
    );
  });
  const clicks = () => page.evaluate(() => Number(sessionStorage.getItem('clicks')));
  return { page, clicks, troubles };
}

/** Clicks a name beside a bar. */
async function choose(page: Page, tile: string, name: string): Promise<void> {
  const label = chartOf(page, tile).locator('svg text').filter({ hasText: name }).first();
  await label.scrollIntoViewIfNeeded();
  const box = await label.boundingBox();
  if (box === null) throw new Error(`${tile} has no name ${name}`);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await settled(page);
}

/** The data date as the page writes it. */
async function dataDate(): Promise<string> {
  const { data_date } = await publishedBuild();
  const [year, month, day] = (data_date ?? '').split('-').map(Number);
  return `${year}년 ${month}월 ${day}일`;
}

test('how many postings for data engineers in Seoul newcomers can apply for, in 3 clicks', async () => {
  const { page, clicks, troubles } = await counting();
  await open(page, '?lang=ko');
  await choose(page, 'roles', ENGINEERS);
  await choose(page, 'provinces', '서울');
  const { selections } = await publishedTiles(['postings'], CHOSEN);
  const postings = selections[0]?.postings ?? 0;
  expect(postings).toBeGreaterThan(0);
  const text = await figureOf(page, 'entry_share').innerText();
  expect(text).toContain(`공고 ${postings.toLocaleString('ko')}건`);
  expect(await clicks()).toBeLessThanOrEqual(3);
  expect(troubles).toEqual([]);
});

test('until when the data go, without a click, on every page', async () => {
  const { page, clicks, troubles } = await counting();
  const date = await dataDate();
  for (const path of ['', 'time', 'skills', 'industries', 'regions', 'postings', 'sql']) {
    await open(page, `${path}?lang=ko`);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.locator('aside').first().innerText()).toContain(date);
    }
  }
  expect(await clicks()).toBe(0);
  expect(troubles).toEqual([]);
});

test('the list as a file that a spreadsheet opens, in 2 clicks', async () => {
  const { page, clicks, troubles } = await counting();
  await open(page, `?lang=ko&${CHOSEN}`);
  await page.getByRole('navigation').getByRole('link', { name: '공고 찾기' }).click();
  await settled(page);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'CSV' }).click(),
  ]);
  expect(await clicks()).toBe(2);
  const { build, data_date } = await publishedBuild();
  expect(download.suggestedFilename()).toMatch(
    new RegExp(`^공고-빌드${build}-데이터 엔지니어-.*서울.*\\.csv$`),
  );
  const bytes = readFileSync((await download.path()) ?? '');
  // Without the mark Excel takes Korean for something else.
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const { about, rows } = csvOf(bytes.toString('utf8'));
  const { selections } = await publishedTiles(['postings'], CHOSEN);
  expect(rows).toHaveLength(1 + (selections[0]?.postings ?? 0));
  expect(rows[0]?.slice(0, 4)).toEqual(['제목', '회사', '직무', '경력']);
  expect(about).toEqual([
    expect.stringMatching(/^사람인/),
    data_date,
    expect.stringMatching(new RegExp(`직무: 데이터 엔지니어.*시·도: 서울.*빌드 ${build}$`)),
  ]);
  expect(rows.flat().filter((cell) => /^[\s]*[=+@＝＋＠－]/.test(cell))).toEqual([]);
  expect(troubles).toEqual([]);
});

test('a chart for a slide, with its date, in 2 clicks', async () => {
  const { page, clicks, troubles } = await counting();
  await open(page, '?lang=ko');
  const date = await dataDate();
  for (const [format, begins] of [
    ['png', '\x89PNG'],
    ['svg', '<svg'],
  ] as const) {
    const before = await clicks();
    await tileOf(page, 'roles').getByRole('button', { name: '다운로드' }).click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      tileOf(page, 'roles').locator(`[data-save="${format}"]`).click(),
    ]);
    expect((await clicks()) - before).toBe(2);
    await page.keyboard.press('Escape');
    const bytes = readFileSync((await download.path()) ?? '');
    expect(bytes.subarray(0, 4).toString('latin1')).toBe(begins);
    if (format === 'png') continue;
    const { texts } = await pictureOf(page, bytes.toString('utf8'));
    expect(texts.join(' ')).toContain(date);
  }
  expect(troubles).toEqual([]);
});

test('data engineers and back-end developers by experience, with percentages, in 4 clicks', async () => {
  const { page, clicks, troubles } = await counting();
  await open(page, '?lang=ko');
  await tileOf(page, 'role_experience').getByRole('button', { name: '비율' }).click();
  await settled(page);
  const texts = await chartOf(page, 'role_experience').locator('svg text').allTextContents();
  const { selections } = await publishedTiles(['role_experience']);
  const tile = selections[0]?.tiles.role_experience;
  if (tile?.kind !== 'cross') throw new Error('no chart');
  for (const role of ['de', 'web_back']) {
    const row = tile.rows.find(({ value }) => value === role);
    const most = Math.max(...(row?.counts ?? []));
    const share = `${((100 * most) / (row?.of ?? 0)).toFixed(1)}%`;
    expect(texts, role).toContain(share);
  }
  expect(await clicks()).toBeLessThanOrEqual(4);
  expect(troubles).toEqual([]);
});
