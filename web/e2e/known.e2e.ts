// No 0 where nothing is known. What a page writes as 0, in a sentence, a table, at an axis or aloud, is a 0 of
// the answer; where the answer has no figure, there is none. On any store; run.sh makes those of which the least
// is known.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SelectionAnswer, Tile } from '../src/api/types';
import { createLocale } from '../src/i18n/locale';
import { LANGUAGES } from '../src/i18n/messages';
import { launch, open, publishedTiles, visit } from './browser';
import { tilesOn } from './layout';
import { plain, showTables } from './shown';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const PAGES = [
  ['', tilesOn('overview')],
  ['time', tilesOn('time')],
  ['skills', tilesOn('skills')],
  ['industries', tilesOn('industries')],
  ['regions', tilesOn('regions')],
  ['postings', []],
] as const;
/** Everything; what few postings have; and times of which nobody knows anything. */
const CHOSEN = [
  '',
  'role=de&province=서울',
  'q=데이터&grain=month',
  'from=2019-01-01&to=2019-01-31',
  'from=2026-06-05&to=2026-06-12',
];
/** On a phone nothing else is said: one look at everything is enough. */
const widthsFor = (chosen: string) => (chosen === '' ? [1280, 390] : [1280]);
const MEASURES = ['opened', 'closed', 'active', 'assumed'] as const;
let looked = 0;

/** What stands in a text as a 0, alone or before a unit. */
function zeros(text: string): string[] {
  return (
    plain(text).match(/(?<![\p{L}\d.,:/–~-])0(\.0+)?(?![\d.,:/–~-]|\s*[–~])[^\s]{0,3}/gu) ?? []
  );
}

type Figure = number | null;

/** The figures of a tile, a row of its table each. */
function rowsOf(tile: Tile): Figure[][] {
  switch (tile.kind) {
    case 'value':
      return [[tile.value, tile.n, tile.without, tile.count ?? null, tile.low ?? null]];
    case 'groups':
      return tile.rows.map(({ count, share, low, high }) => [count, share, low, high]);
    case 'cross':
      return tile.rows.map(({ count, of, counts, low, high }) => [
        ...[count, of, ...counts, ...low, ...high],
        ...counts.map((one) => (of === 0 ? null : one / of)),
      ]);
    case 'flow':
      return tile.dates.map((_, index) =>
        tile.series
          .filter(({ value }) => value === 'it')
          .flatMap((all) => MEASURES.map((measure) => all[measure][index] ?? null)),
      );
    case 'postings':
      return tile.rows.map(({ views, applications }) => [views ?? null, applications ?? null]);
  }
}

const zerosOf = (row: readonly Figure[] | undefined): number =>
  (row ?? []).filter((figure) => figure !== null && figure < 0.0005).length;

/** Whether the answer has any figure for a tile. */
function isKnown(tile: Tile, { period_known }: SelectionAnswer): boolean {
  if (!period_known) return false;
  if (tile.kind === 'value') return tile.value !== null;
  return rowsOf(tile)
    .flat()
    .some((figure) => figure !== null);
}

async function answerOf(names: readonly string[], chosen: string): Promise<SelectionAnswer> {
  const { selections } = await publishedTiles(names, chosen);
  const [selection] = selections;
  if (selection === undefined) throw new Error('no answer');
  return selection;
}

/** What `신입 지원 가능` means is no figure. */
const DEFINITION = /최소 경력이 0년|minimum of 0 years/;

/** Texts of the page outside of its tiles, figures and rows of postings. */
async function sentences(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: string[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (parent?.closest('[data-tile], [data-figure], [role="row"], script, style') != null)
        continue;
      if (parent?.checkVisibility() === true) found.push(node.textContent ?? '');
    }
    return found;
  });
}

/** What each tile says, with and without the texts of its drawing, and the rows of its table. */
async function bodies(page: Page) {
  return page.locator('[data-tile] [data-side], [data-figure] [data-side]').evaluateAll((found) =>
    found.map((body) => {
      const { tile, figure } =
        body.closest<HTMLElement>('[data-tile], [data-figure]')?.dataset ?? {};
      // The steps of a map are its axis.
      const texts = (drawn: boolean): string => {
        const walker = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
        const found: string[] = [];
        for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
          const parent = node.parentElement;
          if (parent?.checkVisibility() !== true) continue;
          if ((parent.closest('svg, [data-steps]') !== null) === drawn)
            found.push(node.textContent ?? '');
        }
        return found.join(' ');
      };
      const rows = [...body.querySelectorAll<HTMLElement>('tbody tr')];
      return {
        name: tile ?? figure ?? '',
        said: texts(false),
        drawn: texts(true),
        rows: rows.map((row) =>
          [...row.querySelectorAll<HTMLElement>('td')].map(({ innerText }) => innerText),
        ),
      };
    }),
  );
}

describe.each(CHOSEN)('for `%s`', (chosen) => {
  describe.each(LANGUAGES)('in %s', (language) => {
    test.each(PAGES)('a 0 on `%s` is one of the answer', async (path, names) => {
      const selection = await answerOf(names, chosen);
      for (const width of widthsFor(chosen)) {
        const { page, troubles } = await visit(browser, { width });
        await open(page, `${path}?lang=${language}&${chosen}`);
        for (const { name, said, drawn } of await bodies(page)) {
          const tile = selection.tiles[name];
          if (tile === undefined) throw new Error(`${name} is no tile`);
          looked += 1;
          // Without figures there is no axis either; with some, it begins at 0.
          const shown = isKnown(tile, selection) ? said : `${said} ${drawn}`;
          if (!isKnown(tile, selection) || zerosOf(rowsOf(tile).flat()) === 0)
            expect([name, zeros(shown)]).toEqual([name, []]);
        }
        await showTables(page);
        for (const { name, rows } of await bodies(page)) {
          const tile = selection.tiles[name];
          const figures = tile === undefined ? [] : rowsOf(tile);
          for (const [index, row] of rows.entries()) {
            const found = zeros(row.join('  ')).length;
            expect([name, row, found <= zerosOf(figures[index])]).toEqual([name, row, true]);
          }
        }
        const wrong = (await sentences(page)).filter(
          (text) => zeros(text).length > 0 && !DEFINITION.test(text),
        );
        if (selection.postings > 0 || !selection.period_known) expect(wrong).toEqual([]);
        expect(troubles).toEqual([]);
      }
    });
  });
});

test.each(LANGUAGES)(
  'filters count nothing of days of which nothing is known, in %s',
  async (language) => {
    const { t } = createLocale(language);
    const address = `?lang=${language}&from=2019-01-01&to=2019-01-31`;
    const { page } = await visit(browser);
    await open(page, address);
    await page
      .getByRole('button', { name: language === 'ko' ? '직무' : 'Role', exact: true })
      .first()
      .click();
    const counts = page.locator('label .figures');
    await expect.poll(() => counts.count()).toBeGreaterThan(0);
    expect(new Set(await counts.allInnerTexts())).toEqual(new Set(['–']));
    await open(page, `method${address}`);
    expect(await page.locator('[data-example]').innerText()).toContain(t('tile.empty.period'));
    const { page: phone } = await visit(browser, { width: 390 });
    await open(phone, address);
    await phone
      .getByRole('button', { name: t('filters.open') })
      .first()
      .click();
    expect(zeros(await phone.locator('dialog[open]').first().innerText())).toEqual([]);
  },
);

test('enough was looked at to mean something', () => {
  expect(looked).toBeGreaterThan(200);
});
