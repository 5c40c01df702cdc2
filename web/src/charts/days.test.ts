import { expect, test } from 'vitest';
import { createLocale } from '../i18n/locale';
import { lastDayOf, periodLabels, periodText } from './days';

const ko = createLocale('ko');
const en = createLocale('en');

test('periods end with their last day', () => {
  expect(lastDayOf('2024-02-29', 'day')).toBe('2024-02-29');
  expect(lastDayOf('2023-12-25', 'week')).toBe('2023-12-31');
  expect(lastDayOf('2024-02-01', 'month')).toBe('2024-02-29');
  expect(lastDayOf('2023-12-01', 'month')).toBe('2023-12-31');
});

test('periods in full', () => {
  expect(periodText('2023-06-05', '2023-06-11', 'week', en)).toBe('5 Jun 2023 – 11 Jun 2023');
  expect(periodText('2023-06-01', '2023-06-30', 'month', ko)).toBe('2023년 6월');
});

test('an axis of few periods names the year where it begins', () => {
  expect(periodLabels(['2023-12-25', '2024-01-01', '2024-01-08'], 'week', ko)).toEqual([
    '12. 25.\n2023',
    '1. 1.\n2024',
    '1. 8.',
  ]);
  expect(periodLabels(['2024-01-01', '2024-02-01'], 'month', en)).toEqual(['Jan\n2024', 'Feb']);
});

test('of many periods each has its year', () => {
  const months = Array.from({ length: 15 }, (_, index) =>
    new Date(Date.UTC(2023, 6 + index, 1)).toISOString().slice(0, 10),
  );
  expect(periodLabels(months, 'month', en).slice(5, 7)).toEqual(['12/2023', '01/2024']);
});
