import { expect, test } from 'vitest';
import { exampleDefinitions } from '../../state/example';
import {
  askedFirst,
  columnLabel,
  columnsAt,
  listColumns,
  CARDS_BELOW,
  columnsFor,
  type Column,
  type Filled,
  paperColumns,
  shortDistrict,
} from './columns';
import { exampleColumns as COLUMNS, exampleRow } from './example';

/** What columns take at least, in rem. */
const tracks = (columns: readonly Column[]) =>
  columns.reduce((sum, { width }) => sum + Number(/[\d.]+(?=rem)/.exec(width)?.[0]), 0);
const without = (...keys: string[]) =>
  COLUMNS.map(({ key }) => key).filter((key) => !keys.includes(key));

test('a wide list has all columns', () => {
  expect(columnsFor(COLUMNS, 93)).toEqual(COLUMNS);
});

test('a list on a desk has all columns of the original', () => {
  expect(columnsFor(COLUMNS, 72).map(({ key }) => key)).toEqual(
    without('company', 'role', 'skill'),
  );
});

/** Of each column the share of rows with a value; of the others all rows have one. */
const filledAs =
  (shares: Record<string, number>): Filled =>
  ({ key }) =>
    shares[key] ?? 1;
const none = (keys: readonly string[]) => filledAs(Object.fromEntries(keys.map((key) => [key, 0])));

test('a column without a value leaves its room to the next ones', () => {
  const keys = (width: number, empty: string[]) =>
    columnsFor(COLUMNS, width, none(empty)).map(({ key }) => key);
  const empty = ['company', 'applications'];
  expect(keys(74, empty)).toEqual(without(...empty, 'skill'));
  expect(keys(93, ['skill'])).not.toContain('skill');
  expect(paperColumns(COLUMNS, none(['company'])).map(({ key }) => key)).not.toContain('company');
});

test.each([
  // Lists in windows of 1,280 and of 1,024 pixels.
  [72, {}, 15],
  [72, { company: 0, applications: 0 }, 20],
  [72, { company: 0, applications: 0, industry: 0.18, industry_category: 0.18 }, 23],
  [57.5, { company: 0, applications: 0, industry: 0.18, industry_category: 0.18 }, 18],
])('at %f rem a list filled as %j has %f rem for its titles', (width, shares, title) => {
  const columns = columnsFor(COLUMNS, width, filledAs(shares));
  const others = columns.filter(({ key }) => key !== 'title');
  expect(width - 1.5 - 0.5 * others.length - tracks(others)).toBeGreaterThanOrEqual(title);
  // No other column grows before the title is as wide as that.
  const grows = others.flatMap((column) => {
    const [, least, part] = /^minmax\(([\d.]+)rem, ([\d.]+)fr\)$/.exec(column.width) ?? [];
    return least === undefined ? [] : (5 * Number(least)) / Number(part);
  });
  expect(Math.min(...grows)).toBeGreaterThanOrEqual(title);
});

test('a column that few rows have a value of is narrow, dates and figures are not', () => {
  const widths = columnsFor(COLUMNS, 93, () => 0.1).map(({ key, width }) => [key, width]);
  expect(Object.fromEntries(widths)).toMatchObject({
    industry: 'minmax(3.5rem, 0.5fr)',
    title: 'minmax(10rem, 5fr)',
    expiration_date: '8.5rem',
    views: '3.75rem',
  });
});

test.each([[['company']], [['applications', 'company']], [['views', 'industry', 'district']]])(
  'no list without %j is narrower than its columns',
  (empty) => {
    for (let width = CARDS_BELOW; width < 100; width += 1) {
      const columns = columnsFor(COLUMNS, width, none(empty));
      expect(tracks(columns) + 0.5 * (columns.length - 1) + 1.5).toBeLessThanOrEqual(width);
    }
  },
);

test('no list is narrower than its columns', () => {
  for (const { from } of COLUMNS) {
    const width = Math.max(from, CARDS_BELOW);
    const columns = columnsFor(COLUMNS, width);
    expect(tracks(columns) + 0.5 * (columns.length - 1) + 1.5).toBeLessThanOrEqual(width);
  }
});

test('the server lists the columns, with their places and names', () => {
  const columns = [...exampleDefinitions.columns].reverse();
  expect(listColumns({ columns }, 'ko').map(({ key }) => key)).toEqual(without());
  expect(columnsAt('detail', { columns })[0]?.name).toBe('posting_date');
  expect(listColumns(null, 'ko')).toEqual([]);
  expect(columnLabel('views', { columns }, 'ko')).toBe('조회수');
  expect(columnLabel('views', { columns }, 'en', 'short')).toBe('Views');
  expect(columnLabel('nothing', { columns }, 'en')).toBe('nothing');
});

test('a column that this page does not know has room in a very wide list', () => {
  const salary = { ...exampleDefinitions.columns[0]!, name: 'salary', list: 99 };
  const columns = listColumns({ columns: [...exampleDefinitions.columns, salary] }, 'en');
  expect(columnsFor(columns, 96).map(({ key }) => key)).not.toContain('salary');
  const shown = columnsFor(columns, 98).find(({ key }) => key === 'salary');
  expect(shown?.values({ ...exampleRow, salary: '3,000' } as typeof exampleRow)).toEqual(['3,000']);
});

test('values are written as the data has them, nothing where there is nothing', () => {
  const values = (key: string, row: Parameters<(typeof COLUMNS)[number]['values']>[0]) =>
    COLUMNS.find((column) => column.key === key)?.values(row);
  expect(values('skill', exampleRow)).toEqual(['Java', 'Spring']);
  expect(values('minimum_years', { ...exampleRow, minimum_years: 0 })).toEqual(['0']);
  expect(values('views', { ...exampleRow, views: null })).toEqual([]);
  expect(values('company', { ...exampleRow, company: '' })).toEqual([]);
});

test('a district goes without its province', () => {
  expect(shortDistrict('서울 강남구')).toBe('강남구');
  expect(shortDistrict('경기 성남시 분당구')).toBe('성남시 분당구');
  expect(shortDistrict('세종')).toBe('세종');
});

test('what was asked for comes first', () => {
  expect(askedFirst(['a', 'b', 'c'], (value) => value === 'c')).toEqual(['c', 'a', 'b']);
  expect(askedFirst(['a', 'b'], () => false)).toEqual(['a', 'b']);
});

test('paper has room for its columns', () => {
  const columns = paperColumns(COLUMNS);
  const rem = columns.reduce(
    (sum, { width }) => sum + Number(/^([\d.]+)rem$/.exec(width)?.[1] ?? 0),
    0,
  );
  expect(columns.map(({ key }) => key)).toContain('company');
  // An A4 sheet between its margins has some 44 rem; title and company share the rest.
  expect(rem + 0.5 * (columns.length - 1) + 1.5).toBeLessThan(28);
});
