import { describe, expect, test } from 'vitest';
import { insertion, layersOf, matches, quoted, quotedTable, type TableInfo } from './catalogue';

function table(name: string, what = '', ...columns: string[]): TableInfo {
  return {
    name,
    what,
    grain: [],
    rows: 1,
    served: false,
    columns: columns.map((column) => ({ name: column, type: 'text' })),
  };
}

const tables = [
  table('staging.recruit', 'Every record as received.', 'posting_id'),
  table('raw_data.recruits', 'Postings in scope; one row is one posting.', 'id', 'title'),
  table('raw_data.locations', 'Places of work.', 'id', 'wide_location'),
  table('visual_tables.all_count', 'Postings in scope.', 'it'),
  table('zebra.new', 'A layer of later.'),
];

test('answers come first, records as received last, new layers after them', () => {
  expect(layersOf(tables, '').map(({ name }) => name)).toEqual([
    'visual_tables',
    'raw_data',
    'staging',
    'zebra',
  ]);
  expect(layersOf(tables, '')[1]?.tables.map(({ name }) => name)).toEqual([
    'raw_data.locations',
    'raw_data.recruits',
  ]);
});

test('a search looks into names, columns and what rows are', () => {
  const found = (search: string) =>
    layersOf(tables, search).flatMap(({ tables }) => tables.map(({ name }) => name));
  expect(found('WIDE')).toEqual(['raw_data.locations']);
  expect(found('scope posting')).toEqual(['visual_tables.all_count', 'raw_data.recruits']);
  expect(found('nothing like it')).toEqual([]);
  expect(matches(tables[0] as TableInfo, '  ')).toBe(true);
});

test('names are quoted where SQL needs it', () => {
  expect(quoted('exp_min')).toBe('exp_min');
  expect(quoted('Weird "name"')).toBe('"Weird ""name"""');
  expect(quotedTable('raw_data.recruits')).toBe('raw_data.recruits');
});

describe('an inserted name', () => {
  test('stands apart from words, and takes the place of what is selected', () => {
    expect(insertion('select * from', 13, 13, 'raw_data.recruits')).toEqual({
      text: 'select * from raw_data.recruits',
      cursor: 31,
    });
    expect(insertion('select x from t', 7, 8, 'title').text).toBe('select title from t');
    expect(insertion('select  from t', 7, 7, 'title').text).toBe('select title from t');
  });

  test('follows a dot or a bracket at once', () => {
    expect(insertion('count(', 6, 6, 'id').text).toBe('count(id');
    expect(insertion('t.', 2, 2, 'id').text).toBe('t.id');
    expect(insertion('count()', 6, 6, 'id').text).toBe('count(id)');
    expect(insertion('', 0, 0, 'id')).toEqual({ text: 'id', cursor: 2 });
    expect(insertion('from t', 0, 0, 'id').text).toBe('id from t');
  });
});
