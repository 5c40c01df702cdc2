import { expect, test } from 'vitest';
import { keywordBars } from './bars';

test('largest first, bars relative to the largest, equal counts share a rank', () => {
  const bars = keywordBars([
    { keyword: 'C++', count: 20 },
    { keyword: 'Java', count: 40 },
    { keyword: 'SQL', count: 20 },
    { keyword: 'R', count: 10 },
  ]);
  expect(bars).toEqual([
    { keyword: 'Java', count: 40, rank: 1, length: 1 },
    { keyword: 'C++', count: 20, rank: 2, length: 0.5 },
    { keyword: 'SQL', count: 20, rank: 2, length: 0.5 },
    { keyword: 'R', count: 10, rank: 4, length: 0.25 },
  ]);
});

test('nothing counted, nothing drawn', () => {
  expect(keywordBars([])).toEqual([]);
  expect(keywordBars([{ keyword: 'x', count: 0 }])[0]?.length).toBe(0);
});
