// How one looks at the figures: language, brightness, and the ways to draw a tile.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, open, settled, visit } from './browser';
import { searchOf, tableOf, tileOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

test('the language is switched in the header, kept in the address, and undone by going back', async () => {
  const { page } = await visit(browser, { locale: 'en-GB' });
  await open(page);
  const language = () => page.locator('html').getAttribute('lang');
  expect(await language()).toBe('en');
  expect(searchOf(page)).toBe('');
  await page.getByRole('link', { name: '한국어' }).click();
  expect(await language()).toBe('ko');
  expect(searchOf(page)).toBe('?lang=ko');
  expect(await page.locator('h1').innerText()).toBe('데이터·IT 채용 한눈에 보기');
  await page.reload();
  expect(await language()).toBe('ko');
  await page.goBack();
  await page.locator('html[lang="en"]').waitFor();
});

test('shares in place of numbers are kept in the address', async () => {
  const { page } = await visit(browser);
  await open(page, '?lang=en');
  await tileOf(page, 'data_keywords').getByRole('button', { name: 'Shares' }).click();
  expect(searchOf(page)).toBe('?lang=en&keywords_as=percent');
  await page.reload();
  const pressed = tileOf(page, 'data_keywords').locator('header [aria-pressed="true"]');
  expect(await pressed.innerText()).toBe('Shares');
});

test('shares are percentages, in the bars and in the table', async () => {
  const { page } = await visit(browser);
  await open(page, '?lang=en&keywords_as=percent&experience_as=percent');
  for (const name of ['role_experience', 'data_keywords']) {
    const texts = await tileOf(page, name).locator('svg text').allTextContents();
    expect(texts.filter((text) => /^\d+\.\d%$/.test(text)).length).toBeGreaterThan(5);
    const [head = [], first = []] = await tableOf(page, name);
    expect(head[1]).toMatch(/, share$/);
    expect(first[1]).toMatch(/^\d+\.\d%$/);
    expect(head.slice(-2)).toContain('Distinct postings');
    const count = head.findIndex((text) => text.endsWith(', postings'));
    expect(first[count]).toMatch(/^[\d,]+$/);
  }
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
  await settled(page);
  expect(await background()).toBe(dark);
});
