import { describe, expect, test } from 'vitest';
import type { Table } from '../../api/types';
import { DIMMED } from '../../charts/chosen';
import { drawnTexts, seriesData, seriesLabels, testEnvironment } from '../../charts/testing';
import { addMessages } from '../../i18n/messages';
import { interest as messages } from '../../i18n/messages/interest';
import { createLocale } from '../../i18n/locale';
import { interestIn, interestRows } from './data';
import { sharesDrawing, sharesTable, weeksDrawing, weeksTable } from './option';

addMessages(messages);
const ko = createLocale('ko');
const rows = interestRows({
  table: 'visual_tables.google_trends',
  rows: [
    { date: '2021-12-19', keyword: '백준', value: 20 },
    { date: '2021-12-26', keyword: '백준', value: 40 },
    { date: '2022-01-02', keyword: '백준', value: 60.5 },
    { date: '2021-12-26', keyword: '빅데이터', value: 10 },
    { date: '2022-01-02', keyword: '빅데이터', value: 30 },
  ],
} as unknown as Table);
const all = interestIn(rows, { from: null, to: null });

describe('figures', () => {
  test('weeks in order, keywords by their mean, shares of the means', () => {
    expect(all.weeks).toEqual(['2021-12-19', '2021-12-26', '2022-01-02']);
    expect(all.keywords.map(({ keyword, weeks }) => [keyword, weeks])).toEqual([
      ['백준', 3],
      ['빅데이터', 2],
    ]);
    expect(all.keywords[1]?.values).toEqual([null, 10, 30]);
    expect(all.keywords.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  test('a week belongs to a period with any of its days', () => {
    expect(interestIn(rows, { from: '2022-01-01', to: '2022-01-01' }).weeks).toEqual([
      '2021-12-26',
    ]);
    expect(interestIn(rows, { from: '2023-01-01', to: null }).keywords).toEqual([]);
  });
});

test('a keyword keeps its colour in any period', () => {
  const later = interestIn(rows, { from: '2022-01-02', to: null });
  const places = ({ keywords }: typeof all) =>
    Object.fromEntries(keywords.map(({ keyword, place }) => [keyword, place]));
  expect(places(later)).toEqual(places(all));
});

test('lines break where collection changed', () => {
  const data = seriesData(weeksDrawing(all, ko, testEnvironment()));
  expect(data['백준']).toEqual([
    [0, 20],
    [1, 40],
    [2, null],
    [2, 60.5],
  ]);
});

test('bars of average shares say over how many weeks', () => {
  const drawing = sharesDrawing(all, [], ko, testEnvironment({ narrow: true, tight: true }));
  expect(seriesLabels(drawing, 'share')).toEqual(['66.8% · 3주', '33.2% · 2주']);
  expect(drawnTexts(drawing)).toContain('빅데이터');
});

test('a bar chooses its term, and leaves the others behind', () => {
  const drawing = sharesDrawing(all, ['빅데이터'], ko, testEnvironment());
  expect(drawing.details.map(({ marks }) => marks)).toEqual([
    [{ dimension: 'term', value: '백준' }],
    [{ dimension: 'term', value: '빅데이터' }],
  ]);
  const [series] = drawing.option.series as { data: { itemStyle: { opacity: number } }[] }[];
  expect(series?.data.map(({ itemStyle }) => itemStyle.opacity)).toEqual([DIMMED, 1]);
});

test('tables have the same figures', () => {
  expect(weeksTable(all, ko).rows[2]?.slice(1)).toEqual(['60.5', '30']);
  expect(sharesTable(all, ko).rows[0]).toEqual(['백준', '66.8%', '40.2', '3']);
});

test('no weeks, no failure', () => {
  const none = interestIn([], { from: null, to: null });
  expect(drawnTexts(weeksDrawing(none, ko, testEnvironment()))).toBeInstanceOf(Array);
  expect(drawnTexts(sharesDrawing(none, [], ko, testEnvironment()))).toBeInstanceOf(Array);
});
