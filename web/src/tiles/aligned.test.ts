import { expect, test } from 'vitest';
import type { CrossTile, GroupsTile, Tile } from '../api/types';
import { aligned } from './aligned';

const group = (value: string, count: number) => ({
  ...{ value, count, share: count / 100, low: 0, high: 1 },
  rank: [1, 1] as [number, number],
});
const groups = (rows: GroupsTile['rows'], more = 0): GroupsTile => ({
  ...{ kind: 'groups', n: 100, without: 0, more, parent: null, rows },
});
const cross = (columns: string[], rows: [string, number[]][], parent: string | null = null) =>
  ({
    ...{ kind: 'cross', n: 100, without: 0, more: 0, parent, columns },
    rows: rows.map(([value, counts]) => ({
      ...{ value, count: 50, of: 50 },
      ...{ counts, low: counts, high: counts },
    })),
  }) satisfies CrossTile;

test('the second side has the order of the first, and both have every row', () => {
  const [a, b] = aligned(
    groups([group('x', 5), group('y', 4)]),
    groups([group('z', 9), group('y', 8)], 3),
  );
  expect(a.rows.map(({ value, count, absent }) => [value, count, absent])).toEqual([
    ['x', 5, undefined],
    ['y', 4, undefined],
    ['z', 0, 'none'],
  ]);
  expect(b.rows.map(({ value, count, absent }) => [value, count, absent])).toEqual([
    ['x', 0, 'unknown'],
    ['y', 8, undefined],
    ['z', 9, undefined],
  ]);
});

test('columns go with their figures', () => {
  const [a, b] = aligned(cross(['p', 'q'], [['x', [1, 2]]]), cross(['q', 'r'], [['y', [3, 4]]]));
  expect([a.columns, b.columns]).toEqual([
    ['p', 'q', 'r'],
    ['p', 'q', 'r'],
  ]);
  expect(a.rows.map(({ counts }) => counts)).toEqual([
    [1, 2, 0],
    [0, 0, 0],
  ]);
  expect(b.rows.map(({ high }) => high)).toEqual([
    [0, 0, 0],
    [0, 3, 4],
  ]);
});

test('what is of different wholes, or empty, stays as it is', () => {
  const pairs: [Tile, Tile][] = [
    [cross(['p'], [['x', [1]]], 'IT'), cross(['p'], [['y', [1]]], 'games')],
    [groups([group('x', 1)]), groups([])],
  ];
  for (const [a, b] of pairs) expect(aligned(a, b)).toEqual([a, b]);
});
