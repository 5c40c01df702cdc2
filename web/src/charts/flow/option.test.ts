import { describe, expect, test } from 'vitest';
import type { FlowTile } from '../../api/types';
import { drawnTexts, list, seriesData, testEnvironment, testWords } from '../testing';
import {
  doubtsOf,
  runningDay,
  flowDrawing,
  flowLegend,
  flowLines,
  flowTable,
  gapSpan,
  periodOf,
  type FlowInput,
} from './option';

const series = (value: string, scale: number) => ({
  value,
  opened: [1, 2, 3].map((one) => one * scale),
  closed: [0, 1, 1].map((one) => one * scale),
  active: [1, 2, 4].map((one) => one * scale),
  assumed: [0, 0, 1].map((one) => one * scale),
});
const TILE: FlowTile = {
  kind: 'flow',
  n: 60,
  dates: ['2023-12-25', '2024-01-01', '2024-01-08'],
  gaps: [['2023-12-30', '2024-01-02']],
  coverage: [0.8, 0.8, 1],
  read_after_days: [0, 1, 0],
  active_coverage: [1, 0.95, 0.95],
  series: [series('it', 10), series('de', 4), series('da', 6)],
};
const words = testWords('ko', { de: '데이터 엔지니어', da: '데이터 분석가' });
const input = (more: Partial<FlowInput> = {}): FlowInput => ({
  tile: TILE,
  grain: 'week',
  measure: 'opened',
  split: false,
  by: 'role',
  chosen: {},
  max: undefined,
  lastDay: '2024-01-09',
  running: null,
  ...more,
});

test('one line of all postings, or one for each role', () => {
  expect(flowLines(input(), words).lines.map(({ id, values }) => [id, values])).toEqual([
    ['opened', [10, 20, 30]],
  ]);
  const split = flowLines(input({ split: true }), words).lines;
  expect(split.map(({ id, name }) => [id, name])).toEqual([
    ['de', '데이터 엔지니어'],
    ['da', '데이터 분석가'],
  ]);
});

test('what is only assumed to be active stands apart, dashed', () => {
  expect(flowLegend(input({ measure: 'active' }), words)).toEqual([
    { label: '진행 중 공고', colour: 'series-1', dashed: false },
    { label: '진행 중 추정', colour: 'series-1', dashed: true },
  ]);
});

test('roles that are not chosen are left behind', () => {
  const { lines } = flowLines(input({ split: true, chosen: { role: ['da'] } }), words);
  expect(lines.map(({ dimmed }) => dimmed)).toEqual([true, false]);
});

describe('a period that is not over', () => {
  test('ends with the data date', () => {
    expect(periodOf(input(), 0)).toEqual({ from: '2023-12-25', to: '2023-12-31' });
    expect(periodOf(input(), 2)).toEqual({ from: '2024-01-08', to: '2024-01-09' });
    expect(periodOf(input(), 3)).toBeNull();
  });

  test('has a dashed way to it, for counts', () => {
    const data = seriesData(flowDrawing(input(), words, testEnvironment()));
    expect(data.opened).toEqual([
      [0, 10],
      [1, 20],
    ]);
    expect(data['opened-tail']).toEqual([
      [1, 20],
      [2, 30],
    ]);
    const whole = seriesData(
      flowDrawing(input({ lastDay: '2024-01-14' }), words, testEnvironment()),
    );
    expect(whole.opened).toHaveLength(3);
    expect(whole['opened-tail']).toEqual([]);
  });

  test('is as good as any other for what is active on its last day', () => {
    const data = seriesData(flowDrawing(input({ measure: 'active' }), words, testEnvironment()));
    expect(data.active).toHaveLength(3);
  });
});

describe('days without collection', () => {
  test('are hatched where they are, to parts of a period', () => {
    const span = gapSpan(input(), '2023-12-30', '2024-01-02') ?? [0, 0];
    expect(span[0]).toBeCloseTo(5 / 7, 12);
    expect(span[1]).toBeCloseTo(1 + 2 / 7, 12);
    const { option } = flowDrawing(input(), words, testEnvironment());
    const gaps = list(option.series).find(({ id }) => id === 'gaps');
    expect(gaps?.data).toHaveLength(5);
    expect(gaps).toMatchObject({ xAxisIndex: 1, itemStyle: { decal: {} } });
  });

  test('beside the axis are not drawn', () => {
    expect(gapSpan(input(), '2023-01-01', '2023-01-05')).toBeNull();
    expect(gapSpan(input(), '2024-02-01', '2024-02-05')).toBeNull();
  });

  test('are named with the period', () => {
    const { details } = flowDrawing(input(), words, testEnvironment());
    expect(details[0]?.lines.at(-1)).toMatchObject({ label: '수집하지 않은 날', value: '2일' });
    expect(details[2]?.lines.at(-1)?.label).toBe('집계 중인 기간');
  });
});

describe('what is not known', () => {
  const all = (more: Partial<FlowTile>, measures: Partial<FlowTile['series'][number]>) => ({
    ...TILE,
    gaps: [],
    ...more,
    series: [{ ...series('it', 10), ...measures }],
  });
  const spans = (tile: FlowTile, measure: FlowInput['measure'] = 'opened') =>
    flowLines(input({ tile, measure }), words).muted;

  test('is no point of the line and a dash in the table', () => {
    const tile = all({}, { opened: [10, null, 30] });
    expect(seriesData(flowDrawing(input({ tile }), words, testEnvironment())).opened).toEqual([
      [0, 10],
      [1, null],
    ]);
    expect(flowTable(input({ tile }), words).rows[1]?.[1]).toBe('–');
  });

  test('is pale and says why: saved files, late, or too little before it', () => {
    expect(spans(TILE)).toEqual([]);
    const saved = all({ coverage: [null, null, 1] }, {});
    expect(spans(saved)).toEqual([[0, 2]]);
    expect(flowLegend(input({ tile: saved }), words).at(-1)).toEqual({
      label: '저장 파일로만 확인(수집률 알 수 없음)',
      colour: 'gap',
      pale: true,
    });
    const late = all({ read_after_days: [8, 7, null] }, {});
    expect(spans(late)).toEqual([[0, 1]]);
    const { details } = flowDrawing(input({ tile: late }), words, testEnvironment());
    expect(details[0]?.lines.at(-1)?.label).toBe('7일 넘게 지나 수집');
    const thin = all({ active_coverage: [0.89, 0.9, null] }, {});
    expect([spans(thin), spans(thin, 'active')]).toEqual([[], [[0, 1]]]);
  });

  test('is not pale where there is no figure', () => {
    const none = all({ coverage: [null, null, null] }, { opened: [null, 2, null] });
    expect(spans(none)).toEqual([[1, 2]]);
    expect(doubtsOf(none, 'closed')).toEqual(['saved']);
  });
});

test('a period can be chosen as a whole, a role by itself', () => {
  const { details, names } = flowDrawing(input({ split: true }), words, testEnvironment());
  expect(names).toBe('x');
  expect(details[0]?.marks).toEqual([]);
  expect(details[0]?.lines[0]).toMatchObject({
    series: 'de',
    marks: [{ dimension: 'role', value: 'de' }],
  });
});

test('names stand at the ends of the lines where there is room', () => {
  const split = input({ split: true });
  const wide = drawnTexts(flowDrawing(split, words, testEnvironment()));
  expect(wide).toEqual(expect.arrayContaining(['데이터 엔지니어', '데이터 분석가', '1. 1.']));
  const narrow = drawnTexts(flowDrawing(split, words, testEnvironment({ narrow: true })));
  expect(narrow).not.toContain('데이터 엔지니어');
});

test('the table has all measures of all postings, or one of each role', () => {
  const all = flowTable(input(), words);
  expect(all.columns.map(({ label }) => label)).toEqual([
    '기간',
    '신규 공고',
    '마감 공고',
    '진행 중 공고',
    '진행 중 추정',
  ]);
  expect(all.rows[2]?.slice(1)).toEqual(['30', '10', '40', '10']);
  expect(flowTable(input({ split: true }), words).rows[0]?.slice(1)).toEqual(['4', '6']);
});

test('no days, no failure', () => {
  const none = { ...TILE, dates: [], gaps: [], series: [series('it', 0)] };
  const nothing = { ...none, series: none.series.map((one) => ({ ...one, opened: [] })) };
  expect(
    drawnTexts(flowDrawing(input({ tile: nothing }), words, testEnvironment())),
  ).toBeInstanceOf(Array);
});

describe('a day that is still being collected', () => {
  test('is the last one, where collection ended within it', () => {
    expect(runningDay('2024-01-10T00:15:00Z', '2024-01-10')).toBe('2024-01-10');
    expect(runningDay('2024-01-09T15:15:00Z', '2024-01-10')).toBe('2024-01-10');
    expect(runningDay('2024-01-10T15:00:00Z', '2024-01-10')).toBeNull();
    expect(runningDay(null, null)).toBeNull();
  });

  const days = (running: string | null) =>
    input({
      tile: { ...TILE, dates: ['2024-01-08', '2024-01-09', '2024-01-10'], gaps: [] },
      grain: 'day',
      lastDay: '2024-01-10',
      running,
    });

  test('is dashed and marked as not over, like a week', () => {
    const drawing = flowDrawing(days('2024-01-10'), words, testEnvironment());
    expect(seriesData(drawing).opened).toHaveLength(2);
    expect(seriesData(drawing)['opened-tail']).toHaveLength(2);
    expect(drawing.details[2]?.lines.at(-1)?.label).toBe('집계 중인 기간');
    expect(flowLegend(days('2024-01-10'), words).at(-1)).toMatchObject({
      label: '집계 중인 기간',
      dashed: true,
    });
    expect(seriesData(flowDrawing(days(null), words, testEnvironment())).opened).toHaveLength(3);
  });

  test('at the end of a week leaves the week unfinished', () => {
    const week = input({ lastDay: '2024-01-14', running: '2024-01-14' });
    expect(flowLines(week, words).partial).toBe(true);
  });
});

test('an axis of few postings has whole numbers only', () => {
  const few = { ...TILE, series: [{ ...series('it', 0), opened: [0, 1, 2] }] };
  const texts = drawnTexts(flowDrawing(input({ tile: few }), words, testEnvironment()));
  expect(texts).toEqual(expect.arrayContaining(['0', '1', '2']));
  expect(texts.filter((text) => /\d\.\d$/.test(text))).toEqual([]);
});
