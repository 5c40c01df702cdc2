// A build that the address is pinned to: its figures stay when newer builds are published.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BASE, launch, open, publishedBuild, settled, visit } from './browser';
import { everything, searchOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

describe('a pinned build', () => {
  test('stands in the link that is asked for, and stays when a newer one appears', async () => {
    const { page } = await visit(browser);
    const published = await publishedBuild();
    await open(page, '?lang=en&role=de');
    const state = await everything(page);
    await page.getByRole('button', { name: 'Link', exact: true }).click();
    const link = page.getByRole('textbox', { name: 'Link to this view' });
    expect(await link.inputValue()).toBe(page.url());
    await page.getByRole('checkbox', { name: `Pin to build ${published.build}` }).check();
    const address = await link.inputValue();
    expect(new URL(address).searchParams.get('build')).toBe(String(published.build));

    const { page: other, requests } = await visit(browser);
    await other.clock.install();
    await other.goto(address);
    await settled(other);
    expect(await everything(other)).toEqual(state);
    await other.route('**/api/v1/build', (route) =>
      route.fulfill({ json: { ...published, build: published.build + 1 } }),
    );
    const asked = requests.filter((one) => one.includes('/api/v1/tiles?')).length;
    await other.clock.fastForward('06:00');
    const notice = other.locator('main [role="status"]').filter({ hasText: 'pinned to' });
    await notice.getByText(`The newest build is ${published.build + 1}.`).waitFor();
    expect(await everything(other)).toEqual(state);
    expect(requests.filter((one) => one.includes('/api/v1/tiles?'))).toHaveLength(asked);
    await notice.getByRole('button', { name: 'Show the newest build' }).click();
    await expect.poll(() => searchOf(other)).toBe('?role=de&lang=en');
  });

  test('that is gone is reported, and the newest one is offered', async () => {
    const { page } = await visit(browser);
    await page.goto(`${BASE}?lang=en&role=de&build=999`);
    const alert = page.getByRole('alert').filter({ hasText: 'Build 999 is gone' });
    await alert.getByRole('button', { name: 'Show the newest' }).click();
    await settled(page);
    await expect.poll(() => searchOf(page)).toBe('?role=de&lang=en');
  });
});
