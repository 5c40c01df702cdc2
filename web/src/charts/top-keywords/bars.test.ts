import { expect, test } from 'vitest';
import { keywordBars } from './bars';

const ROWS = [
  { value: 'Java', count: 40, share: 0.4, low: 0.31, high: 0.5, rank: [1, 1] as [number, number] },
  { value: 'C++', count: 20, share: 0.2, low: 0.13, high: 0.29, rank: [2, 3] as [number, number] },
];

test('bars and intervals are relative to the largest share', () => {
  const [java, cpp] = keywordBars({ rows: ROWS }, 0.5);
  expect(java).toMatchObject({ value: 'Java', rank: [1, 1], length: 0.8, from: 0.62, to: 1 });
  expect(cpp?.length).toBeCloseTo(0.4, 12);
});

test('nothing counted, nothing drawn', () => {
  expect(keywordBars({ rows: [] }, 0)).toEqual([]);
  const none = { ...ROWS[0]!, count: 0, share: 0, low: 0, high: 0 };
  expect(keywordBars({ rows: [none] }, 0)[0]).toMatchObject({ length: 0, from: 0, to: 0 });
});
