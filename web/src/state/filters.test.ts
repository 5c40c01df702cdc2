import { describe, expect, test } from 'vitest';
import {
  day,
  isFilterParameter,
  isUnfiltered,
  readFilters,
  sideFilters,
  swapSides,
  unreadIn,
  valuesOf,
  withValues,
  writeFilters,
} from './filters';

const read = (query: string) => readFilters(new URLSearchParams(query));
/** The canonical form of a query. */
const again = (query: string) => decodeURIComponent(writeFilters(read(query)).toString());

test('a period of the second selection is in order, whichever of its days are its own', () => {
  const read = (query: string) => readFilters(new URLSearchParams(query));
  const order = (query: string) => decodeURIComponent(writeFilters(read(query)).toString());
  expect(order('vs.from=2026-02-01&vs.to=2026-01-01')).toBe('vs.from=2026-01-01&vs.to=2026-02-01');
  expect(order('from=2026-02-01&vs.to=2026-01-01')).toBe(
    'from=2026-02-01&vs.from=2026-01-01&vs.to=2026-02-01',
  );
  expect(order('from=2026-02-01&vs.from=2026-01-01')).toBe('from=2026-02-01&vs.from=2026-01-01');
});

test('what cannot be read is named, as it stands in the address', () => {
  const query =
    'from=banana&to=2026-02-30&vs.from=&vs.to=1&build=abc&grain=century&role=de&build=7&grain=day';
  expect(unreadIn(new URLSearchParams(query))).toEqual([
    'from=banana',
    'to=2026-02-30',
    'vs.to=1',
    'build=abc',
    'grain=century',
  ]);
  expect(unreadIn(new URLSearchParams('from=2026-02-28&nonsense=x&toString=y'))).toEqual([]);
});

describe('the round trip', () => {
  test.each([
    '',
    'role=de',
    'role=de&role=da&experience=신입&province=서울&district=서울+강남구&skill=Java',
    'from=2023-06-01&to=2023-07-10&q=데이터+엔지니어',
    'role=de&vs.role=web_back&vs.role=security',
    'role=de&vs.role=',
    'from=2023-06-01&vs.from=2022-06-01&vs.to=2022-07-10',
    'from=2023-06-01&vs.from=&vs.q=Java',
    'role=de&build=17&grain=week',
    'role=no_such_role&skill=C%2B%2B',
  ])('%s', (query) => {
    expect(again(query)).toBe(decodeURIComponent(query));
  });

  test('has one order, whatever the address had', () => {
    expect(again('build=3&skill=b&role=x&skill=a&to=2023-01-01')).toBe(
      'role=x&skill=b&skill=a&to=2023-01-01&build=3',
    );
  });

  test('keeps dimensions that a build defines beyond the usual ones', () => {
    const params = new URLSearchParams('seniority=lead&role=de');
    const dimensions = ['role', 'seniority'];
    const filters = readFilters(params, dimensions);
    expect(writeFilters(filters, dimensions).toString()).toBe('role=de&seniority=lead');
    expect(readFilters(params).values).toEqual({ role: ['de'] });
  });
});

describe('what makes no sense is left out', () => {
  test.each([
    ['from=2023-02-30', ''],
    ['from=yesterday&to=2023-13-01', ''],
    ['to=2023-1-1', ''],
    ['from=2023-07-01&to=2023-06-01', 'from=2023-06-01&to=2023-07-01'],
    ['build=abc', ''],
    ['build=-1', ''],
    ['build=0', ''],
    ['build=99999999999999999999', ''],
    ['grain=year', ''],
    ['role=', ''],
    ['role=de&role=de', 'role=de'],
    ['q=', ''],
    ['q=+++', ''],
    ['vs.nothing=1', ''],
    ['vs.from=never', ''],
    ['__proto__=x&constructor=y', ''],
    [`role=${'x'.repeat(201)}`, ''],
  ])('%s', (query, canonical) => {
    expect(again(query)).toBe(canonical);
  });

  test('a long text is cut where a letter ends, and many values are not all read', () => {
    expect([...read(`q=${'😀'.repeat(300)}`).text]).toHaveLength(200);
    const many = Array.from({ length: 500 }, (_, index) => `skill=s${index}`).join('&');
    expect(read(many).values.skill).toHaveLength(100);
  });

  test('a broken escape is text like any other', () => {
    expect(read('role=%E0%A4%A').values.role).toHaveLength(1);
  });
});

test.each(['__proto__', 'constructor', '<script>', '" onerror="', '‮'])(
  'a hostile value %s is a value',
  (value) => {
    const params = new URLSearchParams([['skill', value]]);
    const filters = readFilters(params);
    expect(filters.values.skill).toEqual([value]);
    expect(writeFilters(filters).getAll('skill')).toEqual([value]);
  },
);

test.each([
  ['2024-02-29', '2024-02-29'],
  ['2023-02-29', null],
  ['0000-00-00', null],
  ['2023-06-01T00:00', null],
])('day %s', (text, expected) => {
  expect(day(text)).toBe(expected);
});

describe('a comparison', () => {
  const filters = read('role=de&province=서울&from=2023-06-01&vs.role=da&vs.from=&vs.q=Java');

  test('has two sides as filters of their own', () => {
    expect(writeFilters(sideFilters(filters, 'a')).toString()).toBe(
      new URLSearchParams('role=de&province=서울&from=2023-06-01').toString(),
    );
    expect(writeFilters(sideFilters(filters, 'b')).toString()).toBe(
      new URLSearchParams('role=da&province=서울&q=Java').toString(),
    );
  });

  test('without a value for the other side takes the filter away there', () => {
    expect(sideFilters(read('role=de&vs.role='), 'b').values).toEqual({});
  });

  test('changes places, and back', () => {
    const swapped = swapSides(filters);
    expect(sideFilters(swapped, 'a')).toEqual(sideFilters(filters, 'b'));
    expect(sideFilters(swapped, 'b')).toEqual(sideFilters(filters, 'a'));
    expect(swapSides(swapped)).toEqual(filters);
  });

  test('a value is chosen on the side where the comparison is about it, else on both', () => {
    const other = withValues(filters, 'role', ['da', 'ds'], 'b');
    expect(valuesOf(other, 'role', 'a')).toEqual(['de']);
    expect(valuesOf(other, 'role', 'b')).toEqual(['da', 'ds']);
    const both = withValues(filters, 'province', ['경기'], 'b');
    expect(valuesOf(both, 'province', 'a')).toEqual(['경기']);
    expect(valuesOf(both, 'province', 'b')).toEqual(['경기']);
  });

  test('is a filter; a pinned build is none', () => {
    expect(isUnfiltered(read('vs.role=de'))).toBe(false);
    expect(isUnfiltered(read('build=3&grain=day&lang=ko'))).toBe(true);
  });
});

test.each([
  ['role', true],
  ['vs.role', true],
  ['vs.q', true],
  ['build', true],
  ['vs.build', false],
  ['lang', false],
  ['keywords_as', false],
])('%s belongs to the filters: %s', (name, expected) => {
  expect(isFilterParameter(name)).toBe(expected);
});
