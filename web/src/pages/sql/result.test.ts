import { describe, expect, test } from 'vitest';
import { ApiError } from '../../api/client';
import type { QueryAnswer } from '../../api/types';
import {
  cellText,
  drawnFigure,
  drawnRows,
  DRAWN_BARS,
  isFigures,
  momentText,
  planChart,
  serverWords,
} from './result';

function answer(columns: [name: string, type: string][], rows: unknown[][]): QueryAnswer {
  return {
    build: 1,
    columns: columns.map(([name, type]) => ({ name, type })),
    rows,
    cut: false,
    took_ms: 1,
  };
}

test.each([
  [null, null],
  [0, '0'],
  [2023, '2023'],
  [false, 'false'],
  ['', ''],
  ['<b>x</b>', '<b>x</b>'],
  [['a', 1], '["a",1]'],
  [{ a: null }, '{"a":null}'],
])('%j stands as %j', (value, expected) => {
  expect(cellText(value)).toBe(expected);
});

test('figures are columns of numbers and nulls, ids are not', () => {
  const ids = answer(
    [
      ['id', 'bigint'],
      ['n', 'bigint'],
      ['empty', 'bigint'],
    ],
    [
      ['-5', 3, null],
      ['7', null, null],
    ],
  );
  expect([0, 1, 2].map((column) => isFigures(ids, column))).toEqual([false, true, false]);
});

const EXACT: [name: string, type: string][] = [
  ['most', 'bigint'],
  ['price', 'Decimal128(38, 5)'],
  ['mean', 'double'],
  ['share', 'Float32'],
];
const EXACT_ROWS = [
  ['9223316128465122404', '12345678901234567.12345', 'NaN', 0.5],
  ['-9217002895313746805', 1.5, '-inf', 'inf'],
  [3, null, 2.5, null],
];

test('numbers that a double does not hold are figures, and stand as they came', () => {
  const exact = answer(EXACT, EXACT_ROWS);
  expect(EXACT.map((_, column) => isFigures(exact, column))).toEqual([true, true, true, true]);
  expect(EXACT_ROWS.flat().map(cellText)).toEqual([
    '9223316128465122404',
    '12345678901234567.12345',
    'NaN',
    '0.5',
    '-9217002895313746805',
    '1.5',
    '-inf',
    'inf',
    '3',
    null,
    '2.5',
    null,
  ]);
});

test.each([
  ['text', '12'],
  ['bigint', 'twelve'],
  ['bigint', ''],
  ['date', '2023'],
  ['List(Int64)', '12'],
])('a column of %s with %j holds no figures', (type, value) => {
  expect(isFigures(answer([['n', type]], [[value]]), 0)).toBe(false);
});

test.each([
  ['9223316128465122404', 9.223316128465122e18],
  ['-0.5', -0.5],
  [7, 7],
  ['NaN', null],
  ['inf', null],
  ['-inf', null],
  [null, null],
  ['', null],
])('%j is drawn as %j', (value, expected) => {
  expect(drawnFigure(value)).toBe(expected);
});

describe('a chart', () => {
  test('has figures that came as texts', () => {
    const sums = answer([['role', 'text'], ...EXACT], [['de', ...(EXACT_ROWS[0] ?? [])]]);
    expect(planChart(sums)).toEqual({ kind: 'bars', name: 0, values: [1, 2, 3, 4] });
    const months = answer(
      [
        ['month', 'date'],
        ['n', 'bigint'],
      ],
      [
        ['2023-06-01', '9223316128465122404'],
        ['2023-07-01', 2],
      ],
    );
    expect(planChart(months)?.kind).toBe('lines');
    const mean = answer(
      [
        ['month', 'date'],
        ['n', 'double'],
      ],
      [
        ['2023-06-01', 'NaN'],
        ['2023-07-01', 2],
      ],
    );
    expect(planChart(mean)?.kind).toBe('lines');
  });

  test('of names has bars', () => {
    const roles = answer(
      [
        ['role', 'text'],
        ['postings', 'bigint'],
        ['mean', 'double'],
      ],
      [['de', 5, 1.5]],
    );
    expect(planChart(roles)).toEqual({ kind: 'bars', name: 0, values: [1, 2] });
  });

  test('over time has lines, in the order of time', () => {
    const months = answer(
      [
        ['postings', 'bigint'],
        ['month', 'date'],
      ],
      [
        [5, '2023-07-01'],
        [3, '2023-06-01'],
      ],
    );
    const plan = planChart(months);
    expect(plan).toEqual({ kind: 'lines', name: 1, values: [0] });
    expect(plan && drawnRows(months, plan)).toEqual([
      [3, '2023-06-01'],
      [5, '2023-07-01'],
    ]);
  });

  test('knows months written as text, and years that are numbers', () => {
    expect(
      planChart(
        answer(
          [
            ['m', 'text'],
            ['n', 'bigint'],
          ],
          [
            ['2023-06', 1],
            ['2023-07', 2],
          ],
        ),
      )?.kind,
    ).toBe('lines');
    expect(
      planChart(
        answer(
          [
            ['year', 'bigint'],
            ['n', 'bigint'],
          ],
          [
            [2022, 1],
            [2023, 2],
          ],
        ),
      ),
    ).toEqual({ kind: 'lines', name: 0, values: [1] });
  });

  test('of time has bars where lines would lie: negative values, a moment twice, one moment', () => {
    const columns: [string, string][] = [
      ['month', 'date'],
      ['n', 'bigint'],
    ];
    for (const rows of [
      [
        ['2023-06-01', -1],
        ['2023-07-01', 2],
      ],
      [
        ['2023-06-01', 1],
        ['2023-06-01', 2],
      ],
      [['2023-06-01', 1]],
      [
        ['2023-06-01', 1],
        [null, 2],
      ],
    ]) {
      expect(planChart(answer(columns, rows))?.kind).toBe('bars');
    }
  });

  test('needs one name and a figure', () => {
    expect(
      planChart(
        answer(
          [
            ['a', 'text'],
            ['b', 'text'],
            ['n', 'bigint'],
          ],
          [['x', 'y', 1]],
        ),
      ),
    ).toBeNull();
    expect(planChart(answer([['a', 'text']], [['x']]))).toBeNull();
    expect(planChart(answer([['n', 'bigint']], [[1]]))).toBeNull();
    expect(
      planChart(
        answer(
          [
            ['a', 'text'],
            ['n', 'bigint'],
          ],
          [],
        ),
      ),
    ).toBeNull();
  });

  test('of many names draws the first ones', () => {
    const many = answer(
      [
        ['a', 'text'],
        ['n', 'bigint'],
      ],
      Array.from({ length: 99 }, (_, index) => [`x${index}`, index]),
    );
    const plan = planChart(many);
    expect(plan && drawnRows(many, plan)).toHaveLength(DRAWN_BARS);
  });
});

test('a midnight goes without saying', () => {
  expect(momentText('2023-07-01T00:00:00')).toBe('2023-07-01');
  expect(momentText('2023-07-01T00:00:00.000Z')).toBe('2023-07-01');
  expect(momentText('2023-07-01T09:30:00Z')).toBe('2023-07-01T09:30:00Z');
});

test('the words are the server’s own', () => {
  const said = (message: string) => serverWords(new ApiError('refused', message));
  expect(said('`/jobs/api/v1/query`: no column `x`')).toBe('no column `x`');
  expect(said('something else')).toBe('something else');
});
