import { describe, expect, test } from 'vitest';
import type { CrossTile } from '../../api/types';
import { drawnTexts, seriesData, seriesLabels, testEnvironment, testWords } from '../testing';
import {
  crossDrawing,
  crossHeight,
  crossSharesTable,
  crossTable,
  CROSS_MODES,
  type CrossInput,
} from './option';
import * as multiples from './multiples';

type Drawn = Parameters<typeof crossDrawing>;
const draw = (input: Drawn[0], mode: Drawn[1], words: Drawn[2], environment: Drawn[3]) =>
  crossDrawing(input, mode, words, environment, multiples);

const TILE: CrossTile = {
  kind: 'cross',
  n: 1000,
  without: 0,
  more: 0,
  parent: null,
  columns: ['de', 'da', 'ds'],
  rows: [
    row('머신러닝', 900, [100, 200, 700]),
    row('<b>SQL</b>', 100, [50, 25, 15]),
    row('R', 20, [0, 15, 12]),
  ],
};

function row(value: string, count: number, counts: number[], of = 1000) {
  return {
    value,
    count,
    of,
    counts,
    low: counts.map((part) => part / 1000 - 0.001),
    high: counts.map((part) => part / 1000 + 0.001),
  };
}

const words = testWords('ko', { de: '데이터 엔지니어', da: '데이터 분석가', skill: '키워드' });
const input = (more: Partial<CrossInput> = {}): CrossInput => ({
  tile: TILE,
  by: ['skill', 'role'],
  sharesOf: 'tile',
  chosen: {},
  max: 700,
  maxTotal: 1000,
  maxShare: 0.701,
  namesIn: 'ko',
  ...more,
});
type Bar = { value: number | null; itemStyle: { color: string; opacity: number } };
const values = (data: unknown[] | undefined) => (data as Bar[]).map(({ value }) => value);
const opacities = (data: unknown[] | undefined) =>
  (data as Bar[]).map(({ itemStyle }) => itemStyle.opacity);

describe('where a tile does not have what is chosen', () => {
  test.each(CROSS_MODES)('nothing is pale in %s', (mode) => {
    const chosen = { role: ['web_back'], skill: ['Kafka'] };
    const drawn = seriesData(draw(input({ chosen }), mode, words, testEnvironment()));
    expect(JSON.stringify(drawn)).toContain('"opacity":1');
    expect(JSON.stringify(drawn)).not.toContain('"opacity":0');
    const among = seriesData(
      draw(input({ chosen: { role: ['de'] } }), mode, words, testEnvironment()),
    );
    expect(JSON.stringify(among)).toContain('"opacity":0');
  });
});

describe('grouped', () => {
  const drawing = draw(input(), 'grouped', words, testEnvironment());

  test('columns show the counts as they are, in the colours of their values', () => {
    const { theme } = testEnvironment();
    const data = seriesData(drawing);
    expect(drawing.names).toBe('x');
    expect(values(data.ds)).toEqual([700, 15, 12]);
    expect((data.ds?.[0] as Bar).itemStyle.color).toBe(theme.colour['role-ds']);
    expect(JSON.stringify(drawing.option.series)).not.toContain('"stack"');
    expect(drawing.option.yAxis).toMatchObject({ max: 800 });
  });

  test('names carry their postings, and a warning where they are few', () => {
    const texts = drawnTexts(drawing);
    expect(texts).toEqual(expect.arrayContaining(['머신러닝', '공고 900건', '표본 작음', '700']));
    expect(texts.filter((text) => text === '표본 작음')).toHaveLength(1);
  });

  test('the number of postings is bare where its words would run into the next', () => {
    const texts = drawnTexts(draw(input(), 'grouped', words, testEnvironment({ width: 180 })));
    expect(texts).toContain('900');
    expect(texts).not.toContain('공고 900건');
  });

  test('with little room, or with many rows, the bars lie', () => {
    const narrow = draw(input(), 'grouped', words, testEnvironment({ narrow: true }));
    expect(narrow.names).toBe('y');
    const many = {
      ...TILE,
      rows: Array.from({ length: 11 }, (_, i) => row(`k${i}`, 9, [1, 2, 3])),
    };
    expect(draw(input({ tile: many }), 'grouped', words, testEnvironment()).names).toBe('y');
  });
});

describe('stacked', () => {
  const drawing = draw(input(), 'stacked', words, testEnvironment());

  test('parts are stacked as they are', () => {
    const data = seriesData(drawing);
    expect(values(data.de)).toEqual([100, 50, 0]);
    expect(values(data.da)).toEqual([200, 25, 15]);
  });

  test('a tick stands at the distinct postings where the parts overlap, and only there', () => {
    const data = seriesData(drawing);
    const from = data['tick-from']?.[0] as number;
    const width = data.tick?.[0] as number;
    expect(from + width / 2).toBeCloseTo(900, 9);
    expect(from + width + (data['tick-label']?.[0] as number)).toBeCloseTo(1000, 9);
    expect(data.tick?.[1]).toBeNull();
    expect(seriesLabels(drawing, 'tick-label')).toEqual(['900', '100', '20']);
  });

  test('the axis ends with the longest bar of both sides', () => {
    expect(drawing.option.xAxis).toMatchObject({ max: 1000 });
  });
});

describe('percent', () => {
  test('is written into the parts that have the room, and into the table', () => {
    const drawn = draw(input(), 'percent', words, testEnvironment());
    type Part = { value: number; label?: { show: boolean } };
    const shown = (drawn.option.series as { id: string; data: Part[] }[])
      .filter(({ id }) => TILE.columns.includes(id))
      .map(({ data }) => data.map(({ value, label }) => [value, label?.show ?? false]));
    expect(shown[2]?.[0]).toEqual([0.7, true]);
    expect(shown[0]?.[2]).toEqual([0, false]);
    expect(drawnTexts(drawn)).toContain('70.0%');
    const { columns, rows } = crossSharesTable(input(), words);
    expect(columns.slice(1, 3).map(({ label }) => label)).toEqual([
      '데이터 엔지니어 비율',
      '데이터 엔지니어 공고 수',
    ]);
    expect(rows[0]).toEqual(['머신러닝', '10.0%', '100', '20.0%', '200', '70.0%', '700', '900']);
    const stated = { ...TILE, rows: TILE.rows.map((row) => ({ ...row, of: row.count })) };
    const ofRow = crossSharesTable(input({ sharesOf: 'row', tile: stated }), words);
    expect(ofRow.rows[0]?.slice(0, 4)).toEqual(['머신러닝', '11.1%', expect.any(String), '100']);
  });

  const drawing = draw(input(), 'percent', words, testEnvironment());

  test('fills every bar', () => {
    const data = seriesData(drawing);
    for (const index of TILE.rows.keys()) {
      const sum = TILE.columns.reduce((total, id) => total + (values(data[id])[index] ?? 0), 0);
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  test('tells each part of the bar', () => {
    expect(drawing.details[0]?.lines.map(({ value }) => value)).toEqual([
      '10.0% · 100',
      '20.0% · 200',
      '70.0% · 700',
      '900',
    ]);
  });

  test('says of how many, and where it is small', () => {
    expect(seriesLabels(drawing, 'tick-label')).toEqual([
      '공고 900건',
      '공고 100건',
      '공고 20건 · 표본 작음',
    ]);
  });

  test('of two parts of a row, the first one stands behind the bar', () => {
    const two: CrossTile = {
      ...TILE,
      columns: ['데이터 직무', '그 밖의 IT 직무'],
      rows: [row('서울', 200, [50, 150], 200)],
    };
    const of = input({ tile: two, by: ['province', 'data_job'], sharesOf: 'row' });
    const drawn = draw(of, 'percent', words, testEnvironment());
    expect(seriesLabels(drawn, 'tick-label')).toEqual(['25.0% · 공고 200건']);
    const tight = draw(of, 'percent', words, testEnvironment({ narrow: true, tight: true }));
    expect(seriesLabels(tight, 'tick-label')).toEqual(['25.0%']);
  });
});

/** Of the second row half of the postings state a part, of the third none does. */
const STATED: CrossTile = {
  ...TILE,
  rows: [
    row('머신러닝', 900, [100, 200, 700], 900),
    row('<b>SQL</b>', 100, [25, 10, 15], 50),
    row('R', 20, [0, 0, 0], 0),
  ],
};
const stated = input({ tile: STATED, sharesOf: 'row' });

describe('of postings that do not state a part', () => {
  test.each([
    ['percent', 'tick-label'],
    ['multiples', null],
    ['grouped', null],
  ] as const)('%s says so, and how many do', (mode, series) => {
    const place = testEnvironment({ wide: true, width: 1200 });
    const drawing = draw(stated, mode, words, place);
    const texts =
      series === null ? drawnTexts(drawing).join(' ') : seriesLabels(drawing, series).join(' ');
    for (const part of ['공고 900건', '공고 100건 중 50건', '공고 20건', '미기재']) {
      expect(texts).toContain(part);
    }
    // What has no shares is not a small sample, and no bar of nothing.
    expect(texts).not.toContain('표본 작음');
    expect(texts).not.toMatch(/(^| )0\.0%/);
  });

  test('is drawn nothing, where others have a bar of 0', () => {
    const { de } = seriesData(draw(stated, 'grouped', words, testEnvironment()));
    expect(values(de)).toEqual([100, 25, null]);
    const { de: all } = seriesData(draw(input(), 'grouped', words, testEnvironment()));
    expect(values(all)).toEqual([100, 50, 0]);
  });

  test('a small sample is one of few that state a part', () => {
    const few = { ...STATED, rows: [row('R', 126, [14, 1, 2], 17)] };
    const drawn = draw(input({ tile: few, sharesOf: 'row' }), 'percent', words, testEnvironment());
    expect(seriesLabels(drawn, 'tick-label')).toEqual(['공고 126건 중 17건 · 표본 작음']);
  });

  test('details say which postings the shares are of', () => {
    const lines = (mode: 'grouped' | 'percent', at: number) =>
      draw(stated, mode, words, testEnvironment()).details[at]?.lines.map(({ value }) => value);
    expect(lines('percent', 1)?.[0]).toMatch(/^25 · 50\.0%/);
    expect(lines('percent', 1)?.slice(-2)).toEqual(['100', '공고 100건 중 50건']);
    expect(lines('grouped', 2)).toEqual(['미기재', '미기재', '미기재', '20']);
  });

  test('the table has them as a column', () => {
    const { columns, rows } = crossTable(stated, words);
    expect(columns[2]?.label).toBe('비율 기준 공고 수');
    expect(rows.map((cells) => cells.slice(1, 5))).toEqual([
      ['900', '900', '100', '11.1%'],
      ['100', '50', '25', '50.0%'],
      ['20', '0', '0', '미기재'],
    ]);
    for (const cells of rows) expect(cells).toHaveLength(columns.length);
  });
});

describe('multiples', () => {
  const OF_ROW = { ...TILE, rows: TILE.rows.map((row) => ({ ...row, of: row.count })) };
  const drawing = draw(
    input({ tile: OF_ROW, sharesOf: 'row' }),
    'multiples',
    words,
    testEnvironment({ wide: true, width: 1200 }),
  );

  test('a field per row, side by side: a heading, the bars, a space', () => {
    expect(drawing.columns).toEqual([5, 5, 5]);
    expect(drawing.details.map(({ silent }) => silent === true)).toEqual([
      ...[false, false, false, false, true],
      ...[false, false, false, false, true],
      ...[false, false, false, false, true],
    ]);
  });

  test('bars are shares of the row, with the interval of the answer', () => {
    const data = seriesData(drawing);
    expect(values(data['share-1'])).toEqual([null, 0.5, 0.25, 0.15, null]);
    expect(data['interval-from-1']?.[1]).toBeCloseTo(0.049, 12);
    expect(seriesLabels(drawing, 'interval-1')[1]).toBe('50.0%');
  });

  test('a bar chooses row and value, a heading the row', () => {
    expect(drawing.details[0]?.marks).toEqual([{ dimension: 'skill', value: '머신러닝' }]);
    expect(drawing.details[3]?.marks).toEqual([
      { dimension: 'skill', value: '머신러닝' },
      { dimension: 'role', value: 'ds' },
    ]);
  });

  test('a row that one side lacks is not called unstated, and has no bracket', () => {
    const lacking = (absent?: 'none' | 'unknown') => {
      const empty = { ...row('Kafka', absent === undefined ? 9 : 0, [0, 0, 0], 0), absent };
      const tile = { ...OF_ROW, rows: [empty] } as CrossTile;
      return draw(input({ tile, sharesOf: 'row' }), 'multiples', words, testEnvironment());
    };
    const bar = (...of: Parameters<typeof lacking>) =>
      lacking(...of).details[1]?.lines.map(({ value }) => value);
    expect(bar('none')).toEqual(['–', '0', '0']);
    expect(bar('unknown')).toEqual(['–', '순위 밖', '순위 밖']);
    expect(bar()).toEqual(['미기재', '0', '9']);
    expect(seriesData(lacking('none'))['interval-0']).not.toContain(0);
  });

  test('with little room the fields stand below each other', () => {
    const narrow = draw(
      input({ tile: OF_ROW, sharesOf: 'row' }),
      'multiples',
      words,
      testEnvironment({ narrow: true, tight: true, width: 300 }),
    );
    expect(narrow.columns).toEqual([15]);
    expect(drawnTexts(narrow)).toEqual(expect.arrayContaining(['머신러닝', '50.0%']));
  });
});

test.each(CROSS_MODES)('%s leaves unchosen rows and values behind', (mode) => {
  const chosen = { skill: ['머신러닝'], role: ['de'] };
  const drawing = draw(input({ chosen }), mode, words, testEnvironment({ narrow: true }));
  const data = seriesData(drawing);
  if (mode === 'multiples') {
    expect(opacities(data['share-0']).slice(1, 4)).toEqual([1, 0.35, 0.35]);
  } else {
    expect(opacities(data.de)).toEqual([1, 0.35, 0.35]);
    expect(opacities(data.ds)).toEqual([0.35, 0.35, 0.35]);
  }
});

test.each(CROSS_MODES)('%s of nothing does not fail, and takes some room', (mode) => {
  const none = { ...TILE, n: 0, rows: [] };
  const drawing = draw(
    input({ tile: none, max: 0, maxTotal: 0, maxShare: 0 }),
    mode,
    words,
    testEnvironment(),
  );
  expect(drawnTexts(drawing)).toBeInstanceOf(Array);
  expect(crossHeight({ tile: none }, mode, { wide: false, narrow: false })).toBeGreaterThan(0);
});

test('details name every part in plain text, and each can be chosen', () => {
  const detail = draw(input(), 'stacked', words, testEnvironment()).details[1];
  expect(detail).toMatchObject({ title: '<b>SQL</b>', titleIn: 'ko' });
  expect(detail?.lines[0]).toMatchObject({
    label: '데이터 엔지니어',
    value: '50 · 5.0% (4.9%\u2060–\u20605.1%)',
    series: 'de',
    marks: [
      { dimension: 'skill', value: '<b>SQL</b>' },
      { dimension: 'role', value: 'de' },
    ],
  });
  expect(detail?.lines.at(-1)).toEqual({ label: '중복 제외 공고 수', value: '100' });
});

test('the table has count, share and interval of each part', () => {
  const table = crossTable(input(), words);
  expect(table.columns).toHaveLength(2 + 3 * 3);
  expect(table.rows[0]?.slice(0, 5)).toEqual([
    '머신러닝',
    '900',
    '100',
    '10.0%',
    '9.9%\u2060–\u206010.1%',
  ]);
  for (const cells of table.rows) expect(cells).toHaveLength(table.columns.length);
  expect(table.marks?.[0]).toEqual([{ dimension: 'skill', value: '머신러닝' }]);
  const none = { ...TILE, n: 0, rows: [row('x', 0, [0, 0, 0], 0)] };
  expect(crossTable(input({ tile: none }), words).rows[0]?.slice(2, 5)).toEqual(['0', '–', '–']);
});

test.each(['grouped', 'stacked'] as const)(
  'an axis of few postings, %s, has whole numbers only',
  (mode) => {
    const few = { ...TILE, n: 3, rows: [row('R', 2, [0, 1, 2])] };
    const small = input({ tile: few, max: 2, maxTotal: 3 });
    const texts = drawnTexts(draw(small, mode, words, testEnvironment()));
    expect(texts).toContain('1');
    expect(texts.filter((text) => /^\d+\.\d+$/.test(text))).toEqual([]);
  },
);

test('rows whose names would run into each other lie', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, at) => row(`${at}`, 9, [1, 2, 3]));
  const names = (count: number, place: { wide: boolean }) =>
    draw(input({ tile: { ...TILE, rows: rows(count) } }), 'grouped', words, testEnvironment(place))
      .names;
  expect([names(8, { wide: false }), names(9, { wide: false })]).toEqual(['x', 'y']);
  expect([names(10, { wide: true }), names(11, { wide: true })]).toEqual(['x', 'y']);
});
