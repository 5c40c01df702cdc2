import { describe, expect, test } from 'vitest';
import { createLocale } from '../../i18n/locale';
import { drawnTexts, seriesData, seriesLabels, testEnvironment } from '../testing';
import {
  DATA_ROLES,
  dataKeywordsDrawing,
  dataKeywordsTable,
  rolesTogether,
  type KeywordRoles,
} from './option';

const ko = createLocale('ko');
const ROWS: KeywordRoles[] = [
  { keyword: '머신러닝', de: 100, da: 200, ds: 700, total: 900 },
  { keyword: '<b>SQL</b>', de: 50, da: 25, ds: 25, total: 100 },
];

describe('counts', () => {
  const drawing = dataKeywordsDrawing(ROWS, 'count', ko, testEnvironment());

  test('are stacked as they are', () => {
    expect(seriesData(drawing)).toMatchObject({ de: [100, 50], da: [200, 25], ds: [700, 25] });
  });

  test('the tick stands at the number of distinct postings, inside a bar that is longer', () => {
    const data = seriesData(drawing);
    const from = data['tick-from']?.[0] as number;
    const width = data.tick?.[0] as number;
    expect(from + width / 2).toBeCloseTo(900, 9);
    expect(from + width + (data['tick-label']?.[0] as number)).toBeCloseTo(1000, 9);
  });

  test('the label is the number of distinct postings, not the length of the bar', () => {
    expect(seriesLabels(drawing, 'tick-label')).toEqual(['900', '100']);
    expect(drawnTexts(drawing)).toEqual(expect.arrayContaining(['머신러닝', '900']));
  });

  test('the axis ends with the longest bar', () => {
    expect(drawing.option.xAxis).toMatchObject({ max: 1000 });
  });
});

describe('shares', () => {
  const drawing = dataKeywordsDrawing(ROWS, 'share', ko, testEnvironment());

  test('fill every bar', () => {
    const data = seriesData(drawing);
    for (const index of ROWS.keys()) {
      const sum = DATA_ROLES.reduce((total, role) => total + (data[role]?.[index] as number), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  test('say their n, without a tick', () => {
    expect(seriesLabels(drawing, 'tick-label')).toEqual(['n = 900', 'n = 100']);
    expect(seriesData(drawing).tick).toEqual([null, null]);
  });
});

test('a share of few postings is called small', () => {
  const few = [{ keyword: 'x', de: 10, da: 10, ds: 10, total: 29 }];
  const drawing = dataKeywordsDrawing(few, 'share', ko, testEnvironment());
  expect(seriesLabels(drawing, 'tick-label')).toEqual(['n = 29 · 표본 작음']);
});

test('the pointer is told counts and parts in plain text', () => {
  const [, sql] = dataKeywordsDrawing(ROWS, 'count', ko, testEnvironment()).details;
  expect(sql?.title).toBe('<b>SQL</b>');
  expect(sql?.lines.map(({ value }) => value)).toEqual([
    '50 · 50.0%',
    '25 · 25.0%',
    '25 · 25.0%',
    '100',
  ]);
});

test('the table keeps every figure', () => {
  expect(dataKeywordsTable(ROWS, ko).rows[0]).toEqual(['머신러닝', '100', '200', '700', '900']);
});

test('a keyword without postings and no keywords at all are drawn without failing', () => {
  const empty = { keyword: 'x', de: 0, da: 0, ds: 0, total: 0 };
  expect(rolesTogether(empty)).toBe(0);
  for (const mode of ['count', 'share'] as const) {
    expect(drawnTexts(dataKeywordsDrawing([empty], mode, ko, testEnvironment()))).toContain('x');
    drawnTexts(dataKeywordsDrawing([], mode, ko, testEnvironment()));
  }
});
