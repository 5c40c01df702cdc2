// Files of tiles and of the postings: each has the figures of the page, and says what it shows.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, open, publishedBuild, visit } from './browser';
import { csvOf, pictureOf, plainNumber } from './files';
import { CHOSEN, said, TILES, WORDS } from './said';
import { chartOf, tableOf, tileOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

async function taken(page: Page, click: () => Promise<void>): Promise<[string, Buffer]> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return [download.suggestedFilename(), readFileSync((await download.path()) ?? '')];
}

async function save(page: Page, tile: string, format: string): Promise<[string, Buffer]> {
  await tileOf(page, tile).getByRole('button', { name: 'Download' }).click();
  const file = await taken(page, () =>
    tileOf(page, tile).locator(`[data-save="${format}"]`).click(),
  );
  await page.keyboard.press('Escape');
  return file;
}

describe.each(TILES)('the %s tile `%s`', (kind, tile, path) => {
  test('is the same in a CSV file as on the page, cell by cell', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, `${path}${CHOSEN}`);
    const { lines, demo, build } = await said();
    const [name, bytes] = await save(page, tile, 'csv');
    expect(name).toMatch(new RegExp(`^jobtide-${tile}-build${build}-.+${demo}\\.csv$`));
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const { about, rows } = csvOf(bytes.toString('utf8'));
    const shown = await tableOf(page, tile);
    expect(shown.length).toBeGreaterThan(2);
    expect(rows).toEqual(shown.map((row) => row.map(plainNumber)));
    expect(lines.length).toBeGreaterThan(0);
    expect(about[0]).toMatch(/^Saramin/);
    expect(about[1]).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    for (const word of [...WORDS, `Build ${build}`]) expect(about.join(' ')).toContain(word);
    expect(troubles).toEqual([]);
  });

  test('is the same in an SVG file as on the page, drawn or as a table', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, `${path}${CHOSEN}`);
    const { lines, demo, build } = await said();
    const drawn = await chartOf(page, tile).locator('svg text').evaluateAll(contents);
    for (const look of ['chart', 'table']) {
      const wanted = look === 'chart' ? drawn : (await tableOf(page, tile)).flat();
      const [name, bytes] = await save(page, tile, 'svg');
      expect(name).toMatch(new RegExp(`^jobtide-${tile}-build${build}-.+${demo}\\.svg$`));
      const { texts, root } = await pictureOf(page, bytes.toString('utf8'));
      expect(root).toBe('svg');
      // Long lines are broken, and long names cut.
      const text = texts.join(' ');
      const title = await tileOf(page, tile)
        .locator('h2')
        .evaluate((it) => it.firstChild?.textContent);
      for (const line of [title?.trim() ?? '-', ...WORDS, ...lines]) expect(text).toContain(line);
      expect(wanted.length).toBeGreaterThan(3);
      expect(wanted.filter((one) => !texts.includes(one) && !isCut(one, texts))).toEqual([]);
    }
    expect(troubles).toEqual([]);
  });

  test('is a picture in a PNG file', async () => {
    const { page, troubles } = await visit(browser, {
      colorScheme: kind === 'map' ? 'dark' : 'light',
    });
    await open(page, `${path}${CHOSEN}`);
    const [, svg] = await save(page, tile, 'svg');
    const size = /<svg[^>]* width="(\d+(?:\.\d+)?)" height="(\d+)"/.exec(svg.toString('utf8'));
    const [, bytes] = await save(page, tile, 'png');
    expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
    const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
    // Two pixels to each of the drawing.
    expect(Math.abs(width - 2 * Number(size?.[1]))).toBeLessThanOrEqual(2);
    expect(Math.abs(height - 2 * Number(size?.[2]))).toBeLessThanOrEqual(2);
    const colours = await page.evaluate(async (data) => {
      const image = new Image();
      image.src = `data:image/png;base64,${data}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context?.drawImage(image, 0, 0);
      const pixels = context?.getImageData(0, 0, image.width, image.height).data.buffer;
      return new Set(new Uint32Array(pixels ?? new ArrayBuffer(0))).size;
    }, bytes.toString('base64'));
    expect(colours).toBeGreaterThan(64);
    expect(troubles).toEqual([]);
  });
});

test.each([
  ['certificates_upper', 'certificates?lang=en&from=2018-01-01', 'since 2018-01-01'],
  ['interest_weeks', 'interest?lang=en&term=빅데이터', 'Search term: 빅데이터'],
])('`%s`, of a published table, is saved as shown at `%s`', async (tile, path, chosen) => {
  const { page, troubles } = await visit(browser);
  await open(page, path);
  const { build } = await said();
  const drawn = await chartOf(page, tile).locator('svg text').evaluateAll(contents);
  const [picture, svg] = await save(page, tile, 'svg');
  expect(picture).toBe(`jobtide-${tile}-build${build}.svg`);
  const { texts } = await pictureOf(page, svg.toString('utf8'));
  expect(drawn.filter((one) => !texts.includes(one) && !isCut(one, texts))).toEqual([]);
  const shown = await tableOf(page, tile);
  const [, csv] = await save(page, tile, 'csv');
  const { about, rows } = csvOf(csv.toString('utf8'));
  expect(shown.length).toBeGreaterThan(2);
  expect(rows).toEqual(shown.map((row) => row.map(plainNumber)));
  expect(texts.join(' ')).toContain('Source: ');
  for (const text of [about.join(' '), texts.join(' ')]) {
    expect(text).toContain(chosen);
    expect(text).toContain(`Build ${build}`);
    expect(text).toMatch(/data from (2018|2018-06-03) to 20/i);
    expect(text).not.toMatch(/Saramin|demo/i);
  }
  expect(troubles).toEqual([]);
});

test('data that have ended say until when they go, on the page and in a picture', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, 'certificates?lang=en');
  const rows = await tableOf(page, 'certificates_upper');
  const { data_date } = await publishedBuild();
  // SQLP is the last of the three.
  const years = rows.slice(1).filter((cells) => /\d/.test(cells.at(-3) ?? ''));
  const last = years.at(-1)?.[0] ?? '-';
  const over = Date.parse(data_date ?? '') - Date.parse(`${last}-12-31`) > 400 * 86_400_000;
  expect(over).toBe(true);
  const tile = tileOf(page, 'certificates_upper');
  expect(await tile.locator('header').innerText()).toMatch(new RegExp(`data to ${last}`, 'i'));
  await tile.locator('[data-tool="table"]').click();
  const [, svg] = await save(page, 'certificates_upper', 'svg');
  const { texts } = await pictureOf(page, svg.toString('utf8'));
  expect(texts.join(' ')).toMatch(new RegExp(`data to ${last}`, 'i'));
  expect(troubles).toEqual([]);
});

test('a picture of keywords has the rows that are shown, with their bars', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, `skills${CHOSEN}`);
  const tile = tileOf(page, 'all_keywords');
  const names = await tile.locator('tbody th').allInnerTexts();
  const [, svg] = await save(page, 'all_keywords', 'svg');
  const text = svg.toString('utf8');
  const { texts } = await pictureOf(page, text);
  expect(names.length).toBeGreaterThan(10);
  expect(names.filter((name) => !texts.includes(name.trim()))).toEqual([]);
  expect(texts.filter((one) => /^\d+(\.\d)?%$/.test(one))).toHaveLength(names.length);
  expect(Number(/<svg[^>]* height="(\d+)"/.exec(text)?.[1])).toBeLessThan(40 * names.length);
  expect(troubles).toEqual([]);
});

test('a picture of a map has its figures, and one with pale and dashed marks says which they are', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, `regions${CHOSEN}`);
  const { texts } = await pictureOf(
    page,
    (await save(page, 'provinces', 'svg'))[1].toString('utf8'),
  );
  const rows = await tableOf(page, 'provinces');
  const counts = rows.slice(1).map((row) => row[1] ?? '-');
  expect(counts.filter((n) => !texts.some((one) => one.endsWith(`% · ${n}`)))).toEqual([]);
  await open(page, 'time?lang=en&flow=active');
  const flow = (await save(page, 'flow', 'svg'))[1].toString('utf8');
  expect(flow).toMatch(/<path d="M0 5.5H22"[^>]*stroke-dasharray/);
  await open(page, 'certificates?lang=en');
  const exams = (await save(page, 'certificates_entry', 'svg'))[1].toString('utf8');
  expect(exams).toMatch(/<rect width="11" height="11"[^>]* opacity="0.4"/);
  expect(troubles).toEqual([]);
});

test('a picture is one of the whole drawing, however soon it is taken', async () => {
  const { page } = await visit(browser, { reducedMotion: 'no-preference' });
  await open(page, 'time?lang=en');
  const [, soon] = await save(page, 'flow', 'svg');
  const now = () => chartOf(page, 'flow').locator('svg').first().innerHTML();
  let seen = '';
  await expect.poll(async () => seen === (seen = await now()), { interval: 250 }).toBe(true);
  const [, later] = await save(page, 'flow', 'svg');
  const places = (svg: Buffer) => svg.toString('utf8').match(/ (d|x|y|width|height)="[^"]*"/g);
  expect(places(soon)).toEqual(places(later));
});

test('the postings are saved as they are listed', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, `postings${CHOSEN}&sort=views`);
  const rows = page.locator('[role="row"][aria-rowindex]');
  await rows.nth(5).waitFor();
  const column = (index: number) =>
    rows.evaluateAll(
      (found, at) =>
        found.slice(1).map((row) => (row.children[at] as HTMLElement).innerText.trim()),
      index,
    );
  const heads = await page.locator('[role="columnheader"]').allInnerTexts();
  const titles = await column(heads.findIndex((head) => head.startsWith('Title')));
  const count = await page.locator('[role="status"]').filter({ hasText: ' of ' }).innerText();
  const total = Number(plainNumber(/[\d,]+/.exec(count)?.[0] ?? ''));
  expect(total).toBeGreaterThan(titles.length);
  const { demo, build } = await said();

  const [name, bytes] = await taken(page, () => page.getByRole('link', { name: 'CSV' }).click());
  expect(name).toMatch(new RegExp(`^postings-build${build}-.+${demo}\\.csv$`));
  const { about, rows: written } = csvOf(bytes.toString('utf8'));
  expect(about[2]).toContain(`Build ${build}`);
  const at = written[0]?.indexOf('Title') ?? -1;
  expect(written).toHaveLength(total + 1);
  expect(new Set(written.map((row) => row.length)).size).toBe(1);
  // The cell may say more than the title.
  const listed = written.slice(1, titles.length + 1).map((row) => row[at] ?? '-');
  expect(listed.filter((title, index) => titles[index]?.startsWith(title) !== true)).toEqual([]);

  const [other, parquet] = await taken(page, () =>
    page.getByRole('link', { name: 'Parquet' }).click(),
  );
  expect(other).toMatch(new RegExp(`^postings-build${build}-.+${demo}\\.parquet$`));
  expect(parquet.subarray(0, 4).toString('latin1')).toBe('PAR1');
  expect(parquet.subarray(-4).toString('latin1')).toBe('PAR1');
  expect(parquet.length).toBeGreaterThan(1000);
  expect(troubles).toEqual([]);
});

const contents = (texts: Element[]) => texts.map((text) => text.textContent ?? '');

/** A long name ends in an ellipsis. */
function isCut(name: string, texts: readonly string[]): boolean {
  return texts.some((text) => text.endsWith('…') && name.startsWith(text.slice(0, -1)));
}
