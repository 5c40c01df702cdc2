import { describe, expect, test } from 'vitest';
import type { Table } from '../api/types';
import { DIMMED } from '../charts/chosen';
import { drawnTexts, seriesData, seriesLabels, testEnvironment } from '../charts/testing';
import { addMessages } from '../i18n/messages';
import { interest as messages } from '../i18n/messages/interest';
import { createLocale } from '../i18n/locale';
import { interestIn, interestRows } from './interest';
import { sourceText } from './interest-source';
import { sharesDrawing, sharesTable, weeksDrawing, weeksTable } from './interest-option';

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

describe('a scale', () => {
  /** Value and anchored value of two weeks. */
  const table = (keywords: Record<string, [number, number | null | undefined][]>) =>
    interestRows({
      table: 'visual_tables.google_trends',
      rows: Object.entries(keywords).flatMap(([keyword, weeks]) =>
        weeks.map(([value, anchored], at) => ({
          date: ['2023-01-01', '2023-01-08'][at],
          keyword,
          value,
          ...(anchored === undefined ? {} : { value_anchored: anchored }),
        })),
      ),
    } as unknown as Table);
  const mixed = table({
    AWS: [
      [100, 60],
      [50, 30],
    ],
    Kafka: [
      [20, 24],
      [100, 120],
    ],
    백준: [[100, null]],
  });
  const always = { from: null, to: null };
  const valuesOf = ({ keywords }: typeof all) =>
    Object.fromEntries(keywords.map(({ keyword, values }) => [keyword, values]));

  test('of all keywords has 100 at the largest anchored value of the table', () => {
    const rows = mixed.filter(({ keyword }) => keyword !== '백준');
    const both = interestIn(rows, always);
    expect(both.scale).toBe('all');
    expect(valuesOf(both)).toEqual({ Kafka: [20, 100], AWS: [50, 25] });
    expect(both.keywords.map(({ share }) => share)).toEqual([60 / 97.5, 37.5 / 97.5]);
    expect(weeksTable(both, ko).rows.map((cells) => cells.slice(1))).toEqual([
      ['20', '50'],
      ['100', '25'],
    ]);
    // Neither a period nor a term moves it.
    expect(valuesOf(interestIn(rows, { from: null, to: '2023-01-07' }))).toEqual({
      Kafka: [20],
      AWS: [50],
    });
    expect(valuesOf(interestIn(rows, always, ['AWS']))).toEqual({ AWS: [50, 25] });
  });

  test('is of each keyword by itself where one has no anchored value', () => {
    const own = interestIn(mixed, always);
    expect(own.scale).toBe('own');
    expect(valuesOf(own)).toEqual({ AWS: [100, 50], Kafka: [20, 100], 백준: [100, null] });
    // No order by means that cannot be compared.
    expect(own.keywords.map(({ keyword }) => keyword)).toEqual(['AWS', 'Kafka', '백준']);
    expect(weeksTable(own, ko).rows[0]?.slice(1)).toEqual(['100', '20', '100']);
    expect(interestIn(mixed, always, ['백준', 'AWS']).scale).toBe('own');
  });

  test('is common to the terms that have it', () => {
    const some = interestIn(mixed, always, ['Kafka', 'AWS']);
    expect(some.scale).toBe('some');
    expect(valuesOf(some)).toEqual({ Kafka: [20, 100], AWS: [50, 25] });
    expect(interestIn(mixed, { from: '2023-01-08', to: null }).scale).toBe('some');
  });

  test('is that of the values in an earlier build, without the column', () => {
    const before = interestIn(table({ AWS: [[80, undefined]], Kafka: [[40, undefined]] }), always);
    expect(before.scale).toBe('all');
    expect(valuesOf(before)).toEqual({ AWS: [80], Kafka: [40] });
  });

  test('is of each keyword by itself where two providers have anchored values', () => {
    const rows = ['official', 'google_trends'].map((provider, at) => ({
      ...{ date: '2023-01-01', keyword: `${at}`, value: 100 },
      ...{ value_anchored: 100 - 50 * at, provider },
    }));
    const table = { table: 'visual_tables.google_trends', rows } as unknown as Table;
    expect(interestIn(interestRows(table), always).scale).toBe('own');
    const one = { ...table, rows: rows.map((row) => ({ ...row, provider: 'official' })) };
    expect(interestIn(interestRows(one as Table), always).scale).toBe('all');
  });

  test('of nothing but zeros is one', () => {
    expect(valuesOf(interestIn(table({ AWS: [[0, 0]] }), always))).toEqual({ AWS: [0] });
  });

  test.each([
    ['all', /최댓값입니다.*비교할 수 있/, /any keyword in any week.*can be compared/],
    ['some', /척도가 같은 키워드/, /on the common scale/],
    ['own', /각 키워드의 최댓값.*비교할 수 없/, /each keyword by itself.*cannot be compared/],
  ] as const)('%s is explained', (scale, korean, english) => {
    expect(ko.t(`interest.lede.${scale}`)).toMatch(korean);
    expect(createLocale('en').t(`interest.lede.${scale}`)).toMatch(english);
  });
});

test.each([
  [[undefined], 'Google Trends(대한민국)', 'Google Trends (Korea)'],
  [
    ['google_trends', 'official', 'google_unofficial', null],
    'Google Trends(대한민국)',
    'Google Trends (Korea)',
  ],
  [['naver_datalab'], '네이버 데이터랩(대한민국)', 'Naver DataLab (Korea)'],
  [
    ['csv', 'google_trends'],
    'CSV 파일, Google Trends(대한민국)',
    'CSV file, Google Trends (Korea)',
  ],
  [['another'], 'another(대한민국)', 'another (Korea)'],
])('the source of %j is named', (providers, korean, english) => {
  const rows = interestRows({
    table: 'visual_tables.google_trends',
    rows: providers.map((provider, at) => ({
      date: '2023-01-01',
      keyword: `${at}`,
      value: 1,
      ...(provider === undefined ? {} : { provider }),
    })),
  } as unknown as Table);
  expect(sourceText(rows, ko)).toBe(korean);
  const { keywords } = interestIn(rows, { from: null, to: null });
  expect(sourceText(keywords, createLocale('en'))).toBe(english);
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
