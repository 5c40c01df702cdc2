import { describe, expect, test } from 'vitest';
import { within } from '../pages/within';
import { exampleAnswer, exampleBuild } from '../state/example';
import type { TilesView } from '../tiles/view.svelte';
import PrintHead from './PrintHead.svelte';
import type { Bar } from './pages';

const view: TilesView = { status: 'ready', answer: exampleAnswer(), asked: null, error: null };
const head = (bar: Bar, query: string) =>
  within(PrintHead, { build: exampleBuild, view, bar }, `?lang=en${query}`);

describe('on paper stands what acts on the page', () => {
  test('everything chosen', async () => {
    expect(await head('all', '&role=de&from=2023-06-01')).toContain(
      'Role: Data engineer · Date: since 2023-06-01',
    );
    expect(await head('without text', '')).toMatch(/All postings.*Source: Saramin/s);
  });

  test('the period alone', async () => {
    const shown = await head('period', '&role=de&from=2023-06-01');
    expect(shown).toContain('<p>Date: since 2023-06-01</p>');
    expect(shown).not.toContain('Data engineer');
    expect(shown).not.toContain('Saramin');
    expect(await head('period', '')).not.toContain('All postings');
  });

  test('what an example is of', async () => {
    expect(await head('example', '&role=de')).toContain('Role: Data engineer');
  });
});
