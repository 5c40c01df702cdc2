import { expect, test } from 'vitest';
import { createLocale } from '../i18n/locale';
import { dataDate, dataDateText, endOf } from './data-date';

const THROUGH = '2023-07-10T15:00:00Z';

test('of a collection the instant is known, of saved files the day', () => {
  expect(dataDate({ collected_through: THROUGH, data_date: '2023-07-11' })).toEqual({
    day: '2023-07-11',
    instant: THROUGH,
  });
  const saved = dataDate({ collected_through: null, data_date: '2026-07-20' });
  expect(saved).toEqual({ day: '2026-07-20', instant: null });
  expect(saved && endOf(saved)).toBe('2026-07-20T23:59:59+09:00');
});

test('what was collected late is known until the end of the time that was asked for', () => {
  expect(dataDate({ collected_through: THROUGH, data_date: '2022-12-31' })).toEqual({
    day: '2022-12-31',
    instant: null,
  });
});

test('builds of earlier versions say only until when they were collected', () => {
  expect(dataDate({ collected_through: THROUGH })?.day).toBe('2023-07-11');
  expect(dataDate({ collected_through: null })).toBeNull();
  expect(dataDate(null)).toBeNull();
});

test('is said in words', () => {
  const [ko, en] = [createLocale('ko'), createLocale('en')];
  expect(dataDateText({ data_date: '2026-07-20' }, ko)).toBe('2026년 7월 20일까지의 공고');
  expect(dataDateText({ data_date: '2026-07-20' }, en)).toBe('postings up to 20 July 2026');
  expect(dataDateText({ collected_through: THROUGH }, ko)).toContain('까지 수집');
  expect(dataDateText(null, ko)).toBeNull();
});
