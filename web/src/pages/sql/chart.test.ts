import { describe, expect, test } from 'vitest';
import type { QueryAnswer } from '../../api/types';
import { drawnTexts, seriesData, seriesLabels, testEnvironment } from '../../charts/testing';
import { createLocale } from '../../i18n/locale';
import { resultDrawing, resultHeight, resultLegend } from './chart';
import { planChart } from './result';

const en = createLocale('en');

function drawn(answer: QueryAnswer, environment = testEnvironment()) {
  const plan = planChart(answer);
  if (plan === null) throw new Error('the result has no chart');
  return { plan, drawing: resultDrawing(answer, plan, en, environment) };
}

const HOSTILE = '{name|<img src=x onerror=alert(1)>}';
const roles: QueryAnswer = {
  build: 1,
  columns: [
    { name: 'role', type: 'text' },
    { name: 'postings', type: 'bigint' },
    { name: 'years', type: 'double' },
  ],
  rows: [
    ['de', 1234, 2.5],
    ['de', -3, null],
    [null, 5, 0],
    [HOSTILE, 1, 1],
  ],
  cut: false,
  took_ms: 3,
};

describe('bars', () => {
  const { drawing, plan } = drawn(roles);

  test('show every figure as it is, in the order of the query', () => {
    expect(drawing.names).toBe('y');
    expect(seriesData(drawing)).toEqual({ 1: [1234, -3, 5, 1], 2: [2.5, null, 0, 1] });
    expect(seriesLabels(drawing, '1')).toEqual(['1,234', '-3', '5', '1']);
    expect(seriesLabels(drawing, '2')).toEqual(['2.5', '–', '0', '1']);
  });

  test('are described one by one', () => {
    expect(drawing.details.map(({ title }) => title)).toEqual(['de', 'de', '–', HOSTILE]);
    expect(drawing.details[0]?.lines.map(({ label, value }) => `${label} ${value}`)).toEqual([
      'postings 1,234',
      'years 2.5',
    ]);
  });

  test('write names as text, long ones shortened', () => {
    const texts = drawnTexts(drawing);
    expect(texts).toContain('de');
    expect(texts.some((text) => text.startsWith('{name|&lt;img src=x'))).toBe(true);
    expect(texts.join('')).not.toContain('<img');
  });

  test('have room for each', () => {
    expect(resultHeight(roles, plan)).toBeCloseTo(4 * (2 * 1.1 + 0.7) + 2);
    expect(resultLegend(roles, plan).map(({ label }) => label)).toEqual(['postings', 'years']);
  });
});

test('figures that came as texts are drawn near enough, and written exactly', () => {
  const exact: QueryAnswer = {
    ...roles,
    columns: [
      { name: 'role', type: 'text' },
      { name: 'most', type: 'bigint' },
      { name: 'mean', type: 'double' },
    ],
    rows: [
      ['de', '9223316128465122404', 'NaN'],
      ['da', 5, 'inf'],
    ],
  };
  const { drawing } = drawn(exact);
  expect(seriesData(drawing)).toEqual({ 1: [Number('9223316128465122404'), 5], 2: [null, null] });
  expect(seriesLabels(drawing, '1')).toEqual(['9223316128465122404', '5']);
  expect(drawing.details.map(({ lines }) => lines.map(({ value }) => value))).toEqual([
    ['9223316128465122404', 'NaN'],
    ['5', 'inf'],
  ]);
});

test('lines go by time', () => {
  const months: QueryAnswer = {
    ...roles,
    columns: [
      { name: 'month', type: 'date' },
      { name: 'postings', type: 'bigint' },
    ],
    rows: [
      ['2023-07-01', 7],
      ['2023-05-01', 5],
      ['2023-06-01', null],
    ],
  };
  const { drawing } = drawn(months);
  expect(drawing.names).toBe('x');
  expect(drawing.details.map(({ title }) => title)).toEqual([
    '2023-05-01',
    '2023-06-01',
    '2023-07-01',
  ]);
  expect(drawing.details.map(({ lines }) => lines[0]?.value)).toEqual(['5', '–', '7']);
});
