import { expect, test } from 'vitest';
import { createLocale } from '../../i18n/locale';
import { drawnTexts, seriesData, testEnvironment } from '../testing';
import { dataJobShareDrawing, dataJobShareTable } from './option';

const ko = createLocale('ko');
const COUNTS = { dataJobs: 1982, postings: 14989 };

test('the two parts fill the bar, the interval spans the border', () => {
  const data = seriesData(dataJobShareDrawing(COUNTS, ko, testEnvironment()));
  expect(data.part).toEqual([1982 / 14989]);
  expect(data.rest).toEqual([13007 / 14989]);
  expect(data['interval-from']?.[0]).toBeCloseTo(0.1269, 4);
  expect(data.interval?.[0]).toBeCloseTo(0.13775 - 0.1269, 4);
});

test('the pointer is told counts and shares', () => {
  const { details } = dataJobShareDrawing(COUNTS, ko, testEnvironment());
  expect(details[0]?.lines.map(({ value }) => value)).toEqual(['1,982 · 13.2%', '13,007 · 86.8%']);
});

test('the table gives n, share and interval of both parts', () => {
  expect(dataJobShareTable(COUNTS, ko).rows).toEqual([
    ['데이터 직무', '1,982', '13.2%', '12.7%\u2060–\u206013.8%'],
    ['그 밖의 공고', '13,007', '86.8%', '86.2%\u2060–\u206087.3%'],
  ]);
});

test('no postings: no interval, a dash instead of a share', () => {
  const none = { dataJobs: 0, postings: 0 };
  const drawing = dataJobShareDrawing(none, ko, testEnvironment());
  expect(seriesData(drawing).interval).toEqual([]);
  expect(drawnTexts(drawing)).toContain('100%');
  expect(dataJobShareTable(none, ko).rows[0]).toEqual(['데이터 직무', '0', '–', '–']);
});
