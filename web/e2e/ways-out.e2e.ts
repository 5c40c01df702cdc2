// Where a reader is stuck, and how the page leads on: nothing matches, an address cannot be read, files of
// a page do not come; and where the keyboard is after its button is gone.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launch, open, settled, visit } from './browser';
import { figureOf, searchOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null;
    return element?.getAttribute('aria-label') ?? element?.innerText ?? element?.tagName ?? '';
  });

test('where nothing matches, each thing chosen says what there is without it', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, '?lang=en&role=de&from=2001-01-01&to=2001-12-31');
  const way = page.locator('[data-without="a period"]');
  await way.waitFor();
  expect(await page.locator('[data-without]').count()).toBe(1);
  const promised = /\(([\d,]+)\)$/.exec((await way.innerText()).trim())?.[1];
  await way.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => searchOf(page)).toBe('?role=de&lang=en');
  await settled(page);
  expect(await figureOf(page, 'postings').locator('.value').innerText()).toBe(promised);
  expect(await page.locator('[data-without]').count()).toBe(0);
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('MAIN');
  await open(page, '?lang=en&role=nobody&from=2001-01-01&to=2001-12-31');
  await page.getByText('removing one filter is not enough').waitFor();
  expect(await page.locator('main').innerText()).not.toContain('Remove one of these');
  expect(troubles).toEqual([]);
});

test('what cannot be read in an address is reported, and can be removed', async () => {
  const { page, troubles } = await visit(browser);
  await open(page, '?lang=en&from=banana&to=2026-02-30&role=de&grain=century');
  const main = page.locator('main');
  expect(await main.innerText()).toContain('from=banana, to=2026-02-30, grain=century');
  await page.getByRole('button', { name: 'Remove from the address' }).click();
  await expect.poll(() => searchOf(page)).toBe('?role=de&lang=en');
  expect(await main.innerText()).not.toContain('cannot be read');
  expect(troubles).toEqual([]);
});

describe('the keyboard goes on where its button was', () => {
  test('in the chips', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en&role=de&role=da&experience=신입&vs.role=web_back');
    const press = async (name: string) => {
      await page.getByRole('button', { name, exact: true }).focus();
      await page.keyboard.press('Enter');
      await settled(page);
    };
    await press('Remove Role: Data engineer');
    expect(await focused(page)).toBe('Remove Role: Data analyst');
    await press('Stop comparing');
    expect(await focused(page)).toBe('Clear all');
    await page.keyboard.press('Enter');
    await settled(page);
    expect(await focused(page)).toContain('Click any bar or name');
  });
});

test('filters stay in view while one scrolls, and their lists open there', async () => {
  const { page } = await visit(browser);
  await open(page, '?lang=en');
  await page.evaluate(() => window.scrollTo(0, 1500));
  const bar = await page.locator('[data-filters]').boundingBox();
  expect(bar?.y).toBeLessThan(120);
  expect(bar?.y).toBeGreaterThanOrEqual(0);
  const before = await page.evaluate(() => window.scrollY);
  await page.locator('[data-filters]').getByRole('button', { name: 'Role', exact: true }).click();
  const list = page.locator('[data-list="role"]');
  await list.waitFor();
  expect((await list.boundingBox())?.y).toBeLessThan(400);
  expect(await page.evaluate(() => window.scrollY)).toBe(before);
});

test.each([
  ['active_postings', '?lang=en&province=서울', 'status=open'],
  ['entry_share', '?lang=en&role=de', 'newcomers='],
  ['data_job_share', '?lang=en&role=web_back', 'data_job='],
])('the postings that `%s` counts are a click away from it', async (figure, path, filter) => {
  const { page, troubles } = await visit(browser);
  await open(page, path);
  await figureOf(page, figure).getByRole('button').click();
  const link = page.getByRole('link', { name: /^show the [\d,]+ counted$/ });
  await link.waitFor();
  const promised = /[\d,]+/.exec(await link.innerText())?.[0];
  await link.click();
  await expect.poll(() => searchOf(page)).toContain(filter);
  const status = page.locator('[role="status"]').filter({ hasText: ' of ' });
  await expect.poll(() => status.innerText()).toMatch(new RegExp(`^${promised} `));
  expect(troubles).toEqual([]);
});

describe('files of a page', () => {
  const FILES = /\/assets\/(Method|method)-/;

  test('that do not come from a silent server come by themselves once it answers', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    await page.route(FILES, (route) => route.abort('connectionrefused'));
    await page.route('**/api/v1/**', (route) => route.abort('connectionrefused'));
    await page.getByRole('link', { name: 'Method' }).click();
    await page.getByText('The server does not answer, so this page could not be loaded').waitFor();
    await page.unrouteAll();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.locator('main[data-page="method"] h1').waitFor();
    await settled(page);
  });

  test('that are gone are reported, with a way to load them again', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    await page.route(FILES, (route) => route.fulfill({ status: 404, body: '' }));
    await page.getByRole('link', { name: 'Method' }).click();
    await page.getByText('The server may have been updated').waitFor();
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.locator('main[data-page="method"] h1').waitFor();
    await settled(page);
  });

  test('that are late are said to be on their way', async () => {
    const { page } = await visit(browser);
    await open(page, '?lang=en');
    let go = () => {};
    const held = new Promise<void>((resolve) => (go = resolve));
    await page.route(FILES, async (route) => {
      await held;
      await route.continue();
    });
    await page.getByRole('link', { name: 'Method' }).click();
    const waiting = page.locator('main .waiting span');
    await expect
      .poll(() => waiting.evaluate((it) => getComputedStyle(it).visibility))
      .toBe('visible');
    go();
    await settled(page);
  });
});
