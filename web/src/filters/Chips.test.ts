import type { Component } from 'svelte';
import { render } from 'svelte/server';
import { describe, expect, test } from 'vitest';
import SearchField from '../pages/postings/SearchField.svelte';
import { within } from '../pages/within';
import Harness from '../pages/Within.harness.svelte';
import type { Bar } from '../shell/pages';
import { exampleApp } from '../state/example';
import Chips from './Chips.svelte';
import FilterBar from './FilterBar.svelte';
import TextSearch from './TextSearch.svelte';

const chosen = '?role=de&from=2023-06-01&q=java&vs.role=da&lang=en';
const labels = (markup: string) =>
  [...markup.matchAll(/<li class="chip([^"]*)".*?<\/span> <bdi[^>]*>([^<]*)</gs)].map(
    ([, look = '', label]) => `${label}${/\bidle\b/.test(look) ? ' (idle)' : ''}`,
  );

describe('chips', () => {
  test('say how to choose while nothing is chosen', async () => {
    const hint = await within(Chips, { unknown: [] }, '?lang=en');
    expect(hint).toContain('Click any bar or name');
    expect(hint).not.toContain('data-chips');
    expect(await within(Chips, { unknown: [], bar: 'period' }, '?lang=en')).toContain(
      'only the date filter applies',
    );
  });

  test('all act on a page of postings', async () => {
    const shown = await within(Chips, { unknown: [] }, chosen);
    expect(labels(shown)).toEqual(['Data engineer', 'since 2023-06-01', '“java”', 'Data analyst']);
    expect(shown).toContain('Stop comparing');
  });

  test('on a page without postings stay chosen, and say that they do not act', async () => {
    const shown = await within(Chips, { unknown: [], bar: 'period' }, chosen);
    expect(labels(shown)).toEqual([
      'since 2023-06-01',
      'Data engineer (idle)',
      '“java” (idle)',
      'Data analyst (idle)',
    ]);
    expect(shown).toContain('Not applied on this page:');
    expect(shown).not.toContain('Stop comparing');
  });
});

test('what is chosen on one page only is a chip there, and goes with the others', async () => {
  const choices = [{ name: 'term', label_ko: '검색어', label_en: 'Search term' }] as const;
  const query = '?lang=en&term=빅데이터&term=빅데이터&from=2023-06-01&term=';
  const shown = await within(Chips, { unknown: [], bar: 'period', choices }, query);
  expect(labels(shown)).toEqual(['빅데이터', 'since 2023-06-01']);
  expect(shown).toContain('Remove Search term: 빅데이터');
  expect(labels(await within(Chips, { unknown: [] }, query))).toEqual(['since 2023-06-01']);
  const none = await within(Chips, { unknown: [], bar: 'period', choices }, '?lang=en');
  expect(none).toContain('Click a bar');
});

describe('the bar', () => {
  const offered = async (bar: Bar) => {
    const shown = await within(FilterBar, { bar }, '?lang=en');
    return ['Role', 'Date', 'Compare', 'Link', 'Search titles'].filter((name) =>
      new RegExp(`(aria-label="${name}|>\\s*${name}\\s*<)`).test(shown),
    );
  };

  test('is the same on all pages, but for a text that the page asks for itself', async () => {
    const all = ['Role', 'Date', 'Compare', 'Link', 'Search titles'];
    for (const bar of ['all', 'period', 'example'] as const) {
      expect(await offered(bar)).toEqual(all);
    }
    expect(await offered('without text')).toEqual(['Role', 'Date', 'Compare', 'Link']);
  });

  test.each([TextSearch, SearchField] as Component<Record<string, unknown>>[])(
    'a search offers companies only where there are some',
    async (component) => {
      const { app } = await exampleApp('?lang=ko');
      const shown = () => render(Harness, { props: { app, component } }).body;
      expect(shown()).toMatch(/제목, 키워드 검색/);
      expect(shown()).not.toContain('회사');
      app.companies = true;
      expect(shown()).toMatch(/제목, 회사, 키워드 검색/);
    },
  );
});
