// The overview behind a proxy that serves it below `/jobs/`.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BASE, launch, open, settled, visit } from './browser';
import { below, type Proxy } from './proxy';

let browser: Browser;
let proxy: Proxy;

beforeAll(async () => {
  proxy = await below('/jobs', BASE);
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await proxy?.close();
});

test('below a path of a proxy the page fills, and asks for nothing outside of it', async () => {
  const { page, troubles, requests } = await visit(browser);
  await open(page, '?lang=en', proxy.base);
  expect(await page.locator('[data-figure="postings"] .value').innerText()).toMatch(/\d/);
  expect(troubles).toEqual([]);
  expect(requests.length).toBeGreaterThan(5);
  expect(requests.filter((address) => !address.startsWith(proxy.base))).toEqual([]);

  await page.getByRole('link', { name: 'Regions' }).click();
  await page.locator('main[data-page="regions"][data-status="ready"]').waitFor();
  await settled(page);
  expect(page.url()).toBe(`${proxy.base}regions?lang=en`);
  await page.reload();
  await page.locator('main[data-page="regions"][data-status="ready"]').waitFor();
  await settled(page);
  await open(page, 'embed/roles?lang=en', proxy.base);
  expect(troubles).toEqual([]);
  expect(requests.filter((address) => !address.startsWith(proxy.base))).toEqual([]);

  await open(page, '?lang=en', proxy.base);
  await page.getByRole('link', { name: '한국어' }).click();
  expect(page.url()).toBe(`${proxy.base}?lang=ko`);
});

test('the path without its slash leads to the page', async () => {
  const { page, troubles } = await visit(browser);
  await page.goto(proxy.base.slice(0, -1));
  await page.locator('main[data-status="ready"]').waitFor();
  expect(page.url()).toBe(proxy.base);
  expect(troubles).toEqual([]);
});
