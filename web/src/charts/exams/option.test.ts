import { expect, test } from 'vitest';
import { createLocale } from '../../i18n/locale';
import { drawnTexts, list, seriesData, testEnvironment } from '../testing';
import { examsDrawing, examsTable, rateDrawing, rateOf, type ExamsInput } from './option';

const ko = createLocale('ko');
const INPUT: ExamsInput = {
  years: [2021, 2022, 2023],
  series: [
    {
      id: 'linux2',
      name: '리눅스마스터 2급',
      colour: 'series-1',
      exams: [
        { take: 7156, pass: 2593, newDefinition: false },
        { take: 13168, pass: 3034, newDefinition: true },
        { take: 16479, pass: 3578, newDefinition: false },
      ],
    },
    {
      id: 'sqld',
      name: 'SQLD',
      colour: 'series-2',
      exams: [
        { take: 0, pass: 0, newDefinition: false },
        { take: 32594, pass: null, newDefinition: false },
        null,
      ],
    },
  ],
};

test('passes stand inside of the takers, on the twin axis', () => {
  const drawing = examsDrawing(INPUT, ko, testEnvironment());
  expect(seriesData(drawing)).toEqual({
    'linux2-take': [7156, 13168, 16479],
    'sqld-take': [0, 32594, null],
    'linux2-pass': [2593, 3034, 3578],
    'sqld-pass': [0, null, null],
  });
  const axes = list(drawing.option.series).map((one) => 'xAxisIndex' in one && one.xAxisIndex);
  expect(axes).toEqual([0, 0, 1, 1]);
  expect(drawnTexts(drawing)).toEqual(expect.arrayContaining(['2021', '2023']));
});

test('details are takers, passes and their rate, or that there are none', () => {
  const { details } = examsDrawing(INPUT, ko, testEnvironment());
  expect(details[0]?.lines.map(({ value }) => value)).toEqual([
    '응시 7,156 · 합격 2,593 · 36.2%',
    '응시 0 · 합격 0 · –',
  ]);
  expect(details[2]?.lines[1]?.value).toBe('–');
});

test('the line of rates breaks where other people are counted', () => {
  const data = seriesData(rateDrawing(INPUT, ko, testEnvironment()));
  expect(data.linux2?.slice(0, 2)).toEqual([
    [0, 2593 / 7156],
    [1, null],
  ]);
  expect(data.linux2).toHaveLength(4);
});

test('a rate needs takers and passes', () => {
  expect(rateOf({ take: 4, pass: 1, newDefinition: false })).toBe(0.25);
  expect(rateOf({ take: 0, pass: 0, newDefinition: false })).toBeNull();
  expect(rateOf({ take: 4, pass: null, newDefinition: false })).toBeNull();
  expect(rateOf(null)).toBeNull();
});

test('the table has a row for each year', () => {
  const table = examsTable(INPUT, ko);
  expect(table.rows[2]).toEqual(['2023', '16,479', '3,578', '21.7%', '–', '–', '–']);
  for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
});
