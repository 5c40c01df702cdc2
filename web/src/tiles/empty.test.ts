import { expect, test } from 'vitest';
import { exampleSelection } from '../state/example';
import type { GroupsTile } from '../api/types';
import { emptyReason } from './empty';

const none: GroupsTile = { kind: 'groups', n: 0, more: 0, parent: null, rows: [] };

test('why there is nothing to show', () => {
  const selection = exampleSelection();
  const { roles } = selection.tiles;
  expect(roles && emptyReason(selection, roles)).toBeNull();
  expect(emptyReason(selection, none)).toBe('values');
  expect(emptyReason({ ...selection, postings: 0 }, none)).toBe('filters');
  expect(emptyReason({ ...selection, postings: 0, of: 0 }, none)).toBe('nothing');
});

test('a count of zero is a figure, a mean of nothing is none', () => {
  const value = { kind: 'value' as const, n: 0, low: null, high: null, count: null };
  expect(emptyReason(exampleSelection(), { ...value, value: 0 })).toBeNull();
  expect(emptyReason(exampleSelection(), { ...value, value: null })).toBe('values');
});
