// What the overview shows of the API's answer, in both languages, and what must hold of every share.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CrossTile, GroupsTile, ValueTile } from '../src/api/types';
import { createLocale } from '../src/i18n/locale';
import { LANGUAGES, type Language } from '../src/i18n/messages';
import { labelOf } from '../src/state/labels';
import { launch, open, publishedDefinitions, publishedTiles, visit } from './browser';
import { tilesOn } from './layout';
import { figureOf, showTables, tableOf, tileOf } from './shown';

let browser: Browser;

beforeAll(async () => {
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
});

test.each(LANGUAGES)(
  'the overview shows what the API answers, in %s',
  async (language: Language) => {
    const locale = createLocale(language);
    const { page, troubles, requests } = await visit(browser);
    await open(page, `?lang=${language}`);
    const definitions = await publishedDefinitions();
    const [selection] = (await publishedTiles(tilesOn('overview'))).selections;
    const tiles = selection?.tiles ?? {};
    const label = (dimension: string, value: string) =>
      labelOf(definitions, dimension, value, language);
    // All tiles come from one answer, and so from one build.
    expect(requests.filter((address) => address.includes('/api/v1/tiles?'))).toHaveLength(1);

    const shown = (name: string) => figureOf(page, name).innerText();
    const value = (name: string) => tiles[name] as ValueTile;
    expect(await shown('postings')).toContain(locale.number(value('postings').n));
    const share = value('data_job_share');
    for (const percent of [share.value, share.low, share.high]) {
      expect(await shown('data_job_share')).toContain(locale.percent((percent ?? 0) / 100));
    }
    for (const name of ['mean_minimum_years', 'mean_minimum_years_experienced']) {
      expect(await shown('mean_minimum_years')).toContain(locale.decimal(value(name).value ?? 0));
    }
    for (const name of ['active_postings', 'assumed_active_postings']) {
      expect(await shown('active_postings')).toContain(locale.number(value(name).value ?? 0));
    }

    for (const [name, dimension] of [
      ['data_job_ratio', 'data_job'],
      ['data_role_ratio', 'role'],
      ['roles', 'role'],
      ['provinces', 'province'],
      ['top_districts', 'district'],
    ] as const) {
      const { rows, n } = tiles[name] as GroupsTile;
      const [, ...cells] = await tableOf(page, name);
      expect(cells, name).toEqual(
        rows.map((row) => [
          label(dimension, row.value),
          locale.number(row.count),
          locale.percent(row.share),
          `${locale.percent(row.low)}–${locale.percent(row.high)}`,
          [...new Set(row.rank)].map(locale.number).join('–'),
          locale.number(n),
        ]),
      );
    }
    const { rows } = tiles.role_experience as CrossTile;
    const [, ...table] = await tableOf(page, 'role_experience');
    expect(
      table.map(([name, count, of, ...cells]) => [
        name,
        count,
        of,
        ...cells.filter((_, at) => at % 3 === 0),
      ]),
    ).toEqual(
      rows.map((row) => [
        label('role', row.value),
        ...[row.count, row.of, ...row.counts].map((count) => locale.number(count)),
      ]),
    );
    expect(troubles).toEqual([]);
  },
);

test.each(LANGUAGES)(
  'tiles say how many postings do not state what they are about, in %s',
  async (language) => {
    const { t, number } = createLocale(language);
    const definitions = await publishedDefinitions();
    for (const [path, names] of [
      ['', tilesOn('overview')],
      ['industries', tilesOn('industries')],
      ['regions', tilesOn('regions')],
    ] as const) {
      const { page } = await visit(browser);
      await open(page, `${path}?lang=${language}`);
      const tiles = (await publishedTiles(names)).selections[0]?.tiles ?? {};
      for (const [name, tile] of Object.entries(tiles)) {
        if (tile.kind !== 'groups' && tile.kind !== 'cross') continue;
        const by = definitions.tiles.find((one) => one.name === name)?.by[0];
        const dimension = definitions.dimensions.find((one) => one.name === by);
        const of = dimension?.[`label_${language}`].toLowerCase() ?? '-';
        const said = await tileOf(page, name).locator('[data-side] .of').innerText();
        expect(said, name).toContain(number(tile.n));
        const without = t('share.without', { of, n: number(tile.without) });
        expect([name, said.includes(without)]).toEqual([name, tile.without > 0]);
      }
      if (path !== '') continue;
      const share = tiles.entry_share as ValueTile;
      const experience = definitions.dimensions.find(({ name }) => name === 'experience');
      const of = experience?.[`label_${language}`].toLowerCase() ?? '-';
      const note = t('share.without', { of, n: number(share.without) });
      const said = await figureOf(page, 'entry_share').innerText();
      expect(said.includes(note)).toBe(share.without > 0);
    }
  },
);

test('shares within a role are of its postings that state an industry', async () => {
  const { page } = await visit(browser);
  await open(page, 'industries?lang=en');
  const [selection] = (await publishedTiles(['industries_by_role'])).selections;
  const { rows } = selection?.tiles.industries_by_role as CrossTile;
  const [, ...table] = await tableOf(page, 'industries_by_role');
  const { number, percent } = createLocale('en');
  expect(rows.length).toBeGreaterThan(0);
  expect(table.map((cells) => cells.slice(1, 5))).toEqual(
    rows.map(({ count, of, counts: [first = 0] }) => [
      ...[count, of, first].map(number),
      of === 0 ? 'not stated' : percent(first / of),
    ]),
  );
});

describe('every share lies in its interval', () => {
  const cases = ['', 'skills', 'industries', 'regions'].flatMap((path) =>
    ['', '&role=de&role=ds', '&province=제주'].map((chosen) => [path, chosen] as const),
  );

  test.each(cases)('on `%s?lang=en%s`', async (path, chosen) => {
    const { page } = await visit(browser);
    await open(page, `${path}?lang=en${chosen}`);
    await showTables(page);
    const rows = await page.locator('[data-tile] [data-side] tr').evaluateAll((found) =>
      found.map((row) => ({
        tile: row.closest<HTMLElement>('[data-tile]')?.dataset.tile,
        cells: [...row.querySelectorAll<HTMLElement>('th, td')].map((cell) => cell.innerText),
      })),
    );
    let compared = 0;
    const outside = rows.filter(({ cells }) =>
      cells.some((cell, index) => {
        const [low, high, none] = percents(cells[index + 1]);
        const [share, more] = percents(cell);
        if (share === undefined || more !== undefined) return false;
        if (low === undefined || high === undefined || none !== undefined) return false;
        compared += 1;
        // Both are rounded.
        return share < low - 0.051 || share > high + 0.051;
      }),
    );
    expect(outside.slice(0, 3)).toEqual([]);
    expect(compared).toBeGreaterThan(0);
  });
});

function percents(text: string | undefined): number[] {
  return [...(text ?? '').matchAll(/(\d+\.\d)%/g)].map(([, number]) => Number(number));
}
