import { expect, test } from 'vitest';
import type { CrossTile, GroupsTile, ValueTile } from '../api/types';
import { exampleDefinitions } from '../state/example';
import { testWords } from '../charts/testing';
import { basisText, unstatedText } from './basis';

const measure = (name: string, unit: string, counts?: Record<string, string[]>) => ({
  ...exampleDefinitions.measures[0]!,
  name,
  unit,
  ...(counts === undefined ? {} : { counts }),
});
const definitions = {
  ...exampleDefinitions,
  measures: [
    measure('entry_share', 'percent', { newcomers: ['신입 지원 가능'] }),
    measure('mean_minimum_years', 'years'),
  ],
};
const labels = { industry_category: 'Industry category', role: 'Role', experience: 'Experience' };
const en = { ...testWords('en', labels), definitions };
const ko = { ...testWords('ko', { industry_category: '업종', experience: '경력' }), definitions };
const groups = (n: number, without: number): GroupsTile => ({
  kind: 'groups',
  n,
  without,
  more: 0,
  parent: null,
  rows: [],
});
const cross = (of: number): CrossTile => ({
  ...groups(126, 0),
  kind: 'cross',
  columns: ['a'],
  rows: [{ value: 'de', count: 126, of, counts: [1], low: [0], high: [1] }],
});
const value: ValueTile = {
  kind: 'value',
  n: 17,
  without: 109,
  value: 40,
  low: 1,
  high: 2,
  count: 3,
};

test('a tile says what it is of, and how many postings do not state that', () => {
  const of = (without: number) => basisText(groups(17, without), 'industry_categories', ko);
  expect(of(1_109)).toBe('공고 17건 기준 · 업종 미기재 1,109건');
  expect(of(0)).toBe('공고 17건 기준');
  expect(basisText(groups(17, 109), 'industry_categories', en)).toBe(
    'based on 17 postings · 109 state no industry category',
  );
  expect(basisText(groups(17, 109), 'unheard', en)).toBe('based on 17 postings');
});

test('shares within rows are of what states the second dimension', () => {
  expect(basisText(cross(126), 'industries_by_role', ko)).toBe('공고 126건');
  expect(basisText(cross(17), 'industries_by_role', ko)).toBe(
    '공고 126건 · 비율은 업종 기재 공고 기준',
  );
  expect(basisText(cross(17), 'industries_by_role', en)).toContain(
    'shares are of postings that state industry category',
  );
  // Shares of the whole tile: each row's are of the same postings.
  expect(basisText(cross(17), 'industry_categories', ko)).toBe('공고 126건 기준');
});

test('key figures name the field that is missing', () => {
  expect(unstatedText(value, 'entry_share', ko)).toBe('경력 미기재 109건');
  expect(unstatedText(value, 'mean_minimum_years', en)).toBe('109 state no experience');
  expect(unstatedText({ ...value, without: 0 }, 'entry_share', ko)).toBeNull();
});
