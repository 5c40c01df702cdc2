import { expect, test } from 'vitest';
import { postings } from '../../i18n/messages/postings';
import { COLUMNS, columnsFor, shortDistrict } from './columns';
import { exampleRow } from './example';

test('a wide list has the columns of the original and more', () => {
  expect(columnsFor(92).map(({ key }) => key)).toEqual([
    'posting_date',
    'title',
    'company',
    'role',
    'industry_category',
    'industry',
    'experience',
    'minimum_years',
    'province',
    'district',
    'skill',
    'views',
    'applications',
  ]);
});

test('a list on a desk has all columns of the original', () => {
  expect(columnsFor(60).map(({ key }) => key)).toEqual([
    'posting_date',
    'title',
    'industry_category',
    'industry',
    'experience',
    'minimum_years',
    'province',
    'district',
    'views',
    'applications',
  ]);
});

test.each(COLUMNS.map((column) => [column.key, column] as const))('%s has a label', (_, column) => {
  expect(Object.keys(postings)).toContain(column.label);
});

test('values are told as the data has them, nothing where there is nothing', () => {
  const values = (key: string, row: Parameters<(typeof COLUMNS)[number]['values']>[0]) =>
    COLUMNS.find((column) => column.key === key)?.values(row);
  expect(values('skill', exampleRow)).toEqual(['Java', 'Spring']);
  expect(values('minimum_years', { ...exampleRow, minimum_years: 0 })).toEqual(['0']);
  expect(values('views', { ...exampleRow, views: null })).toEqual([]);
  expect(values('company', { ...exampleRow, company: '' })).toEqual([]);
});

test('a district goes without its province', () => {
  expect(shortDistrict('서울 강남구')).toBe('강남구');
  expect(shortDistrict('경기 성남시 분당구')).toBe('성남시 분당구');
  expect(shortDistrict('세종')).toBe('세종');
});
