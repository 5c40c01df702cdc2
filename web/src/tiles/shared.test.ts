import { expect, test } from 'vitest';
import type { CrossTile, GroupsTile } from '../api/types';
import { scaleOf } from './shared';

const groups = (count: number, high: number): GroupsTile => ({
  kind: 'groups',
  n: 100,
  without: 0,
  more: 0,
  parent: null,
  rows: [{ value: 'x', count, share: count / 100, low: 0, high, rank: [1, 1] }],
});

test('both bodies share the largest of each', () => {
  expect(scaleOf([groups(10, 0.3), groups(25, 0.2)])).toEqual({
    max: 25,
    maxShare: 0.3,
    maxTotal: 25,
  });
});

test('a row is as long as its parts together, when these overlap', () => {
  const cross: CrossTile = {
    kind: 'cross',
    n: 10,
    without: 0,
    more: 0,
    parent: null,
    columns: ['a', 'b'],
    rows: [{ value: 'x', count: 5, of: 10, counts: [4, 3], low: [0.2, 0.1], high: [0.6, 0.5] }],
  };
  expect(scaleOf([cross])).toEqual({ max: 4, maxShare: 0.6, maxTotal: 7 });
});

test('nothing has no scale', () => {
  expect(scaleOf([])).toEqual({ max: 0, maxShare: 0, maxTotal: 0 });
});
