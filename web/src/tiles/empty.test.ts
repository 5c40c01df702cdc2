import { expect, test } from 'vitest';
import { exampleSelection } from '../state/example';
import type { FlowTile, GroupsTile } from '../api/types';
import { emptyReason } from './empty';

const none: GroupsTile = { kind: 'groups', n: 0, without: 0, more: 0, parent: null, rows: [] };

test('why there is nothing to show', () => {
  const selection = exampleSelection();
  const { roles } = selection.tiles;
  expect(roles && emptyReason(selection, roles)).toBeNull();
  expect(emptyReason(selection, none)).toBe('values');
  expect(emptyReason({ ...selection, postings: 0 }, none)).toBe('filters');
  expect(emptyReason({ ...selection, postings: 0, of: 0 }, none)).toBe('nothing');
});

test('lines at zero are no figures', () => {
  const flow: FlowTile = {
    kind: 'flow',
    coverage: [],
    read_after_days: [],
    active_coverage: [],
    n: 0,
    dates: ['2023-07-01'],
    gaps: [],
    series: [{ value: 'it', opened: [0], closed: [0], active: [0], assumed: [0] }],
  };
  expect(emptyReason({ ...exampleSelection(), postings: 0 }, flow)).toBe('filters');
  expect(emptyReason(exampleSelection(), flow)).toBe('values');
  expect(emptyReason(exampleSelection(), { ...flow, n: 1 })).toBeNull();
});

test('of days of which nothing is known there are no figures, not even a count of zero', () => {
  const selection = { ...exampleSelection(), postings: 0, period_known: false };
  const zero = {
    ...{ kind: 'value' as const, n: 0, low: null, high: null, count: null, without: 0 },
    value: 0,
  };
  for (const tile of [zero, none]) expect(emptyReason(selection, tile)).toBe('period');
  expect(emptyReason({ ...selection, of: 0 }, none)).toBe('nothing');
});

test('a count of zero is a figure, a mean of nothing is none', () => {
  const value = { kind: 'value' as const, n: 0, low: null, high: null, count: null, without: 0 };
  expect(emptyReason(exampleSelection(), { ...value, value: 0 })).toBeNull();
  expect(emptyReason(exampleSelection(), { ...value, value: null })).toBe('values');
});
