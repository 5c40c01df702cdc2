// What the figures of a tile are of, in words: a share counts only postings that state what it is about,
// and says how many do not.
import type { Definitions, MeasureDefinition, Tile } from '../api/types';
import type { Words } from '../charts/words';
import { measureOf, tileDefinition } from './figure';

interface Known extends Words {
  readonly definitions: Definitions | null;
}

/** Dimensions that follow from another one: a posting that does not state that one has no value. */
const FOLLOWS: Record<string, string> = { newcomers: 'experience' };

/** `공고 17건 기준 · 업종 미기재 109건`, of the tile of this name. */
export function basisText(tile: Tile, name: string, words: Known): string {
  const { t, number } = words.locale;
  const n = number(tile.n);
  const without = unstatedText(tile, name, words);
  const parts = without === null ? [] : [without];
  const definition = tileDefinition(words.definitions, name);
  if (tile.kind !== 'cross' || definition?.shares_of !== 'group') {
    return [t('share.n', { n }), ...parts].join(' · ');
  }
  // Each row says itself how many postings its shares are of.
  if (tile.rows.some(({ of, count }) => of !== count)) {
    parts.push(t('share.stated', { of: named(definition.by[1] ?? '', words) }));
  }
  return [t('unit.postings', { n }), ...parts].join(' · ');
}

/** How many postings do not state what the tile is about; null where all do. */
export function unstatedText(tile: Tile, name: string, words: Known): string | null {
  if (!('without' in tile) || tile.without === 0) return null;
  const of =
    tile.kind === 'value'
      ? statedBy(measureOf(words.definitions, name))
      : tileDefinition(words.definitions, name)?.by[0];
  if (of === undefined) return null;
  const { t, number } = words.locale;
  return t('share.without', { of: named(of, words), n: number(tile.without) });
}

/** The dimension that postings must state to count in a figure of the measure. */
function statedBy(measure: MeasureDefinition | undefined): string | undefined {
  if (measure?.unit === 'years') return 'experience';
  const [dimension] = Object.keys(measure?.counts ?? {});
  return dimension === undefined ? undefined : (FOLLOWS[dimension] ?? dimension);
}

/** A dimension within a sentence. */
function named(dimension: string, words: Words): string {
  return words.dimensionLabel(dimension).toLowerCase();
}
