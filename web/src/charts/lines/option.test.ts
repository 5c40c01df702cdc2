import { expect, test } from 'vitest';
import { drawnTexts, list, seriesData, testEnvironment } from '../testing';
import { linesDrawing, linesTable, type LinesInput } from './option';

const INPUT: LinesInput = {
  moments: ['2020', '2021', '2022', '2023'].map((year) => ({ label: year, title: year })),
  lines: [
    { id: 'a', name: 'ADsP', colour: 'series-1', values: [1, 2, 3, 4], breaks: [2] },
    { id: 'b', name: 'SQLD', colour: 'series-2', values: [5, null, null, 8] },
  ],
  format: String,
};

test('a line breaks where figures cannot be compared, and loses none of them', () => {
  expect(seriesData(linesDrawing(INPUT, testEnvironment())).a).toEqual([
    [0, 1],
    [1, 2],
    [2, null],
    [2, 3],
    [3, 4],
  ]);
});

test('what is missing is a dash, for the reader and in the table', () => {
  const { details } = linesDrawing(INPUT, testEnvironment());
  expect(details[1]?.lines.map(({ value }) => value)).toEqual(['2', '–']);
  expect(linesTable(INPUT, 'Year')).toMatchObject({
    columns: [{ label: 'Year' }, { label: 'ADsP' }, { label: 'SQLD' }],
    rows: [
      ['2020', '1', '5'],
      ['2021', '2', '–'],
      ['2022', '3', '–'],
      ['2023', '4', '8'],
    ],
  });
});

test('without gaps nothing is hatched, and every series is there all the same', () => {
  const data = seriesData(linesDrawing(INPUT, testEnvironment()));
  expect(data.gaps).toEqual([]);
  expect(data.muted).toEqual([]);
  expect(Object.keys(data)).toEqual([
    'muted',
    'gaps',
    'a',
    'b',
    'a-tail',
    'b-tail',
    'a-label',
    'b-label',
  ]);
});

test('moments are named on the axis; nothing can be chosen unless it is said', () => {
  const drawing = linesDrawing(INPUT, testEnvironment());
  expect(drawnTexts(drawing)).toEqual(expect.arrayContaining(['2020', '2023']));
  expect(drawing.details.every(({ marks }) => marks === undefined)).toBe(true);
});

test('a value between two breaks is a point, however many there are', () => {
  const values = Array.from({ length: 60 }, (_, index) => (index % 3 === 2 ? null : index));
  const lone = values.map((value, index) => (index === 3 ? null : value));
  const look = (line: (number | null)[]) => {
    const moments = line.map((_, index) => ({ label: String(index), title: String(index) }));
    const lines = [{ id: 'a', name: 'a', colour: 'series-1' as const, values: line }];
    const { option } = linesDrawing({ moments, lines, format: String }, testEnvironment());
    return list(option.series).find(({ id }) => id === 'a');
  };
  expect(look(values)).toMatchObject({ showSymbol: false });
  const series = look(lone);
  expect(series).toMatchObject({ showSymbol: true });
  const size = (series as { symbolSize: (value: [number]) => number }).symbolSize;
  expect([size([4]) > 0, size([6]), size([7])]).toEqual([true, 0, 0]);
});
