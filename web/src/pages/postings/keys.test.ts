import { expect, test } from 'vitest';
import { step } from './keys';

const limits = { rows: 1_000_000, columns: 10, page: 19 };

test.each([
  ['ArrowDown', { row: 6, column: 3 }],
  ['ArrowUp', { row: 4, column: 3 }],
  ['ArrowLeft', { row: 5, column: 2 }],
  ['ArrowRight', { row: 5, column: 4 }],
  ['PageDown', { row: 24, column: 3 }],
  ['PageUp', { row: 0, column: 3 }],
  ['Home', { row: 0, column: 3 }],
  ['End', { row: 999_999, column: 3 }],
])('%s', (key, expected) => {
  expect(step(key, { row: 5, column: 3 }, limits)).toEqual(expected);
});

test('nothing leads out of the list, other keys lead nowhere', () => {
  expect(step('ArrowDown', { row: 999_999, column: 9 }, limits)).toEqual({
    row: 999_999,
    column: 9,
  });
  expect(step('ArrowRight', { row: 0, column: 9 }, limits)).toEqual({ row: 0, column: 9 });
  expect(step('ArrowUp', { row: 0, column: 0 }, limits)).toEqual({ row: 0, column: 0 });
  for (const key of ['a', 'Tab', 'Enter', 'Escape'])
    expect(step(key, { row: 1, column: 1 }, limits)).toBeNull();
});
