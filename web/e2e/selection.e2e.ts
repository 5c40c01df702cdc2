// Choosing, comparing, explaining, saving, embedding and printing: what the pages have in common.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ValueTile } from '../src/api/types';
import { createLocale } from '../src/i18n/locale';
import {
  BASE,
  findings,
  launch,
  open,
  publishedBuild,
  publishedTiles,
  settled,
  visit,
} from './browser';

let browser: Browser;
const en = createLocale('en');

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

const tile = (page: Page, name: string) => page.locator(`[data-tile="${name}"]`);
const query = (page: Page) => decodeURIComponent(new URL(page.url()).search);
const opener = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

async function postingsOf(selection: string): Promise<string> {
  const { selections } = await publishedTiles(['postings'], selection);
  return en.number((selections[0]?.tiles.postings as ValueTile).n);
}

describe('filters', () => {
  test('are chosen by keyboard alone, and the focus comes back', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, '?lang=en');
    await opener(page, 'Role').focus();
    await page.keyboard.press('Enter');
    // A list of a few values has no search; the first value has the focus.
    await page.locator('[data-list="role"] input[type="checkbox"]:focus').waitFor();
    const names = await page.locator('[data-list="role"] .name').allInnerTexts();
    for (let at = 0; at < names.indexOf('Data engineer'); at += 1) {
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Space');
    await expect.poll(() => query(page)).toBe('?role=de&lang=en');
    await page.keyboard.press('Escape');
    expect(await page.locator(':focus').innerText()).toContain('Role');
    await settled(page);
    const figure = page.locator('[data-figure="postings"] .value');
    expect((await figure.innerText()).trim()).toBe(await postingsOf('role=de'));
    expect(troubles).toEqual([]);
  });

  test('of many values are searched in, by keyboard too', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    await opener(page, 'Skill').focus();
    await page.keyboard.press('Enter');
    await page.locator('[data-list="skill"] input[type="search"]:focus').waitFor();
    await page.keyboard.type('python');
    await page.locator('[data-list="skill"] .name', { hasText: /^Python$/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await expect.poll(() => query(page)).toBe('?skill=Python&lang=en');
  });

  test('that are less used are in groups, which say how many values are chosen', async () => {
    const { page, troubles } = await visit(browser);
    await open(page, '?lang=en&education=학력무관&district=서울 강남구');
    const buttons = page.locator('[data-filters] .wide > button, [data-filters] .wide .opener');
    expect(await buttons.count()).toBeLessThanOrEqual(9);
    await opener(page, 'More filters 2').focus();
    await page.keyboard.press('Enter');
    const panel = page.getByRole('dialog', { name: 'More filters' });
    await panel.locator('summary:focus').waitFor();
    expect(await panel.locator('summary').allInnerTexts()).toEqual(
      expect.arrayContaining(['Status', 'Education1', 'District1']),
    );
    expect(await findings(page)).toEqual([]);
    await panel.locator('summary').filter({ hasText: 'Status' }).focus();
    await page.keyboard.press('Enter');
    await panel.locator('[data-list="status"] label').first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await expect
      .poll(() => query(page))
      .toMatch(/^\?district=서울\+강남구&education=학력무관&status=\w+&lang=en$/);
    await opener(page, 'More filters 3').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator(':focus').innerText()).toContain('More filters');
    expect(troubles).toEqual([]);
  });

  test('of districts follow the province', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en&province=서울');
    await opener(page, 'More filters').click();
    await page.locator('summary').filter({ hasText: 'District' }).locator('visible=true').click();
    await page.locator('[data-list="district"] label').first().waitFor();
    const names = await page.locator('[data-list="district"] .name').allInnerTexts();
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect(name).toMatch(/^Seoul /);
  });

  test('are steps of the history, and chips that go one by one or all at once', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en&role=de');
    await page.getByRole('searchbox', { name: /^Search titles/ }).fill('Python');
    await page.keyboard.press('Enter');
    await expect.poll(() => query(page)).toBe('?role=de&q=Python&lang=en');
    await page.goBack();
    await expect.poll(() => query(page)).toBe('?lang=en&role=de');
    await page.goForward();
    await page.getByRole('button', { name: 'Remove Role: Data engineer' }).click();
    await expect.poll(() => query(page)).toBe('?q=Python&lang=en');
    await page.locator('[data-chips]').getByRole('button', { name: 'Clear all' }).click();
    await expect.poll(() => query(page)).toBe('?lang=en');
    await page.locator('[data-chips]').waitFor({ state: 'detached' });
  });

  test('stand in a sheet on a phone', async () => {
    const { page } = await visit(browser, { width: 360, viewport: { width: 360, height: 700 } });
    await open(page, '?lang=en&role=de');
    await page.getByRole('button', { name: 'Filters (1)' }).click();
    await page.locator('dialog summary').filter({ hasText: 'Role' }).click();
    const box = page.locator('dialog [data-list="role"]').getByRole('checkbox').nth(1);
    await box.waitFor();
    expect(await findings(page)).toEqual([]);
    await box.uncheck();
    // The way out stays in view while lists above it are open, and says what it leads to.
    const shows = page.locator('dialog .primary');
    await expect.poll(() => shows.innerText()).toBe(`Show ${await postingsOf('')} postings`);
    const { y, height } = (await shows.boundingBox()) ?? { y: 0, height: 0 };
    expect(y).toBeGreaterThan(500);
    expect(y + height).toBeLessThanOrEqual(700);
    await shows.click();
    await page.locator('dialog .sheet').waitFor({ state: 'detached' });
    await expect.poll(() => query(page)).toBe('?lang=en');
  });

  test('in the sheet of the list of postings count what it lists', async () => {
    const { page } = await visit(browser, { width: 360 });
    await open(page, 'postings?lang=en&role=de');
    await page.getByRole('button', { name: 'Filters (1)' }).click();
    await expect
      .poll(() => page.locator('dialog .primary').innerText())
      .toBe(`Show ${await postingsOf('role=de')} postings`);
  });
});

describe('a comparison', () => {
  test('shows both selections beside each other, swaps them, and ends', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en&role=de');
    await opener(page, 'Compare').click();
    await page.getByRole('checkbox', { name: /^Back end/ }).check();
    await expect.poll(() => query(page)).toBe('?role=de&vs.role=web_back&lang=en');
    await page.keyboard.press('Escape');
    await settled(page);
    const sides = page.locator('[data-figure="postings"] [data-side] .value');
    const shown = (await sides.allInnerTexts()).map((text) => text.replace(/\D*([\d,]+).*/s, '$1'));
    expect(shown).toEqual([await postingsOf('role=de'), await postingsOf('role=web_back')]);
    expect(await tile(page, 'roles').locator('[data-side]').count()).toBe(2);
    await page.locator('[data-chips]').getByRole('button', { name: 'Swap A and B' }).click();
    await expect.poll(() => query(page)).toBe('?role=web_back&vs.role=de&lang=en');
    await page.locator('[data-chips]').getByRole('button', { name: 'Stop comparing' }).click();
    await settled(page);
    expect(await tile(page, 'roles').locator('[data-side]').count()).toBe(1);
  });
});

describe('a tile', () => {
  test('explains itself, and leads to its query and its postings', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en&role=de');
    await tile(page, 'roles').locator('[data-tool="explain"]').click();
    const explanation = page.locator('[data-explain="roles"]');
    await explanation.locator('pre').waitFor();
    expect(await explanation.locator('pre').innerText()).toContain("'de'");
    expect(await explanation.innerText()).toContain(`${await postingsOf('role=de')} postings`);
    await explanation.getByRole('link', { name: 'show the postings' }).click();
    await page.locator('main[data-page="postings"]').waitFor();
    await expect.poll(() => query(page)).toBe('?role=de&lang=en');
  });

  test('is saved as a table and as pictures that say what they show', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en&role=de&vs.role=web_back');
    const { build, origin } = await publishedBuild();
    const demo = origin === 'generated' ? '.demo' : '';
    for (const format of ['csv', 'svg', 'png']) {
      await tile(page, 'data_keywords').getByRole('button', { name: 'Download' }).click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        tile(page, 'data_keywords').locator(`[data-save="${format}"]`).click(),
      ]);
      expect(download.suggestedFilename()).toBe(
        `jobtide-data_keywords-build${build}-Data engineer-Back end${demo}.${format}`,
      );
      const bytes = readFileSync((await download.path()) ?? '');
      if (format === 'png') {
        expect(bytes.subarray(1, 4).toString()).toBe('PNG');
      } else {
        for (const said of ['Data engineer', 'Back end', 'Saramin', `Build ${build}`]) {
          expect(bytes.toString('utf8')).toContain(said);
        }
        expect(bytes.toString('utf8').includes('Demo data')).toBe(demo !== '');
      }
      await page.keyboard.press('Escape');
    }
  });

  test('stands alone where it is embedded, in the language and colours of its address', async () => {
    const { page, troubles } = await visit(browser, { colorScheme: 'light' });
    await open(page, 'embed/roles?role=de&lang=en&theme=dark');
    expect(await page.locator('header nav, [data-filters]').count()).toBe(0);
    expect(await page.locator('footer').last().innerText()).toContain('Role: Data engineer');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    expect(await findings(page)).toEqual([]);
    expect(troubles).toEqual([]);
    await page.goto(`${BASE}embed/no_such_tile?lang=en`);
    await page.getByText('There is no tile with this name').waitFor();
  });
});

describe('pages', () => {
  test('change without loading again, keep the selection, begin at their top, and go back', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en&role=de');
    await page.evaluate(() => {
      (window as unknown as { same: boolean }).same = true;
      window.scrollTo(0, 1200);
      document.querySelector<HTMLAnchorElement>('nav a[href*="regions"]')?.click();
    });
    await page.locator('main[data-page="regions"][data-status="ready"]').waitFor();
    await expect.poll(() => query(page)).toBe('?role=de&lang=en');
    expect(await page.title()).toMatch(/^(\[Demo\] )?Data engineer · Regions — jobtide$/);
    expect(await page.evaluate(() => window.scrollY)).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    await page.goBack();
    await page.locator('main[data-page="overview"][data-status="ready"]').waitFor();
    await page.waitForFunction(() => window.scrollY > 1000);
    expect(await page.evaluate(() => (window as unknown as { same: boolean }).same)).toBe(true);
  });
});
