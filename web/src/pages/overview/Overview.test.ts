import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import { App, type AppEnvironment } from '../../state/app.svelte';
import { loadOverview, type OverviewData } from './data';
import { exampleBuild, exampleClient } from './example';
import Harness from './Overview.harness.svelte';

const NOW = Date.parse('2023-07-10T18:00:00Z');

/** The page's text as a browser would show it, without ECharts' drawings. */
function shown(data: OverviewData | null, search = ''): string {
  const environment: AppEnvironment = {
    window: {
      location: { href: `https://host.test/${search}` },
      history: { pushState: () => {} },
      addEventListener: () => {},
    },
    languages: ['ko-KR'],
    client: exampleClient(),
    storage: null,
    prefersDark: { matches: false, addEventListener: () => {} },
    now: () => NOW,
  };
  return render(Harness, { props: { app: new App(environment), data, now: NOW } }).body;
}

const data = await loadOverview(exampleClient(), null);
const demo = { ...data, build: { ...exampleBuild, origin: 'generated' as const } };

test('key figures with share and interval', () => {
  const page = shown(data);
  expect(page).toContain('1,000');
  expect(page).toContain('전체의 12.0%');
  expect(page).toContain('95% 신뢰구간 10.1%\u2060–\u206014.2%');
  expect(page).toContain('2023. 7. 11.');
  expect(page).toContain('3시간 전');
});

test('the language comes from the address, then from the browser', () => {
  expect(shown(data)).toContain('직무별 요구 경력');
  expect(shown(data, '?lang=en')).toContain('Experience asked for, by role');
});

test('while loading every card has its place, and no figure is shown', () => {
  const page = shown(null);
  expect(page.match(/data-source=/g)).toHaveLength(5);
  expect(page).not.toContain('1,000');
  expect(page).toContain('aria-busy="true"');
});

describe('the demo mark', () => {
  test('is on every card and on the strip of generated data', () => {
    const page = shown(demo);
    expect(page.match(/class="demo[^"]*">데모</g)).toHaveLength(5);
    expect(page).toContain('data-demo');
    expect(page).toContain('실제 채용 시장의 수치가 아닙니다');
  });

  test('is nowhere on real data', () => {
    expect(shown(data)).not.toContain('데모');
  });
});

test('the source is named and linked', () => {
  expect(shown(data)).toContain('href="https://www.saramin.co.kr"');
  expect(shown(data, '?lang=en')).toMatch(/Source:\s*<a[^>]*>Saramin<\/a>/);
});

test('cards without postings say so', () => {
  const none = {
    ...data,
    dataJobs: { dataJobs: 0, postings: 0 },
    dataRoles: { roles: [], dataJobs: 0 },
    roles: [],
    keywords: [],
    dataKeywords: [],
  };
  expect(shown(none).match(/범위 안에 공고가 없습니다/g)).toHaveLength(5);
});
