import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import type { TilesAnswer, ValueTile } from '../api/types';
import {
  exampleAnswer,
  exampleApp,
  exampleBuild,
  exampleClient,
  exampleDefinitions,
  exampleSelection,
} from '../state/example';
import type { TilesView } from '../tiles/view.svelte';
import Harness from './Overview.harness.svelte';
import { tilesOf } from './layout';

/** The page's text as a browser would show it, without ECharts' drawings. */
async function shown(answer: TilesAnswer | null, path = '', origin = exampleBuild.origin) {
  const build = { ...exampleBuild, origin };
  const { app } = await exampleApp(path, {
    client: exampleClient({ build: async () => build }),
  });
  const view: TilesView = {
    status: answer === null ? 'loading' : 'ready',
    answer,
    asked: answer === null ? null : app.selection.filters,
    error: null,
  };
  return render(Harness, { props: { app, view } }).body;
}

const page = await shown(exampleAnswer());
const demo = await shown(exampleAnswer({ origin: 'generated' }), '', 'generated');

test('every tile of the page is asked for', () => {
  const drawn = [...page.matchAll(/data-(?:tile|figure)="(\w+)"/g)].map(([, name]) => name);
  expect(drawn.length).toBeGreaterThan(10);
  const asked = exampleDefinitions.pages.filter(({ name }) => name === 'overview').flatMap(tilesOf);
  for (const name of drawn) expect(asked).toContain(name);
});

test('key figures with interval and n, in the format of their measure', () => {
  expect(page).toContain('1,000');
  expect(page).toContain('40.0%');
  expect(page).toContain('95% 신뢰구간 36.8%\u2060–\u206043.2%');
  expect(page).toContain('공고 900건 기준');
  expect(page).toContain('해당 공고 360건');
  expect(page).toContain('3시간 전');
});

test.each([
  [1, null],
  [0.5, '최근 60일 중 50.0%만 수집되어'],
  [null, '저장 파일 기준이며 수집률은 알 수 없습니다.'],
])('with a coverage of %j active postings say how much was read', async (coverage, words) => {
  const active = { kind: 'value', n: 9, value: 0, low: null, high: null, count: null, without: 0 };
  const tiles = { ...exampleSelection().tiles, active_postings: active as ValueTile };
  const text = await shown(
    exampleAnswer({ active_coverage: coverage, selections: [exampleSelection({ tiles })] }),
  );
  expect(text.includes('data-coverage')).toBe(words !== null);
  if (words !== null) expect(text).toContain(words);
});

test('the language comes from the address, then from the browser', async () => {
  expect(page).toContain('직무별 요구 경력');
  const english = await shown(exampleAnswer(), '?lang=en');
  expect(english).toContain('Required experience by role');
  expect(english).toContain('href="/sub/regions?lang=en"');
});

test('while loading every tile has its place, and no figure is shown', async () => {
  const loading = await shown(null);
  expect(loading.match(/data-tile=/g)?.length).toBeGreaterThan(8);
  expect(loading).not.toContain('1,000');
  expect(loading).toContain('aria-busy="true"');
});

describe('the demo mark', () => {
  test('is on every tile, on the strip and on paper', () => {
    const tiles = demo.match(/data-tile=/g)?.length ?? 0;
    expect(demo.match(/class="demo[^"]*">데모</g)).toHaveLength(tiles);
    expect(demo).toContain('data-demo');
    expect(demo).toContain('데모 데이터: 실제 채용 시장의 수치가 아닙니다');
  });

  test('is nowhere on real data', () => {
    expect(page).not.toContain('데모');
  });
});

test('the source is named and linked', async () => {
  expect(page).toContain('href="https://www.saramin.co.kr"');
  const named = (await shown(exampleAnswer(), '?lang=en')).replaceAll(/<!--.*?-->/g, '');
  expect(named).toMatch(/Source:\s*<a[^>]*>Saramin<\/a>/);
});

test('chosen filters are chips, also those that the build does not know', async () => {
  const unknown = [{ dimension: 'skill', value: '<b>zzz' }];
  const answer = exampleAnswer({ selections: [exampleSelection({ unknown })] });
  const filtered = await shown(answer, '?lang=en&role=de&skill=%3Cb%3Ezzz');
  expect(filtered).toContain('Data engineer');
  expect(filtered).toContain('not in this build');
  expect(filtered).not.toContain('<b>zzz');
});

test('two selections stand side by side, by their letters and names', async () => {
  const selections = [exampleSelection(), exampleSelection()];
  const both = await shown(exampleAnswer({ selections }), '?lang=en&role=de&vs.role=web_back');
  const roles = both.slice(both.indexOf('data-tile="roles"'));
  expect(roles.match(/data-side="[ab]"/g)?.slice(0, 2)).toEqual(['data-side="a"', 'data-side="b"']);
  expect(roles).toContain('Back end');
});

test('a tile without postings says why', async () => {
  const tiles = {
    ...exampleSelection().tiles,
    roles: { kind: 'groups' as const, n: 0, without: 0, more: 0, parent: null, rows: [] },
  };
  const given = (postings: number, of: number) =>
    shown(exampleAnswer({ selections: [exampleSelection({ postings, of, tiles })] }), '?role=de');
  expect(await given(10, 10)).toContain('data-empty="values"');
  expect(await given(0, 10)).toContain('data-empty="filters"');
  expect(await given(0, 0)).toContain('data-empty="nothing"');
});
