import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testWords } from '../charts/testing';
import { tilesOf } from '../pages/layout';
import { exampleDefinitions } from '../state/example';
import { readFilters } from '../state/filters';
import { becauseText, DATA_ROLES, leftOut } from './left-out';

const definitions = exampleDefinitions;
const tilesOn = (page: string) =>
  definitions.pages.filter(({ name }) => name === page).flatMap(tilesOf);
const OVERVIEW_TILES = tilesOn('overview');
const REGIONS_TILES = tilesOn('regions');
const out = (page: readonly string[], query: string) =>
  leftOut(page, readFilters(new URLSearchParams(query)), definitions);
const names = (page: readonly string[], query: string) => out(page, query).map(({ name }) => name);

describe('on the overview', () => {
  test.each([
    ['', []],
    ['role=de', ['data_job_ratio', 'data_role_ratio']],
    ['role=web_back', ['data_role_ratio']],
    ['role=datajob', ['data_job_ratio', 'data_role_ratio']],
    ['role=de&role=ds', ['data_job_ratio', 'data_role_ratio']],
    ['role=web_back&role=web_front', []],
    ['role=de&role=web_back', []],
    ['experience=신입', ['role_experience', 'experiences']],
    ['experience=신입&experience=경력', []],
    ['education=학력무관', ['education']],
    ['province=서울', ['provinces']],
    ['province=서울&province=경기', []],
    ['district=서울+강남구', ['provinces', 'top_districts']],
    ['district=서울+강남구&district=서울+서초구', ['provinces']],
    ['district=서울+강남구&district=경기+성남시+분당구', []],
    // What else postings with a keyword ask for is what its reader looks for.
    ['skill=Python', []],
    ['q=Python&from=2023-01-01', []],
  ])('with `%s`', (query, expected) => {
    expect(names(OVERVIEW_TILES, query)).toEqual(expected);
  });
});

describe('on the page of regions', () => {
  const DATA = ['data_job_provinces', 'data_job_seoul_districts', 'province_data_jobs'];

  test.each([
    ['', []],
    ['role=de', DATA],
    ['role=datajob&role=da', DATA],
    ['role=web_back', []],
    ['province=서울', ['provinces', 'data_job_provinces']],
    [
      'province=부산',
      ['provinces', 'data_job_provinces', 'seoul_districts', 'data_job_seoul_districts'],
    ],
    ['province=부산&province=서울', []],
    ['district=경기+성남시+분당구', REGIONS_TILES.filter((name) => name !== 'province_data_jobs')],
  ])('with `%s`', (query, expected) => {
    expect(names(REGIONS_TILES, query)).toEqual(expected);
  });

  test('all of it may go', () => {
    expect(names(REGIONS_TILES, 'role=de&district=서울+강남구')).toEqual(REGIONS_TILES);
  });
});

test('shares of the one value that is left go, shares within it stay', () => {
  expect(names(tilesOn('industries'), 'role=de')).toEqual(['roles_by_industry']);
  expect(names(tilesOn('industries'), 'role=datajob')).toEqual([]);
  expect(names(tilesOn('industries'), 'industry_category=건설업')).toEqual(['industries_by_role']);
  expect(names(tilesOn('skills'), 'role=de&skill=Python')).toEqual([]);
  expect(names(tilesOn('time'), 'role=de')).toEqual([]);
});

test('why is said', () => {
  const why = (query: string) =>
    Object.fromEntries(out(REGIONS_TILES, query).map(({ name, why }) => [name, why]));
  expect(why('role=de').data_job_provinces).toEqual({ kind: 'data' });
  expect(why('role=de').province_data_jobs).toEqual({ kind: 'data' });
  expect(why('data_job=데이터+직무').province_data_jobs).toEqual({ kind: 'data' });
  expect(why('province=부산').provinces).toEqual({ kind: 'one', dimension: 'province' });
  expect(why('district=서울+강남구').provinces).toEqual({ kind: 'one', dimension: 'district' });
  expect(why('province=부산').seoul_districts).toEqual({
    kind: 'without',
    dimension: 'province',
    value: '서울',
    by: 'province',
  });
  expect(why('district=서울+강남구&district=서울+서초구').provinces).toEqual({
    kind: 'within',
    dimension: 'district',
    of: 'province',
  });
  expect(why('district=경기+성남시+분당구').seoul_districts).toEqual({
    kind: 'without',
    dimension: 'province',
    value: '서울',
    by: 'district',
  });
  expect(why('data_job=그+밖의+IT+직무').data_job_provinces).toEqual({
    kind: 'without',
    dimension: 'data_job',
    value: '데이터 직무',
    by: 'data_job',
  });
});

test.each([
  ['district=서울+강남구', '시·군·구 값을 하나만 선택해', 'Only one district is selected'],
  [
    'district=서울+강남구&district=서울+서초구',
    '선택한 시·군·구 값이 모두 같은 시·도에 속해',
    'All selected district values are in one province',
  ],
  [
    'district=경기+성남시+분당구',
    '시·군·구 필터에 서울에 속한 값이 없어',
    'The district filter includes no value in Seoul',
  ],
  ['province=부산', '시·도 필터에 서울 값이 없어', 'The province filter does not include Seoul'],
])('the reason names the filter that was set: `%s`', (query, ko, en) => {
  const said = (language: 'ko' | 'en', labels: Record<string, string>) =>
    out(REGIONS_TILES, query).map(({ why }) => becauseText(why, testWords(language, labels)));
  expect(said('ko', { province: '시·도', district: '시·군·구' })).toContain(ko);
  expect(said('en', { province: 'Province', district: 'District', 서울: 'Seoul' })).toContain(en);
});

describe('of two selections', () => {
  test.each([
    ['role=de&vs.role=web_back', ['data_role_ratio']],
    ['role=de&vs.role=da', ['data_job_ratio', 'data_role_ratio']],
    ['province=서울&vs.province=', []],
    ['province=서울&vs.province=경기', ['provinces']],
    ['experience=신입&vs.experience=신입&vs.experience=경력', []],
    ['province=서울&role=de&vs.role=', ['provinces']],
  ])('a tile stays when one needs it: `%s`', (query, expected) => {
    expect(names(OVERVIEW_TILES, query)).toEqual(expected);
  });
});

test('nothing is left out before the tiles are known', () => {
  const filters = readFilters(new URLSearchParams('role=de&province=서울'));
  expect(leftOut(OVERVIEW_TILES, filters, null)).toEqual([]);
});

test('roles of data jobs are those of the pipeline', () => {
  const roles = readFileSync(new URL('../../../pipeline/roles.toml', import.meta.url), 'utf8');
  const union = /^\[roles\.datajob\][^[]*?^union = \[([^\]]*)\]/m.exec(roles)?.[1];
  expect(['datajob', ...(union ?? '').replaceAll(/[" ]/g, '').split(',')]).toEqual(DATA_ROLES);
});
