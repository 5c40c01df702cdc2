import { expect, test } from 'vitest';
import type { GroupsTile } from '../api/types';
import { within } from '../pages/within';
import { exampleAnswer, exampleSelection } from '../state/example';
import { NO_FILTERS } from '../state/filters';
import Explain from './Explain.svelte';

const selection = exampleSelection();
const roles = selection.tiles.roles as GroupsTile;
const shown = async (without: number) => {
  const tiles = { roles: { ...roles, without } };
  const answer = exampleAnswer({ selections: [{ ...selection, tiles }] });
  const view = { status: 'ready' as const, answer, asked: NO_FILTERS, error: null };
  const markup = await within(Explain, { name: 'roles', view }, '?lang=en', {
    explain: () => new Promise(() => {}),
  });
  return markup.replaceAll(/<[^>]*>/g, '').replaceAll(/\s+/g, ' ');
};

test('an explanation says how many postings its link has beside the ones that are counted', async () => {
  expect(await shown(1_109)).toContain('300 postings · 1,109 state no role · show the postings');
  expect(await shown(0)).toContain('300 postings · show the postings');
});
