import { describe, expect, test } from 'vitest';
import type { ModelsAnswer, ValueTile } from '../../api/types';
import { exampleAnswer, exampleBuild, exampleSelection } from '../../state/example';
import { NO_FILTERS } from '../../state/filters';
import type { TilesView } from '../../tiles/view.svelte';
import { within } from '../within';
import BuildState from './BuildState.svelte';
import Limits from './Limits.svelte';
import Method from './Method.svelte';
import Roles from './Roles.svelte';
import type { Model } from './search';
import Tables from './Tables.svelte';
import Words from './Words.svelte';
import WorkedExample from './WorkedExample.svelte';

const HOSTILE = '<img src=x onerror=alert(1)>';

const model: Model = {
  name: 'raw_data.recruits',
  what: `Postings in scope. ${HOSTILE}`,
  grain: ['id'],
  notes: [],
  checks: [],
  inputs: ['external.recruit_table'],
  sql: 'select 1',
};

const answer: ModelsAnswer = {
  models: [model],
  checks: [{ name: 'dates_are_plausible', level: 'warning', what: 'Dates.', sql: 'select 1' }],
  roles: [
    {
      role: 'datajob',
      label_ko: '데이터 직무',
      label_en: 'Data jobs',
      keywords: [],
      titles: [],
      titles_without_codes: [],
      union: ['de'],
    },
    {
      role: 'de',
      label_ko: '데이터 엔지니어',
      label_en: 'Data engineer',
      keywords: ['데이터엔지니어'],
      titles: ['%데이터_엔지니어%'],
      titles_without_codes: [],
      union: [],
    },
  ],
};

test.each([
  ['a `b.c` d', 'a <code>b.c</code> d'],
  ['`a`, `b`', '<code>a</code>, <code>b</code>'],
  ['a ` b', 'a ` b'],
  ['`<img>`', '<code>&lt;img></code>'],
])('%j is written with its code as code', async (text, expected) => {
  const markup = await within(Words, { text });
  expect(markup.replaceAll(/<!--.*?-->/g, '')).toBe(expected);
});

const viewOf = (tile: Partial<ValueTile> | null): TilesView => ({
  status: 'ready',
  answer: exampleAnswer({
    selections: [exampleSelection({ tiles: tile === null ? {} : { data_job_share: share(tile) } })],
  }),
  asked: NO_FILTERS,
  error: null,
});
const share = (tile: Partial<ValueTile>): ValueTile => ({
  kind: 'value',
  n: 1_300,
  value: 13.28,
  low: 12.72,
  high: 13.88,
  count: 173,
  without: 0,
  ...tile,
});
const view = viewOf({});

describe('the worked example', () => {
  const shown = async (tile: Partial<ValueTile>) =>
    (await within(WorkedExample, { view: viewOf(tile) }, 'method?lang=en')).replaceAll(/\s+/g, ' ');

  test('reads an interval out', async () => {
    const words = await shown({});
    expect(words).toContain(
      'Of the 1,300 postings that match the filters (All postings), 173 are data jobs: p = 13.3%, with a 95% interval of 12.7%–13.9%.',
    );
    expect(words).not.toContain('Small sample');
  });

  test('says that a sample is small, or empty', async () => {
    expect(await shown({ n: 29, count: 4 })).toContain('Small sample');
    const none = { n: 0, count: 0, value: null, low: null, high: null };
    expect(await shown(none)).toContain('No postings match the filters');
  });
});

describe('the page', () => {
  test('has its contents as links that stay on the page', async () => {
    const page = await within(Method, { view }, 'method?lang=en');
    expect(page).toContain('href="/sub/method?lang=en#limits"');
    expect(page).toContain('id="limits"');
    expect(page).toContain('id="dimensions"');
  });

  test('shows definitions in the reader’s language', async () => {
    expect(await within(Method, { view }, 'method')).toContain('서로 다른 공고의 수');
    expect(await within(Method, { view }, 'method?lang=en')).toContain('Distinct postings');
  });
});

describe('what the data cannot say', () => {
  test('is listed in full', async () => {
    const limits = await within(Limits, { demo: false }, '?lang=en');
    expect(limits.match(/<li/g)?.length).toBeGreaterThanOrEqual(14);
    expect(limits).toContain('<b>');
    expect(limits).not.toContain('demo data');
  });

  test('begins with the demo data when they are shown', async () => {
    expect(await within(Limits, { demo: true })).toContain('실제 채용 시장에 대해서는 아무것도');
  });
});

test('rules of roles stand as they are', async () => {
  const roles = await within(Roles, { roles: answer.roles });
  expect(roles).toContain('%데이터_엔지니어%');
  expect(roles).toContain('데이터 엔지니어의 합집합');
});

test('tables and checks have addresses, and text of files is only text', async () => {
  const tables = await within(Tables, { answer });
  expect(tables).toContain('id="table-raw_data.recruits"');
  expect(tables).toContain('id="check-dates_are_plausible"');
  expect(tables).toContain('&lt;img src=x');
  expect(tables).not.toContain('<img');
});

describe('the present build', () => {
  test('without warnings', async () => {
    const state = await within(BuildState, { build: exampleBuild, checks: [] });
    expect(state).toContain('경고도 없습니다');
  });

  test('with warnings tells what they are', async () => {
    const build = { ...exampleBuild, warnings: { dates_are_plausible: 1234 } };
    const state = await within(BuildState, { build, checks: answer.checks });
    expect(state).toContain('1,234행');
    expect(state).toContain('Dates.');
  });
});
