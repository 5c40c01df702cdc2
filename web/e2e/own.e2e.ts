// A page and a tile of a user's own pipeline folder: there by their files alone.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findings, launch, open, visit, widthOverflow } from './browser';
import { tableOf, tileOf } from './shown';

const TILE = `
label_ko = "고용 형태와 학력"
label_en = "Employment types and education"
subtitle_en = "From a file"
measure = "postings"
by = ["employment_type", "education"]
look = "stacked"
alternative = { look = "percent", name = "types_as" }
`;
/** A series of another table than those of the product's own tiles. */
const SERIES = `
label_ko = "직무별 신규 공고"
label_en = "New postings by role"
kind = "series"
look = "lines"
values = { role = ["de", "da"] }
pick = { name = "line", label_ko = "직무", label_en = "Line" }

[series]
table = "visual_tables.posting_flow"
time = "date"
grain = "day"
key = "role"
key_ko = "직무"
key_en = "Role"
value = "opened"
value_ko = "신규 공고"
value_en = "New postings"
labels_en = { de = "Engineers" }
note_en = "From the same postings."
`;
const PAGE = `
label_ko = "우리 화면"
label_en = "Our page"
title_en = "Our own page"
lede_en = "What we look at"
rows = [
    [{ tile = "own_types", width = 8 }, { tile = "seoul_share", width = 4 }],
    [{ tile = "provinces", look = "bars", label_en = "Where" }, { tile = "interest_weeks" }],
    [{ tile = "own_series" }],
    [{ block = "sources" }],
]
`;
let browser: Browser;
let folder: string;
let server: ChildProcess;
let base: string;

beforeAll(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), 'own-'));
  for (const name of ['tiles', 'pages']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'tiles/own_types.toml'), TILE);
  writeFileSync(join(folder, 'tiles/own_series.toml'), SERIES);
  writeFileSync(join(folder, 'pages/ours.toml'), PAGE);
  server = spawn(process.env.PROGRAM ?? 'jobtide', ['serve', '--listen', '127.0.0.1:0'], {
    cwd: folder,
    env: {
      ...process.env,
      JOBTIDE__STORAGE__URL: process.env.STORE,
      JOBTIDE__PIPELINE__FOLDER: folder,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  base = await new Promise((resolve, reject) => {
    let said = '';
    server.stderr?.on('data', (text: Buffer) => {
      said += String(text);
      const [address] = /http:\/\/127[0-9.]*:\d+/.exec(said) ?? [];
      if (address !== undefined) resolve(`${address}/`);
    });
    server.on('exit', () => reject(new Error(`the server ended: ${said}`)));
  });
});

afterAll(async () => {
  server?.kill();
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('they are in the header, shown, and can be embedded', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, '?lang=en', base);
  await page.getByRole('link', { name: 'Our page' }).click();
  await page.locator('main[data-page="ours"][data-status="ready"]').waitFor();
  expect(page.url()).toBe(`${base}ours?lang=en`);
  expect(await page.locator('h1').innerText()).toBe('Our own page');
  expect(await page.title()).toContain('Our page — jobtide');
  expect(await tileOf(page, 'own_types').locator('h2').innerText()).toContain('Employment types');
  expect(await tileOf(page, 'provinces').locator('h2').innerText()).toContain('Where');
  expect(await page.locator('[data-figure="seoul_share"] .value').innerText()).toMatch(/\d/);
  await tileOf(page, 'interest_weeks').locator('svg text').first().waitFor();
  await tileOf(page, 'own_types').getByRole('button', { name: 'Shares' }).click();
  expect(page.url()).toBe(`${base}ours?lang=en&types_as=percent`);
  expect((await tableOf(page, 'own_types')).length).toBeGreaterThan(2);
  expect(await findings(page)).toEqual([]);
  expect(await widthOverflow(page)).toBe(0);
  await page.reload();
  await page.locator('main[data-page="ours"][data-status="ready"]').waitFor();
  await open(page, 'embed/own_types?lang=en', base);
  expect(await tileOf(page, 'own_types').innerText()).toContain('From a file');
  expect(troubles).toEqual([]);
});

test('a tile shows a series of another table as its file describes it', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, 'ours?lang=en', base);
  await page.locator('main[data-page="ours"][data-status="ready"]').waitFor();
  const tile = tileOf(page, 'own_series');
  await tile.locator('svg text').first().waitFor();
  expect(await tile.locator('h2').innerText()).toContain('New postings by role');
  const [head = [], ...rows] = await tableOf(page, 'own_series');
  expect(head).toEqual(['Day', 'Engineers', 'da']);
  expect(rows.length).toBeGreaterThan(30);
  expect(rows.flat().join()).toMatch(/\d/);
  expect(await page.locator('main').innerText()).toContain('From the same postings.');
  await open(page, 'ours?lang=en&line=da', base);
  expect((await tableOf(page, 'own_series'))[0]).toEqual(['Day', 'da']);
  await open(page, 'embed/own_series?lang=en', base);
  await tile.locator('svg text').first().waitFor();
  expect(troubles).toEqual([]);
});
