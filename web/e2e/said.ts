// A selection, and the words with which everything that leaves the page says what it shows: of which
// postings, of which build and day, from whom, and whether that is a demo.
import { expect } from 'vitest';
import { createLocale } from '../src/i18n/locale';
import { provenance } from '../src/tiles/provenance';
import { publishedBuild } from './browser';

/** One tile of each way to draw; the third is the segment of a page that shows it. */
export const TILES = [
  ['groups', 'data_role_ratio', ''],
  ['cross', 'role_experience', ''],
  ['flow', 'flow', 'time'],
  ['map', 'provinces', 'regions'],
] as const;
export const CHOSEN = '?lang=en&experience=신입&experience=경력&from=2026-08-01&q=개발';
export const WORDS = ['Experience: Entry level, Experienced', 'since 2026-08-01', '“개발”'];

const en = createLocale('en');

/** What every file says of itself, and the mark in its name. */
export async function said(): Promise<{ lines: string[]; demo: string; build: number }> {
  const build = await publishedBuild();
  const lines = provenance(build, en);
  const demo = build.origin === 'generated';
  expect(lines.includes(en.t('tile.demo'))).toBe(demo);
  return { lines, demo: demo ? '.demo' : '', build: build.build };
}
