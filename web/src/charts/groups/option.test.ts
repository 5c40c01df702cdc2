import { describe, expect, test } from 'vitest';
import type { GroupsTile } from '../../api/types';
import { drawnTexts, seriesData, seriesLabels, testEnvironment, testWords } from '../testing';
import { groupsDrawing, groupsHeight, groupsTable, type GroupsInput } from './option';

const TILE: GroupsTile = {
  kind: 'groups',
  n: 1000,
  without: 0,
  more: 0,
  parent: null,
  rows: [
    { value: 'ds', count: 420, share: 0.42, low: 0.39, high: 0.451, rank: [1, 1] },
    { value: 'da', count: 230, share: 0.23, low: 0.205, high: 0.257, rank: [2, 3] },
    { value: 'constructor', count: 210, share: 0.21, low: 0.186, high: 0.236, rank: [2, 3] },
  ],
};
const words = testWords('ko', { ds: '데이터 사이언티스트', da: '데이터 분석가', role: '직무' });
const input = (more: Partial<GroupsInput> = {}): GroupsInput => ({
  tile: TILE,
  by: 'role',
  chosen: {},
  largest: 0.451,
  ...more,
});
type Bar = { value: number; itemStyle: { color: string; opacity: number } };
const bars = (...drawn: Parameters<typeof groupsDrawing>) =>
  seriesData(groupsDrawing(...drawn)).share as Bar[];

test('bars are shares, brackets the intervals of the answer', () => {
  const drawing = groupsDrawing(input(), words, testEnvironment());
  const data = seriesData(drawing);
  expect((data.share as Bar[]).map(({ value }) => value)).toEqual([0.42, 0.23, 0.21]);
  expect(data['interval-from']).toEqual([0.39, 0.205, 0.186]);
  expect(data.interval?.[0]).toBeCloseTo(0.061, 12);
});

test('a group that one side lacks has a label and no bracket', () => {
  const lacking = { count: 0, share: 0, low: 0, high: 0, rank: [0, 0] as [number, number] };
  const rows = [
    ...TILE.rows,
    { ...lacking, value: 'de', absent: 'none' as const },
    { ...lacking, value: 'x', absent: 'unknown' as const },
  ];
  const drawing = groupsDrawing(input({ tile: { ...TILE, rows } }), words, testEnvironment());
  const bare = { value: 0, itemStyle: { color: 'transparent', borderWidth: 0 } };
  expect(seriesData(drawing).interval?.slice(2)).toEqual([expect.any(Number), bare, bare]);
  expect(seriesLabels(drawing, 'interval').slice(3)).toEqual(['0.0% · 0', '순위 밖']);
  expect(drawnTexts(drawing)).toEqual(expect.arrayContaining(['0.0% · 0', '순위 밖']));
});

test('labels tell share and number, with little room the share alone', () => {
  const wide = groupsDrawing(input(), words, testEnvironment());
  expect(seriesLabels(wide, 'interval')[0]).toBe('42.0% · 420');
  const tight = groupsDrawing(input(), words, testEnvironment({ narrow: true, tight: true }));
  expect(seriesLabels(tight, 'interval')[0]).toBe('42.0%');
  expect(drawnTexts(tight)).toEqual(expect.arrayContaining(['데이터', '사이언티스트', '42.0%']));
});

test('the axis ends above the largest interval, or at 100 %', () => {
  const { option } = groupsDrawing(input(), words, testEnvironment());
  expect(option.xAxis).toMatchObject({ max: 0.5, interval: 0.1 });
  const whole = groupsDrawing(input({ largest: null }), words, testEnvironment());
  expect(whole.option.xAxis).toMatchObject({ max: 1 });
});

describe('chosen values', () => {
  const chosen = { role: ['da'] };

  test('leave the others behind', () => {
    const opacities = bars(input({ chosen }), words, testEnvironment()).map(
      ({ itemStyle }) => itemStyle.opacity,
    );
    expect(opacities).toEqual([0.35, 1, 0.35]);
  });

  test('of other dimensions do not', () => {
    const other = { province: ['서울'] };
    for (const bar of bars(input({ chosen: other }), words, testEnvironment())) {
      expect(bar.itemStyle.opacity).toBe(1);
    }
  });
});

test('values keep their colours; unknown ones have that of all bars', () => {
  const { theme } = testEnvironment();
  const colours = bars(input(), words, testEnvironment()).map(({ itemStyle }) => itemStyle.color);
  expect(colours).toEqual([theme.colour['role-ds'], theme.colour['role-da'], theme.colour.part]);
});

test('details have interval, number and ranks, and what a click chooses', () => {
  const { details } = groupsDrawing(input(), words, testEnvironment());
  expect(details[1]).toMatchObject({
    title: '데이터 분석가',
    marks: [{ dimension: 'role', value: 'da' }],
  });
  expect(details[1]?.lines.map(({ value }) => value)).toEqual([
    '23.0%',
    '20.5%\u2060–\u206025.7%',
    '230',
    '2\u2060–\u20603',
  ]);
});

test('the table has n, share, interval and ranks, and its names can be chosen', () => {
  const table = groupsTable(TILE, 'role', words);
  expect(table.columns[0]?.label).toBe('직무');
  expect(table.rows[0]).toEqual([
    '데이터 사이언티스트',
    '420',
    '42.0%',
    '39.0%\u2060–\u206045.1%',
    '1',
    '1,000',
  ]);
  for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
  expect(table.marks?.[2]).toEqual([{ dimension: 'role', value: 'constructor' }]);
});

test('no groups, no failure', () => {
  const none = { ...TILE, n: 0, rows: [] };
  const drawing = groupsDrawing(input({ tile: none, largest: 0 }), words, testEnvironment());
  expect(drawnTexts(drawing)).toBeInstanceOf(Array);
  expect(groupsHeight(0)).toBeGreaterThan(0);
});
