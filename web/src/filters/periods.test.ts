import { expect, test } from 'vitest';
import { koreanDay } from '../charts/days';
import { presetOf, presetPeriod } from './periods';

test.each([
  ['days30', '2023-07-10', '2023-06-11'],
  ['days90', '2024-03-01', '2023-12-03'],
  ['months12', '2023-07-10', '2022-07-11'],
  ['months12', '2024-02-29', '2023-03-02'],
  ['year', '2023-07-10', '2023-01-01'],
  ['all', '2023-07-10', null],
] as const)('%s up to %s begins on %s', (preset, last, from) => {
  expect(presetPeriod(preset, last)).toEqual({ from, to: null });
  expect(presetOf({ from, to: null }, last)).toBe(preset);
});

test('a period with an end is no preset', () => {
  expect(presetOf({ from: '2023-01-01', to: '2023-07-10' }, '2023-07-10')).toBeNull();
});

test('the day of an instant is the Korean one', () => {
  expect(koreanDay('2023-07-10T15:00:00Z')).toBe('2023-07-11');
  expect(koreanDay('2023-07-10T14:59:59Z')).toBe('2023-07-10');
});
