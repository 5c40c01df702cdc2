import { describe, expect, test } from 'vitest';
import { exampleApp } from '../state/example';
import { writeFilters } from '../state/filters';
import { chips, fileWords, filterWords, selectionLines, sideName, titleWords } from './words';

async function given(query: string) {
  const { app } = await exampleApp(`?lang=en&${query}`);
  return { app, filters: app.selection.filters };
}

test.each([
  ['', []],
  ['role=de&province=서울', ['Data engineer', 'Seoul']],
  [
    'role=de&role=da&role=web_back&role=ds&from=2023-06-01',
    ['Data engineer, Data analyst, Back end…', 'since 2023-06-01'],
  ],
  ['province=서울&role=de&vs.role=da', ['Data engineer vs Data analyst', 'Seoul']],
  ['q=java&vs.q=', ['“java” vs Text: all']],
])('a title of `%s` says what is chosen', async (query, words) => {
  const { app, filters } = await given(query);
  expect(titleWords(filters, app)).toEqual(words);
});

test.each([
  ['', []],
  ['role=de&province=서울&q=a:%20b', ['Data engineer', 'Seoul', '“a: b”']],
  ['province=서울&role=de&vs.role=web_back', ['Data engineer', 'Back end', 'Seoul']],
])('the name of a file of `%s` has the values alone', async (query, words) => {
  const { app, filters } = await given(query);
  expect(fileWords(filters, app)).toEqual(words);
});

describe('chips', () => {
  test('say everything that is chosen, in words', async () => {
    const { app, filters } = await given(
      'role=de&role=da&province=서울&from=2023-06-01&q=data%20lake',
    );
    expect(chips(filters, [], app).map(({ of, label }) => `${of}: ${label}`)).toEqual([
      'Role: Data engineer',
      'Role: Data analyst',
      'Province: Seoul',
      'Date: since 2023-06-01',
      'Text: “data lake”',
    ]);
  });

  test('each is taken back by itself', async () => {
    const { app, filters } = await given('role=de&role=da&to=2023-06-01&vs.role=web_back&vs.q=');
    const left = chips(filters, [], app).map(({ without }) => writeFilters(without).toString());
    expect(left).toEqual([
      'role=da&to=2023-06-01&vs.role=web_back&vs.q=',
      'role=de&to=2023-06-01&vs.role=web_back&vs.q=',
      'role=de&role=da&vs.role=web_back&vs.q=',
      'role=de&role=da&to=2023-06-01&vs.q=',
      'role=de&role=da&to=2023-06-01&vs.role=web_back',
    ]);
  });

  test('the last difference taken back ends the comparison', async () => {
    const { app, filters } = await given('role=de&vs.role=da');
    const last = chips(filters, [], app).at(-1);
    expect([last?.side, last?.without.versus]).toEqual(['b', null]);
  });

  test('a value that the build does not have stays, and is marked', async () => {
    const { app, filters } = await given('skill=zzz&vs.skill=yyy');
    const unknown = [
      [{ dimension: 'skill', value: 'zzz' }],
      [{ dimension: 'skill', value: 'yyy' }],
    ];
    expect(chips(filters, unknown, app).map(({ unknown }) => unknown)).toEqual([true, true]);
    expect(chips(filters, [], app).map(({ unknown }) => unknown)).toEqual([false, false]);
  });

  test('have keys of their own, whatever the values', async () => {
    const { app, filters } = await given('role=a&role=b&skill=a&q=a&vs.role=a&vs.q=a&vs.from=');
    const keys = chips(filters, [], app).map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('a selection in one line, both when two are compared', async () => {
  const { app, filters } = await given('role=de&province=서울&vs.role=');
  expect(selectionLines(filters, app)).toEqual([
    'A: Role: Data engineer · Province: Seoul',
    'B: Province: Seoul',
  ]);
  const nothing = await given('');
  expect(selectionLines(nothing.filters, nothing.app)).toEqual(['All postings']);
  expect(filterWords(nothing.filters, nothing.app)).toEqual([]);
});

test('a side is called by its difference', async () => {
  const { app, filters } = await given('role=de&province=서울&vs.role=da&vs.role=web_back');
  expect(sideName(filters, 'a', app)).toBe('Data engineer');
  expect(sideName(filters, 'b', app)).toBe('Data analyst, Back end');
  const all = await given('vs.role=de');
  expect(sideName(all.filters, 'a', all.app)).toBe('Role: all');
  const years = await given('from=2023-01-01&vs.from=2022-01-01&vs.to=2022-12-31');
  expect(sideName(years.filters, 'b', years.app)).toBe('2022-01-01 – 2022-12-31');
});
