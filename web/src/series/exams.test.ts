import { expect, test } from 'vitest';
import type { Table } from '../api/types';
import { byYear, certificatesOf, examRows, lastYear } from './exams';

const figure = (year: number, cert_id: string, stage: string, take: number | null) => ({
  year,
  cert_id,
  stage,
  take,
  pass: take === null ? null : take / 2,
  test_name: '시험',
  cert_type: null,
  new_definition: false,
  source: 'kosis_2019_2023',
});
const table = (rows: unknown[]) =>
  ({ table: 'visual_tables.certifications', build: 1, rows }) as unknown as Table;
const rows = examRows(
  table([
    figure(2011, 'sqld', 'final', 10),
    figure(2013, 'sqld', 'final', 30),
    figure(2012, 'adsp', 'final', null),
    figure(2001, 'gisa_info', 'written', 50),
    figure(2019, 'gisa_info', 'practical', 70),
    figure(2020, 'clf', 'final', 2),
  ]),
);
const ALWAYS = { from: null, to: null };

test('years have no holes, missing figures are marked as missing', () => {
  const { years, exams } = byYear(rows, ['adsp', 'sqld'], 'final', ALWAYS);
  expect(years).toEqual([2011, 2012, 2013]);
  expect(exams.sqld?.map((exam) => exam?.take ?? null)).toEqual([10, null, 30]);
  expect(exams.adsp?.[1]).toMatchObject({ take: null, pass: null });
});

test('the last year is one with figures', () => {
  expect(lastYear(rows, 'sqld', 'final')).toBe(2013);
  expect(lastYear(rows, 'adsp', 'final')).toBeNull();
  expect(lastYear(rows, 'gisa_info', 'practical')).toBe(2019);
});

test('a stage has its own years', () => {
  expect(byYear(rows, ['gisa_info'], 'practical', ALWAYS).years).toEqual([2019]);
});

test('the period chosen limits the years', () => {
  const of = (from: string | null, to: string | null) =>
    byYear(rows, ['sqld'], 'final', { from, to }).years;
  expect(of('2013-06-01', null)).toEqual([2013]);
  expect(of(null, '2011-01-01')).toEqual([2011]);
  expect(of('2014-01-01', null)).toEqual([]);
});

test('certificates that no tile names are not left out', () => {
  const named = { cert_id: ['linux2', 'adsp', 'sqld'] };
  const others = { cert_id: ['sqld', 'adsp', 'gisa_info'] };
  expect(certificatesOf(rows, { values: {}, except: others })).toEqual(['clf']);
  expect(certificatesOf(rows, { values: named, except: {} })).toEqual(named.cert_id);
});

test('a table without the columns is refused by name', () => {
  expect(() => examRows(table([{ year: 2020 }]))).toThrow('column `cert_id` holds nothing');
});
