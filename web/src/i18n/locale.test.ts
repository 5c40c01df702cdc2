import { describe, expect, test } from 'vitest';
import { createLocale, preferredLanguage } from './locale';

const ko = createLocale('ko');
const en = createLocale('en');

test('messages are filled in', () => {
  expect(ko.t('unit.postings', { n: '1,982' })).toBe('공고 1,982건');
  expect(en.t('unit.postings', { n: '1,982' })).toBe('1,982 postings');
  expect(ko.t('unit.years', { n: '1.5' })).toBe('1.5년');
  expect(en.t('unit.years', { n: '1.5' })).toBe('1.5 years');
  expect(en.t('nav.method')).toBe('Method');
});

test.each([
  ['1', '1 posting', '1 states no industry', '1 of 1 posting'],
  ['0', '0 postings', '0 state no industry', '1 of 0 postings'],
  ['11', '11 postings', '11 state no industry', '1 of 11 postings'],
  ['1.0', '1.0 postings', '1.0 state no industry', '1 of 1.0 postings'],
])('English words follow the number %s', (n, postings, without, part) => {
  expect(en.t('unit.postings', { n })).toBe(postings);
  expect(en.t('share.without', { n, of: 'industry' })).toBe(without);
  expect(en.t('share.part', { n, of: '1' })).toBe(part);
  expect(ko.t('unit.postings', { n })).toBe(`공고 ${n}건`);
});

test('a value that looks like a placeholder is left alone', () => {
  expect(en.t('unit.postings', { n: '{n}' })).toBe('{n} postings');
});

test('numbers and shares', () => {
  expect(ko.number(14989)).toBe('14,989');
  expect(en.percent(0.13223)).toBe('13.2%');
});

describe('days and times are Korean ones', () => {
  // 15:30 UTC is past midnight in Seoul.
  const instant = '2023-07-10T15:30:00Z';
  test('dates', () => {
    expect(ko.date(instant)).toBe('2023년 7월 11일');
    expect(en.date(instant)).toBe('11 July 2023');
  });
  test('times', () => {
    expect(ko.time(instant)).toBe('00:30');
    expect(en.dateTime(instant)).toBe('11 July 2023 00:30');
  });
});

test.each([
  ['2023-07-10T00:00:00Z', '2023-07-10T00:00:20Z', '방금 전', 'just now'],
  ['2023-07-10T00:00:00Z', '2023-07-10T05:59:00Z', '5시간 전', '5 hours ago'],
  ['2023-07-10T00:00:00Z', '2023-07-13T01:00:00Z', '3일 전', '3 days ago'],
  ['2023-07-10T00:00:00Z', '2025-07-13T01:00:00Z', '2년 전', '2 years ago'],
  // A clock that runs behind the server's
  ['2023-07-10T00:00:00Z', '2023-07-09T00:00:00Z', '방금 전', 'just now'],
])('age of %s at %s', (then, now, korean, english) => {
  expect(ko.age(then, Date.parse(now))).toBe(korean);
  expect(en.age(then, Date.parse(now))).toBe(english);
});

test.each([
  [['ko-KR', 'en'], 'ko'],
  [['EN-us', 'ko'], 'en'],
  [['fr', 'ko'], 'ko'],
  [['fr'], 'en'],
  [[], 'en'],
])('of %j the page speaks %s', (tags, language) => {
  expect(preferredLanguage(tags)).toBe(language);
});
