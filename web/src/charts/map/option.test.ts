import { describe, expect, test } from 'vitest';
import type { GroupsTile } from '../../api/types';
import '../echarts-map';
import { drawnTexts, list, testEnvironment, testWords } from '../testing';
import {
  beside,
  highest,
  mapDrawing,
  stepColour,
  stepsTo,
  stepTexts,
  type MapInput,
} from './option';
import { middlesOf } from './shapes';

const group = (value: string, count: number, rank: [number, number]) => ({
  value,
  count,
  share: count / 1000,
  low: 0,
  high: 1,
  rank,
});
const TILE: GroupsTile = {
  kind: 'groups',
  n: 1000,
  without: 0,
  more: 0,
  parent: null,
  rows: [group('서울', 600, [1, 1]), group('경기', 90, [2, 2]), group('전국', 3, [3, 3])],
};
const words = testWords('ko', { 서울: 'Seoul' });
const input = (more: Partial<MapInput> = {}): MapInput => ({
  tile: TILE,
  area: 'korea',
  by: 'province',
  chosen: {},
  regions: middlesOf('korea'),
  steps: stepsTo(600),
  ...more,
});
type Region = { name: string; value: number; itemStyle: Record<string, unknown> };
const regions = (more: Partial<MapInput> = {}) =>
  list(mapDrawing(input(more), words, testEnvironment()).option.series)[0]?.data as Region[];

describe('steps', () => {
  test('are round, rising, and about three times as many each', () => {
    expect(stepsTo(600)).toEqual([1, 10, 30, 100, 300]);
    expect(stepsTo(3_000)).toEqual([1, 30, 100, 300, 1000]);
    expect(stepsTo(7_931)).toEqual([1, 100, 300, 1000, 3000]);
    expect(stepsTo(60)).toEqual([1, 2, 3, 10, 30]);
  });

  test('tell the region with the most from the next, where a round number is between them', () => {
    expect(stepsTo(902, 373)).toEqual([1, 30, 100, 300, 500]);
    expect(stepsTo(1_671, 768)).toEqual([1, 30, 100, 300, 1000]);
    expect(stepsTo(62, 24)).toEqual(stepsTo(62));
    // So close to each other that they are about equal.
    expect(stepsTo(450, 420)).toEqual(stepsTo(450));
    for (const [max, second] of [
      [902, 373],
      [5, 4],
      [40, 31],
      [12_000, 9_000],
    ] as const) {
      const steps = stepsTo(max, second);
      expect(steps).toHaveLength(5);
      expect(steps.every((step, index) => step > (steps[index - 1] ?? 0))).toBe(true);
    }
    const two = { ...TILE, rows: [group('서울', 373, [1, 1]), group('경기', 902, [2, 2])] };
    expect(highest([TILE, two])).toEqual([902, 373]);
  });

  test('of few postings still rise', () => {
    expect(stepsTo(0)).toEqual([1, 2, 3, 4, 5]);
    expect(stepsTo(4)).toEqual([1, 2, 3, 4, 5]);
  });

  test('say what they stand for', () => {
    expect(stepTexts([1, 2, 10, 100, 3000], words)).toEqual([
      '1',
      '2–9',
      '10–99',
      '100–2,999',
      '3,000+',
    ]);
  });

  test('none is not the lowest step', () => {
    expect(stepColour(0, [1, 2, 3, 4, 5])).toBe('ramp-none');
    expect(stepColour(1, [1, 2, 3, 4, 5])).toBe('ramp-1');
    expect(stepColour(99, [1, 2, 3, 4, 5])).toBe('ramp-5');
  });
});

test('every region is drawn, the largest first, those without postings too', () => {
  const drawn = regions();
  expect(drawn).toHaveLength(17);
  expect(drawn.slice(0, 2).map(({ name, value }) => [name, value])).toEqual([
    ['서울', 600],
    ['경기', 90],
  ]);
  expect(drawn[2]?.value).toBe(0);
});

test('what has no shape stands beside the map', () => {
  expect(beside(input()).map(({ value }) => value)).toEqual(['전국']);
});

test('a chosen region stands out, the others are left behind', () => {
  const { theme } = testEnvironment();
  const drawn = regions({ chosen: { province: ['경기'] } });
  expect(drawn[0]?.itemStyle.opacity).toBeLessThan(1);
  expect(drawn[1]?.itemStyle).toMatchObject({ opacity: 1, borderColor: theme.colour.ink });
});

test('regions are named, described and can be chosen where they are', () => {
  const drawing = mapDrawing(input(), words, testEnvironment());
  expect(drawing.names).toBe('map');
  expect(drawing.details[0]).toMatchObject({
    title: 'Seoul',
    marks: [{ dimension: 'province', value: '서울' }],
  });
  expect(drawing.details[0]?.at?.[0]).toBeCloseTo(127, 0);
  expect(drawnTexts(drawing)).toEqual(expect.arrayContaining(['Seoul', '경기', '제주']));
});

test('districts of Seoul are named without the city', () => {
  const drawing = mapDrawing(
    input({
      area: 'seoul',
      by: 'district',
      regions: middlesOf('seoul'),
      tile: { ...TILE, rows: [group('서울 강남구', 10, [1, 1])] },
    }),
    words,
    testEnvironment({ narrow: true, tight: true }),
  );
  expect(drawing.details).toHaveLength(25);
  expect(drawnTexts(drawing)).toContain('강남구');
});
