import { expect, test } from 'vitest';
import { exampleAnswer, exampleSelection } from '../state/example';
import { readFilters, writeFilters } from '../state/filters';
import { parts, waysOut } from './ways-out';

const given = readFilters(
  new URLSearchParams(
    'role=de&role=da&province=서울&from=2026-01-01&q=zzz&vs.role=ds&vs.to=2026-02-01',
  ),
);
const left = (side: 'a' | 'b') =>
  Object.fromEntries(
    parts(given, side).map(({ key, without }) => [
      key,
      decodeURIComponent(writeFilters(without).toString()),
    ]),
  );

test('a dimension is left out as a whole, on its own side', () => {
  expect(left('a')).toEqual({
    'a role': 'province=서울&from=2026-01-01&q=zzz&vs.role=ds&vs.to=2026-02-01',
    'a province': 'role=de&role=da&from=2026-01-01&q=zzz&vs.role=ds&vs.to=2026-02-01',
    'a period': 'role=de&role=da&province=서울&q=zzz&vs.role=ds&vs.to=2026-02-01',
    'a text': 'role=de&role=da&province=서울&from=2026-01-01&vs.role=ds&vs.to=2026-02-01',
  });
  expect(left('b')['b role']).toBe(
    'role=de&role=da&province=서울&from=2026-01-01&q=zzz&vs.to=2026-02-01',
  );
  expect(left('b')['b period']).toBe(
    'role=de&role=da&province=서울&from=2026-01-01&q=zzz&vs.role=ds',
  );
});

test('only what leads to postings is a way out, most postings first', async () => {
  const asked: string[] = [];
  const client = {
    tiles: async (_: readonly string[], query: URLSearchParams) => {
      asked.push(decodeURIComponent(query.toString()));
      const postings = query.has('q') ? (query.has('province') ? 0 : 5) : 9;
      return exampleAnswer({ selections: [exampleSelection({ postings })] });
    },
  };
  const ways = await waysOut(given, 'a', ['role', 'province'], client, AbortSignal.timeout(1000));
  expect(ways.map(({ key, postings }) => [key, postings])).toEqual([
    ['a text', 9],
    ['a province', 5],
  ]);
  expect(asked).toHaveLength(4);
  expect(asked.join()).not.toContain('vs.');
});
