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

/** A4, without the margins that the browser leaves. */
const SHEET = { width: 718, height: 1047 };
const COMPARED = '?role=datajob&vs.role=web_back&lang=en';

// No event reports the widths on paper to a script: the page is laid out for it after its last word.
const DEAF = () => {
  const Observer = window.ResizeObserver;
  window.ResizeObserver = class extends Observer {
    constructor(tell: ResizeObserverCallback) {
      super((...changes) => document.documentElement.dataset.deaf ?? tell(...changes));
    }
  };
};

test.each([COMPARED, `industries${COMPARED}`, `skills${COMPARED}`, 'regions?lang=en', 'time'])(
  'every drawing of `%s` stands in its own place on a sheet',
  async (path) => {
    const { page, troubles } = await visit(browser);
    await page.addInitScript(DEAF);
    await open(page, path);
    await expect.poll(() => page.locator('.chart[aria-busy="true"]').count()).toBe(0);
    await page.evaluate(() => {
      document.documentElement.dataset.deaf = '';
      window.dispatchEvent(new Event('beforeprint'));
    });
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize(SHEET);
    const found = await page.evaluate(() => {
      const boxes = [...document.querySelectorAll('[data-tile] .canvas svg')].map((svg) => {
        const tile = svg.closest<HTMLElement>('[data-tile]');
        const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent !== '');
        return {
          name: tile?.dataset.tile ?? '',
          box: svg.getBoundingClientRect().toJSON() as DOMRect,
          tile: tile?.getBoundingClientRect().toJSON() as DOMRect,
          texts: texts.map((text) => text.getBoundingClientRect().toJSON() as DOMRect),
        };
      });
      const within = (a: DOMRect, b: DOMRect) =>
        a.left >= b.left - 3 &&
        a.right <= b.right + 3 &&
        a.top >= b.top - 3 &&
        a.bottom <= b.bottom + 3;
      const apart = (a: DOMRect, b: DOMRect) =>
        a.right <= b.left + 1 ||
        b.right <= a.left + 1 ||
        a.bottom <= b.top + 1 ||
        b.bottom <= a.top + 1;
      return {
        drawn: boxes.filter(({ box, texts }) => box.width > 150 && texts.length > 2).length,
        all: boxes.length,
        outside: boxes
          .filter(
            ({ box, tile, texts }) =>
              !within(box, tile) || texts.some((text) => !within(text, box)),
          )
          .map(({ name }) => name),
        overlapping: boxes.flatMap(({ name, box }, index) =>
          boxes.slice(index + 1).some((other) => !apart(box, other.box)) ? [name] : [],
        ),
      };
    });
    expect(found.all).toBeGreaterThan(0);
    expect(found).toMatchObject({ drawn: found.all, outside: [], overlapping: [] });
    expect(troubles).toEqual([]);
  },
);

test('the overview begins on its first sheet and fills few', async () => {
  const { page } = await visit(browser);
  await open(page, '?lang=en');
  await expect.poll(() => page.locator('.chart[aria-busy="true"]').count()).toBe(0);
  const pdf = await page.pdf({ format: 'A4' });
  expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(6);
});

test.each(['light', 'dark'] as const)(
  'what stands for what keeps its colour where a device has colours of its own: %s',
  async (colorScheme) => {
    const { page, troubles } = await visit(browser, { forcedColors: 'active', colorScheme });
    for (const [path, least] of [
      ['?lang=en', 4],
      ['regions?lang=en', 5],
    ] as const) {
      await open(page, path);
      await expect.poll(() => page.locator('.chart[aria-busy="true"]').count()).toBe(0);
      const tile = page.locator('[data-tile]').first();
      const seen = await tile.evaluate((tile) => ({
        drawn: [...tile.querySelectorAll('.canvas svg path')].map(
          (it) => getComputedStyle(it).fill,
        ),
        legend: [...tile.querySelectorAll('.swatch')].map(
          (it) => getComputedStyle(it).backgroundColor,
        ),
        ground: getComputedStyle(tile.querySelector('.chart') ?? tile).backgroundColor,
        texts: [...tile.querySelectorAll('.canvas svg text')].map(
          (it) => getComputedStyle(it).fill,
        ),
      }));
      const drawn = new Set(seen.drawn);
      expect(new Set(seen.legend).size).toBe(seen.legend.length);
      expect(seen.legend.length).toBeGreaterThanOrEqual(least);
      // Of a map not every step has a region.
      expect(seen.legend.filter((colour) => drawn.has(colour)).length).toBeGreaterThanOrEqual(3);
      expect(seen.texts.some((colour) => colour !== seen.ground)).toBe(true);
      expect(seen.ground).not.toBe('rgba(0, 0, 0, 0)');
    }
    expect(troubles).toEqual([]);
  },
);
