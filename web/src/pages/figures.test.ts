import { describe, expect, test } from 'vitest';
import type { Tile, TilesAnswer } from '../api/types';
import { exampleAnswer, exampleDefinitions, exampleSelection } from '../state/example';
import { NO_FILTERS } from '../state/filters';
import type { TilesView } from '../tiles/view.svelte';
import { pageOf } from '../shell/pages';
import Layout from './Layout.svelte';
import { within } from './within';

const groups: Tile = {
  kind: 'groups',
  n: 300,
  without: 0,
  more: 0,
  parent: null,
  rows: [{ value: '서울', count: 20, share: 0.0667, low: 0.0436, high: 0.1007, rank: [1, 3] }],
};
const cross: Tile = {
  kind: 'cross',
  n: 300,
  without: 0,
  more: 2,
  parent: 'IT·웹·통신',
  columns: ['de', 'da'],
  rows: [{ value: '게임', count: 25, of: 25, counts: [20, 10], low: [0.6, 0.2], high: [0.9, 0.6] }],
};
const flow: Tile = {
  kind: 'flow',
  n: 300,
  dates: ['2023-07-01', '2023-07-02'],
  gaps: [['2023-07-02', '2023-07-02']],
  coverage: [1, 0.5],
  read_after_days: [0, 0],
  active_coverage: [1, 1],
  series: [{ value: 'it', opened: [1, 2], closed: [0, 0], active: [1, 3], assumed: [0, 1] }],
};
const TILES: Record<string, Tile> = {
  all_keywords: groups,
  provinces: groups,
  data_job_provinces: groups,
  seoul_districts: groups,
  data_job_seoul_districts: groups,
  top_districts: groups,
  data_keywords: cross,
  industry_categories: cross,
  industries_by_role: cross,
  top_category_industries: cross,
  roles_by_industry: cross,
  province_data_jobs: cross,
  flow,
};
/** A page of pipeline/pages/. */
function pageNamed(name: string) {
  const page = pageOf(name, {
    layout: exampleDefinitions,
    tile: (tile) => exampleDefinitions.tiles.find((one) => one.name === tile),
  });
  if (page === null || typeof page.shows === 'function') throw new Error(`no layout \`${name}\``);
  return { ...page, shows: page.shows };
}

function viewOf(answer: TilesAnswer | null): TilesView {
  return {
    status: answer === null ? 'loading' : 'ready',
    answer,
    asked: answer === null ? null : NO_FILTERS,
    error: null,
  };
}
const answer = exampleAnswer({
  grain: 'day',
  selections: [exampleSelection({ tiles: TILES })],
});

describe.each(['skills', 'industries', 'regions', 'time'])('%s', (path) => {
  const { shows: page, tiles } = pageNamed(path);

  test.each(['ko', 'en'])('shows all of its tiles, with every word in %s', async (language) => {
    const shown = await within(Layout, { page, view: viewOf(answer) }, `${path}?lang=${language}`);
    const drawn = [...shown.matchAll(/data-tile="(\w+)"/g)].map(([, name]) => name);
    expect(drawn.sort()).toEqual([...tiles].sort());
    // A message that is missing stands as its key.
    expect(shown).not.toMatch(/>\s*(chart|share|tile|flow|time)\.[a-z.]+\s*</);
  });

  test('keeps the place of every tile while loading', async () => {
    const shown = await within(Layout, { page, view: viewOf(null) }, path);
    expect(shown.match(/aria-busy="true"/g)).toHaveLength(tiles.length);
  });
});

test('ranks that intervals leave open are a range', async () => {
  const { shows: page } = pageNamed('skills');
  const shown = await within(Layout, { page, view: viewOf(answer) }, 'skills');
  expect(shown).toContain('1\u2060–\u20603');
});

test('what a tile is below is named', async () => {
  const { shows: page } = pageNamed('industries');
  const industry = { ...exampleDefinitions.dimensions[2]!, name: 'industry', parent: 'category' };
  const client = {
    definitions: async () => ({
      ...exampleDefinitions,
      dimensions: [...exampleDefinitions.dimensions, industry],
    }),
  };
  const shown = await within(Layout, { page, view: viewOf(answer) }, 'industries', client);
  expect(shown).toContain('IT·웹·통신의 세부 업종');
});

describe.each([
  ['certificates', 6],
  ['interest', 2],
] as const)('%s', (path, cards) => {
  test('keeps the place of every figure', async () => {
    const { shows: page, bar, tiles } = pageNamed(path);
    const shown = await within(Layout, { page, view: viewOf(null) }, path);
    expect(shown.match(/class="block/g)?.length).toBeGreaterThanOrEqual(cards);
    expect([bar, tiles]).toEqual(['period', []]);
  });
});

test('what is chosen on a page only follows from its tiles', () => {
  expect(pageNamed('interest').choices).toEqual([
    { name: 'term', label_ko: '검색어', label_en: 'Search term' },
  ]);
  expect(pageNamed('overview').choices).toEqual([]);
});
