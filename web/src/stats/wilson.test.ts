import { expect, test } from 'vitest';
import { share } from './wilson';

// Reference values: Newcombe (1998), Statistics in Medicine 17, table I, method 3 (15/148: 0.0624 to 0.1605 …).
test.each([
  [15, 148, 0.0624, 0.1605],
  [81, 263, 0.2553, 0.3662],
  [1, 29, 0.0061, 0.1718],
])('%i of %i', (count, n, low, high) => {
  const { value, ...bounds } = share(count, n);
  expect(value).toBe(count / n);
  expect(bounds.low).toBeCloseTo(low, 3);
  expect(bounds.high).toBeCloseTo(high, 3);
});

test('the ends stay inside 0..1', () => {
  expect(share(0, 20).low).toBe(0);
  expect(share(0, 20).high).toBeCloseTo(0.1611, 4);
  expect(share(20, 20).high).toBe(1);
  expect(share(20, 20).low).toBeCloseTo(0.8389, 4);
});

test('the interval is symmetric in successes and failures', () => {
  const few = share(7, 40);
  const many = share(33, 40);
  expect(few.low).toBeCloseTo(1 - many.high, 12);
  expect(few.high).toBeCloseTo(1 - many.low, 12);
});

test('29 postings are small, 30 are not', () => {
  expect(share(3, 29).small).toBe(true);
  expect(share(3, 30).small).toBe(false);
});

test('a share of nothing has no value', () => {
  expect(share(0, 0)).toEqual({ count: 0, n: 0, value: null, low: 0, high: 1, small: true });
});

test.each([
  [5, 4],
  [-1, 4],
  [Number.NaN, 4],
])('%d of %d is refused', (count, n) => {
  expect(() => share(count, n)).toThrow(RangeError);
});
