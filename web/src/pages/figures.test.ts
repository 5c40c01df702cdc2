import { describe, expect, test } from 'vitest';
import type { Tile, TilesAnswer } from '../api/types';
import { exampleAnswer, exampleDefinitions, exampleSelection } from '../state/example';
import { NO_FILTERS } from '../state/filters';
import type { TilesView } from '../tiles/view.svelte';
import Certificates from './certificates/Certificates.svelte';
import Industries from './industries/Industries.svelte';
import { INDUSTRIES_TILES } from './industries/tiles';
import Interest from './interest/Interest.svelte';
import Regions from './regions/Regions.svelte';
import { REGIONS_TILES } from './regions/tiles';
import Skills from './skills/Skills.svelte';
import { SKILLS_TILES } from './skills/tiles';
import Time from './time/Time.svelte';
import { TIME_TILES } from './time/tiles';
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
const definitions = {
  ...exampleDefinitions,
  tiles: Object.entries(TILES).map(([name, { kind }]) => ({
    name,
    label_ko: name,
    label_en: name,
    measure: 'postings',
    by: kind === 'cross' ? ['industry', 'role'] : ['province'],
    kind,
  })),
};

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
const client = { definitions: async () => definitions };

describe.each([
  ['skills', Skills, SKILLS_TILES],
  ['industries', Industries, INDUSTRIES_TILES],
  ['regions', Regions, REGIONS_TILES],
  ['time', Time, TIME_TILES],
] as const)('%s', (path, page, tiles) => {
  test.each(['ko', 'en'])('shows all of its tiles, with every word in %s', async (language) => {
    const shown = await within(page, { view: viewOf(answer) }, `${path}?lang=${language}`, client);
    const drawn = [...shown.matchAll(/data-tile="(\w+)"/g)].map(([, name]) => name);
    expect(drawn.sort()).toEqual([...tiles].sort());
    // A message that is missing stands as its key.
    expect(shown).not.toMatch(new RegExp(`>\\s*(${path}|chart|share|tile|flow)\\.[a-z.]+\\s*<`));
  });

  test('keeps the place of every tile while loading', async () => {
    const shown = await within(page, { view: viewOf(null) }, path, client);
    expect(shown.match(/aria-busy="true"/g)).toHaveLength(tiles.length);
  });
});

test('ranks that intervals leave open are a range', async () => {
  const shown = await within(Skills, { view: viewOf(answer) }, 'skills', client);
  expect(shown).toContain('1\u2060–\u20603');
});

test('the largest category is named', async () => {
  const shown = await within(Industries, { view: viewOf(answer) }, 'industries', client);
  expect(shown).toContain('IT·웹·통신의 세부 업종');
});

describe.each([
  ['certificates', Certificates, 6],
  ['interest', Interest, 2],
] as const)('%s', (path, page, cards) => {
  test('keeps the place of every figure', async () => {
    const shown = await within(page, {}, path);
    expect(shown.match(/data-source="visual_tables\.\w+"/g)).toHaveLength(cards);
  });
});
