// Pages on paper: the figures, without anything to click, and with the words that say what they are.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launch, open, visit } from './browser';
import { CHOSEN, said, WORDS } from './said';
import { everything } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

test.each(['', 'time', 'regions', 'skills'])(
  '`%s` is printed without its controls',
  async (path) => {
    const { page, troubles } = await visit(browser, { colorScheme: 'dark' });
    await open(page, `${path}${CHOSEN}`);
    const figures = await everything(page);
    const pdf = await page.pdf();
    expect(pdf.subarray(0, 5).toString('latin1')).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeGreaterThan(0);

    await page.emulateMedia({ media: 'print' });
    await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
    const { lines } = await said();
    const text = await page.locator('body').innerText();
    for (const line of [...WORDS, ...lines]) expect(text).toContain(line);
    const controls = 'nav, input, select, textarea, [data-filters], [data-chips], [data-tool]';
    expect(await page.locator(controls).locator('visible=true').count()).toBe(0);
    // Names of rows choose a filter; on paper they are text.
    const buttons = page.locator('button:not(tbody button)').locator('visible=true');
    expect(await buttons.allInnerTexts()).toEqual([]);
    const paper = () => getComputedStyle(document.documentElement).colorScheme;
    expect(await page.evaluate(paper)).toBe('light');
    expect(await everything(page)).toEqual(figures);
    expect(troubles).toEqual([]);
  },
);
