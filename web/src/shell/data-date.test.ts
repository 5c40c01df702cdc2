import { expect, test } from 'vitest';
import { createLocale } from '../i18n/locale';
import { ageOf, dataDate, dataDateText, endOf } from './data-date';

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

test('the age of a day is in days', () => {
  const ko = createLocale('ko');
  const age = (now: string) =>
    ageOf({ day: '2026-07-20', instant: null }, ko, Date.parse(`${now}:00+09:00`));
  expect(age('2026-07-20T23:00')).toBe('');
  expect(age('2026-07-21T00:10')).toBe('1일 전');
  expect(age('2026-07-23T12:00')).toBe('3일 전');
  const instant = { day: '2023-07-11', instant: THROUGH };
  expect(ageOf(instant, ko, Date.parse(THROUGH) + 7_200_000)).toBe('2시간 전');
});
