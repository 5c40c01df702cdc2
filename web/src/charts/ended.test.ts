import { expect, test } from 'vitest';
import { createLocale } from '../i18n/locale';
import { earlyEnds, ended, endedText, type Last } from './ended';

const ko = createLocale('ko');
const en = createLocale('en');
const year = (name: string, year: number): Last => ({
  name,
  day: `${year}-12-31`,
  date: `${year}`,
});
const all = [year('ADsP', 2024), year('SQLD', 2022), year('SQLP', 2022)];

test('a series has ended when its next figure is long due', () => {
  const names = (date: string | null) => ended(all, date, 'year').map(({ name }) => name);
  expect(names('2023-06-30')).toEqual([]);
  expect(names('2024-02-04')).toEqual([]);
  expect(names('2024-02-05')).toEqual(['SQLD', 'SQLP']);
  expect(names('2026-07-20')).toEqual(['ADsP', 'SQLD', 'SQLP']);
  expect(names(null)).toEqual([]);
  const week = [{ name: 'x', day: '2023-05-27', date: '' }];
  expect(ended(week, '2023-07-26', 'week')).toEqual([]);
  expect(ended(week, '2023-07-27', 'week')).toEqual(week);
});

test('until when the data go is said once where all end together', () => {
  expect(endedText(all.slice(1), '2026-07-20', 'year', en)).toBe('Data to 2022');
  expect(endedText(all.slice(1), '2026-07-20', 'year', ko)).toBe('2022까지의 자료');
  expect(endedText(all, '2026-07-20', 'year', en)).toBe(
    'ADsP: data to 2024 · SQLD, SQLP: data to 2022',
  );
  expect(endedText(all, '2024-09-04', 'year', en)).toBe('SQLD, SQLP: data to 2022');
  expect(endedText(all, '2023-01-01', 'year', en)).toBeNull();
  expect(endedText([], '2023-01-01', 'year', en)).toBeNull();
});

test('only a series that ends before another one is named with its end', () => {
  expect(earlyEnds(all, all, en)).toEqual({ SQLD: 'SQLD (to 2022)', SQLP: 'SQLP (to 2022)' });
  expect(earlyEnds(all.slice(1), all.slice(1), en)).toEqual({});
});
