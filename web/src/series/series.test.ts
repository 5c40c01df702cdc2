import { describe, expect, test } from 'vitest';
import { productSeries } from '../../scripts/layout.mjs';
import type { SeriesDefinition, Table } from '../api/types';
import { DIMMED } from '../charts/chosen';
import { drawnTexts, list, seriesData, seriesLabels, testEnvironment } from '../charts/testing';
import { createLocale } from '../i18n/locale';
import {
  linesOf,
  linesTableOf,
  meansOf,
  meansTable,
  partsOf,
  partsTable,
  ratesOf,
} from './drawing';
import type { Drawn } from './drawing';
import './looks';
import { firstDay, withoutHoles } from './periods';
import { decoderOf, seriesRows } from './rows';
import { byMean, keyNames, keysOf, ownRows, rateOf, seriesIn, sourceNames } from './series';
import type { SeriesData } from './series';

const ko = createLocale('ko');
const en = createLocale('en');
const named = (name: string) =>
  productSeries().find((one) => one.name === name) as SeriesDefinition;
const exams = named('exams');
const interest = named('interest');
const ALWAYS = { from: null, to: null };
const ALL = { values: {}, except: {} };
const of = (series: SeriesDefinition, rows: object[]) =>
  seriesRows({ table: series.table, build: 1, rows } as unknown as Table, series);

const figure = (year: number, cert_id: string, stage: string, take: number | null, more = {}) => ({
  ...{ year, cert_id, stage, take, pass: take === null ? null : take / 2 },
  ...{ test_name: '시험', cert_type: null, new_definition: false, source: 'kosis_2019_2023' },
  ...more,
});
const passed = of(exams, [
  figure(2011, 'sqld', 'final', 10),
  figure(2013, 'sqld', 'final', 30, { new_definition: true }),
  figure(2012, 'adsp', 'final', null),
  figure(2001, 'gisa_info', 'written', 50),
  figure(2019, 'gisa_info', 'practical', 70),
  figure(2020, 'clf', 'final', 2),
]);
const stage = (cert_id: string[], stage: string) => ({
  tile: { values: { cert_id, stage: [stage] }, except: {} },
});
const week = (date: string, keyword: string, value: number, more = {}) => ({
  ...{ date, keyword, value },
  ...more,
});
const searched = of(interest, [
  week('2021-12-19', '백준', 20),
  week('2021-12-26', '백준', 40),
  week('2022-01-02', '백준', 60.5),
  week('2021-12-26', '빅데이터', 10),
  week('2022-01-02', '빅데이터', 30),
]);
const always = byMean(seriesIn(searched, interest, { tile: ALL, range: ALWAYS }));
const drawn = (data: SeriesData, more: Partial<Drawn> = {}): Drawn => ({
  ...data,
  ...{ locale: ko, until: {}, pick: { name: 'term', chosen: [] } },
  name: keyNames(passed, data.series, 'ko'),
  ...more,
});
const valuesOf = ({ lines }: SeriesData) =>
  Object.fromEntries(lines.map(({ key, points }) => [key, points.map((p) => p?.value ?? null)]));

describe('periods', () => {
  test.each([
    [2020, '2020-01-01'],
    ['2020', '2020-01-01'],
    ['2020-05', '2020-05-01'],
    ['2020-05-07', '2020-05-07'],
    ['2020-05-07T00:00:00Z', '2020-05-07'],
    ['2020-13-01', undefined],
    ['May', undefined],
    [null, undefined],
  ])('%j begins on %j', (value, first) => expect(firstDay(value)).toBe(first));

  test.each([
    ['year', ['2013-01-01', '2011-01-01'], 3],
    ['month', ['2023-11-01', '2024-02-01'], 4],
    ['week', ['2023-01-01', '2023-01-22'], 4],
    // Weeks that begin on other days stay as they are.
    ['week', ['2023-01-01', '2023-01-10'], 2],
    ['day', ['2023-01-30', '2023-02-02', '2023-02-02'], 4],
    // Too many to be filled in.
    ['day', ['1000-01-01', '2023-02-02'], 2],
    ['day', [], 0],
  ] as const)('of a %s, %j are %i without holes', (grain, days, count) => {
    const all = withoutHoles(days, grain);
    expect(all).toHaveLength(count);
    expect(all).toEqual([...all].sort());
  });
});

describe('rows', () => {
  test.each([
    [{ year: 2020 }, 'column `cert_id` holds nothing'],
    [{ ...figure(2020, 'a', 'b', 1), take: '1' }, 'row 1: column `take` holds "1"'],
    [{ ...figure(2020, 'a', 'b', 1), pass: undefined }, 'column `pass` holds nothing'],
    [{ ...figure(2020, 'a', 'b', 1), new_definition: 'no' }, '`new_definition` holds "no"'],
    [{ ...figure(2020, 'a', 'b', 1), year: 'x' }, 'column `year` holds "x"'],
    [{ ...figure(2020, 'a', 'b', 1), cert_id: null }, 'column `cert_id` holds null'],
    [7, 'column `year` holds nothing'],
  ])('%j is refused by name', (row, message) => {
    expect(() => of(exams, [row as object])).toThrow(message);
  });

  test('a table without rows is refused', () => {
    const table = { table: 'a.b' } as unknown as Table;
    expect(() => seriesRows(table, exams)).toThrow('`a.b` came without rows');
  });

  test('are decoded in one way', () => {
    expect(decoderOf(exams)).toBe(decoderOf(exams));
    expect(decoderOf(exams)).not.toBe(decoderOf(interest));
  });
});

describe('figures', () => {
  test('years have no holes, missing figures are marked as missing', () => {
    const asked = { ...stage(['adsp', 'sqld'], 'final'), range: ALWAYS };
    const { days, lines } = seriesIn(passed, exams, asked);
    expect(days.map((day) => day.slice(0, 4))).toEqual(['2011', '2012', '2013']);
    expect(lines.map(({ points }) => points.map((point) => point?.of ?? null))).toEqual([
      [null, null, null],
      [10, null, 30],
    ]);
    expect(lines[0]?.points[1]).toMatchObject({ of: null, value: null });
    expect(lines[0]).toMatchObject({ mean: null, count: 0, share: 0 });
  });

  test.each([
    ['2013-06-01', null, ['2013-01-01']],
    [null, '2011-01-01', ['2011-01-01']],
    ['2014-01-01', null, []],
  ])('of the period from %j to %j are of %j', (from, to, days) => {
    const asked = { ...stage(['sqld'], 'final'), range: { from, to } };
    expect(seriesIn(passed, exams, asked).days).toEqual(days);
  });

  test('of a choice are of its value only', () => {
    const tile = { values: { cert_id: ['gisa_info'] }, except: {} };
    const option = { column: 'stage', value: 'practical' };
    expect(seriesIn(passed, exams, { tile, option, range: ALWAYS }).days).toEqual(['2019-01-01']);
  });

  test('that no tile names are not left out', () => {
    const asked = (tile: { values: object; except: object }) => ({
      tile: tile as typeof ALL,
      range: ALWAYS,
    });
    const others = asked({ values: {}, except: { cert_id: ['sqld', 'adsp', 'gisa_info'] } });
    expect(keysOf(ownRows(passed, others), exams, others)).toEqual(['clf']);
    const these = asked({ values: { cert_id: ['linux2', 'adsp', 'sqld'] }, except: {} });
    expect(keysOf(passed, exams, these)).toEqual(['linux2', 'adsp', 'sqld']);
  });

  test('several rows of one key and period are refused: one of them is not all', () => {
    const twice = of(exams, [figure(2020, 'a', 'written', 1), figure(2020, 'a', 'practical', 2)]);
    const read = () => seriesIn(twice, exams, { tile: ALL, range: ALWAYS });
    expect(read).toThrow('several rows of `a` in 2020-01-01: `values` or `choice`');
    const same = of(exams, [figure(2020, 'a', 'written', 1), figure(2020, 'a', 'practical', 1)]);
    expect(seriesIn(same, exams, { tile: ALL, range: ALWAYS }).days).toHaveLength(1);
  });

  test('weeks in order, keys by their mean, shares of the means', () => {
    expect(always.days).toEqual(['2021-12-19', '2021-12-26', '2022-01-02']);
    expect(always.lines.map(({ key, count }) => [key, count])).toEqual([
      ['백준', 3],
      ['빅데이터', 2],
    ]);
    expect(valuesOf(always)['빅데이터']).toEqual([null, 10, 30]);
    expect(always.lines.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 12);
  });

  test('a week belongs to a period with any of its days', () => {
    const of = (from: string, to: string | null) =>
      seriesIn(searched, interest, { tile: ALL, range: { from, to } });
    expect(of('2022-01-01', '2022-01-01').days).toEqual(['2021-12-26']);
    expect(of('2023-01-01', null).lines).toEqual([]);
  });

  test('a key keeps its colour in any period', () => {
    const range = { from: '2022-01-02', to: null };
    const later = seriesIn(searched, interest, { tile: ALL, range });
    const places = ({ lines }: SeriesData) =>
      Object.fromEntries(lines.map(({ key, place }) => [key, place]));
    expect(places(later)).toEqual(places(always));
  });

  test.each([
    [{ value: 1, of: 4 }, 0.25],
    [{ value: 0, of: 0 }, null],
    [{ value: null, of: 4 }, null],
    [{ value: 1, of: null }, null],
    [null, null],
  ])('the rate of %j is %j', (point, rate) => {
    expect(rateOf(point && { ...point, breaks: false, source: '' })).toBe(rate);
  });
});

describe('a scale', () => {
  /** Value and anchored value of two weeks. */
  const table = (keywords: Record<string, [number, number | null | undefined][]>) =>
    of(
      interest,
      Object.entries(keywords).flatMap(([keyword, weeks]) =>
        weeks.map(([value, anchored], at) =>
          week(
            ['2023-01-01', '2023-01-08'][at] ?? '',
            keyword,
            value,
            anchored === undefined ? {} : { value_anchored: anchored },
          ),
        ),
      ),
    );
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
  const read = (rows: typeof mixed, range: { from: string | null; to: string | null } = ALWAYS) =>
    byMean(seriesIn(rows, interest, { tile: ALL, range }));
  const picking = (picked: string[]) =>
    byMean(seriesIn(mixed, interest, { tile: ALL, range: ALWAYS, picked }));

  test('of all keys has 100 at the largest common value of the table', () => {
    const rows = mixed.filter(({ key }) => key !== '백준');
    const both = read(rows);
    expect(both.scale).toBe('all');
    expect(valuesOf(both)).toEqual({ Kafka: [20, 100], AWS: [50, 25] });
    expect(both.lines.map(({ share }) => share)).toEqual([60 / 97.5, 37.5 / 97.5]);
    expect(linesTableOf(drawn(both)).rows.map((cells) => cells.slice(1))).toEqual([
      ['20', '50'],
      ['100', '25'],
    ]);
    // Neither a period nor a choice moves it.
    expect(valuesOf(read(rows, { from: null, to: '2023-01-07' }))).toEqual({
      Kafka: [20],
      AWS: [50],
    });
    expect(valuesOf(picking(['AWS']))).toEqual({ AWS: [50, 25] });
  });

  test('is common to the keys that have it', () => {
    expect(picking(['Kafka', 'AWS']).scale).toBe('some');
    expect(valuesOf(picking(['Kafka', 'AWS']))).toEqual({ Kafka: [20, 100], AWS: [50, 25] });
    expect(read(mixed, { from: '2023-01-08', to: null }).scale).toBe('some');
    expect(read(mixed).scale).toBe('own');
    expect(valuesOf(read(mixed)).Kafka).toEqual([20, 100]);
  });

  test('is that of the values in an earlier build, without the column', () => {
    const before = read(table({ AWS: [[80, undefined]], Kafka: [[40, undefined]] }));
    expect(before.scale).toBe('all');
    expect(valuesOf(before)).toEqual({ AWS: [80], Kafka: [40] });
  });

  test('is of each key by itself where two sources have common values', () => {
    const rows = (providers: string[]) =>
      providers.map((provider, at) =>
        week('2023-01-01', `${at}`, 100, { value_anchored: 100 - 50 * at, provider }),
      );
    expect(read(of(interest, rows(['official', 'google_trends']))).scale).toBe('own');
    expect(read(of(interest, rows(['official', 'official']))).scale).toBe('all');
  });

  test('of nothing but zeros is one', () => {
    expect(valuesOf(read(table({ AWS: [[0, 0]] })))).toEqual({ AWS: [0] });
  });

  test.each([
    ['all', /최댓값입니다.*비교할 수 있/, /any keyword in any week.*can be compared/],
    ['some', /척도가 같은 키워드/, /on the common scale/],
    ['own', /각 키워드의 최댓값.*비교할 수 없/, /each keyword by itself.*cannot be compared/],
  ] as const)('%s is explained', (scale, korean, english) => {
    expect(ko.t(`series.scale.${scale}`, { key: '키워드', period: '주' })).toMatch(korean);
    expect(en.t(`series.scale.${scale}`, { key: 'keyword', period: 'week' })).toMatch(english);
  });
});

test.each([
  [[''], 'Google Trends(대한민국)', 'Google Trends (Korea)'],
  [
    ['google_trends', 'official', 'google_unofficial', ''],
    'Google Trends(대한민국)',
    'Google Trends (Korea)',
  ],
  [['naver_datalab'], '네이버 데이터랩(대한민국)', 'Naver DataLab (Korea)'],
  [['another'], 'another', 'another'],
])('the source of %j is named', (sources, korean, english) => {
  expect(sourceNames(sources, interest, 'ko')).toBe(korean);
  expect(sourceNames(sources, interest, 'en')).toBe(english);
});

test('a key is named by the definitions, else by the table, else by itself', () => {
  const name = keyNames(passed, exams, 'en');
  expect(name('gisa_info')).toBe('Information Processing');
  expect(name('clf')).toBe('시험');
  expect(name('none')).toBe('none');
});

describe('bars in bars', () => {
  const asked = { ...stage(['adsp', 'sqld'], 'final'), range: ALWAYS };
  const data = drawn(seriesIn(passed, exams, asked), { pick: null });
  const drawing = partsOf(data, testEnvironment());

  test('stand inside of what they are a part of, on the twin axis', () => {
    expect(seriesData(drawing)).toEqual({
      'adsp-of': [null, null, null],
      'sqld-of': [10, null, 30],
      'adsp-value': [null, null, null],
      'sqld-value': [5, null, 15],
    });
    const axes = list(drawing.option.series).map((one) => 'xAxisIndex' in one && one.xAxisIndex);
    expect(axes).toEqual([0, 0, 1, 1]);
    expect(drawnTexts(drawing)).toEqual(expect.arrayContaining(['2011', '2013']));
  });

  test('say both figures and their rate, or that there are none', () => {
    expect(drawing.details.map(({ lines }) => lines.map(({ value }) => value))).toEqual([
      ['–', '응시자 10 · 합격자 5 · 50.0%'],
      ['응시자 – · 합격자 – · –', '–'],
      ['–', '응시자 30 · 합격자 15 · 50.0%'],
    ]);
  });

  test('have a table with a row for each period', () => {
    const table = partsTable(data);
    expect(table.rows[2]).toEqual(['2013', '–', '–', '–', '30', '15', '50.0%']);
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    const heads = partsTable({ ...data, locale: en }).columns.map(({ label }) => label);
    expect(heads.slice(0, 3)).toEqual(['Year', 'ADsP, test-takers', 'ADsP, passed']);
  });

  test('have rates as lines that break where figures cannot be compared', () => {
    expect(seriesData(ratesOf(data, testEnvironment())).sqld).toEqual([
      [0, 0.5],
      [1, null],
      [2, null],
      [2, 0.5],
    ]);
  });
});

test('lines break on the days of their series', () => {
  expect(seriesData(linesOf(drawn(always), testEnvironment()))['백준']).toEqual([
    [0, 20],
    [1, 40],
    [2, null],
    [2, 60.5],
  ]);
});

describe('means', () => {
  const marked = drawn(always, { pick: { name: 'term', chosen: ['빅데이터'] } });

  test('say over how many periods they are', () => {
    const drawing = meansOf(drawn(always), testEnvironment({ narrow: true, tight: true }));
    expect(seriesLabels(drawing, 'share')).toEqual(['66.8% · 3주', '33.2% · 2주']);
    expect(drawnTexts(drawing)).toContain('빅데이터');
  });

  test('choose their key, and leave the others behind', () => {
    const drawing = meansOf(marked, testEnvironment());
    expect(drawing.details.map(({ marks }) => marks)).toEqual([
      [{ dimension: 'term', value: '백준' }],
      [{ dimension: 'term', value: '빅데이터' }],
    ]);
    const [series] = drawing.option.series as { data: { itemStyle: { opacity: number } }[] }[];
    expect(series?.data.map(({ itemStyle }) => itemStyle.opacity)).toEqual([DIMMED, 1]);
  });

  test('have the same figures as tables', () => {
    expect(linesTableOf(drawn(always)).rows[2]?.slice(1)).toEqual(['60.5', '30']);
    expect(meansTable(marked).rows[0]).toEqual(['백준', '66.8%', '40.2', '3']);
    expect(meansTable(marked).columns.map(({ label }) => label)).toEqual([
      ...['키워드', '비중', '평균 관심도', '주 수'],
    ]);
    const english = meansTable({ ...marked, locale: en });
    expect(english.columns.map(({ label }) => label)).toContain('Mean interest');
    expect(english.namesIn).toBe('ko');
  });
});

test('no rows, no failure', () => {
  const none = drawn(seriesIn([], interest, { tile: ALL, range: ALWAYS }));
  for (const draw of [linesOf, partsOf, ratesOf, meansOf]) {
    expect(drawnTexts(draw(none, testEnvironment()))).toBeInstanceOf(Array);
  }
});
