// Value tiles in words.
import type {
  Definitions,
  Layout,
  MeasureDefinition,
  TileDefinition,
  ValueTile,
} from '../api/types';
import type { Locale } from '../i18n/locale';

/** Below this a figure is marked as of a small sample. */
export const SMALL_N = 30;

const NOTHING = '–';
/** Keeps what stands on both sides of it on one line. */
const WORD_JOINER = '\u2060';

export function tileDefinition(
  definitions: Pick<Layout, 'tiles'> | null,
  name: string,
): TileDefinition | undefined {
  return definitions?.tiles.find((tile) => tile.name === name);
}

export function measureOf(
  definitions: Definitions | null,
  tile: string,
): MeasureDefinition | undefined {
  const measure = tileDefinition(definitions, tile)?.measure;
  return definitions?.measures.find(({ name }) => name === measure);
}

/** A figure of a measure in its format. */
export function figureText(
  value: number | null,
  format: string | undefined,
  locale: Locale,
): string {
  if (value === null) return NOTHING;
  if (format === 'percent') return locale.percent(value / 100);
  if (format === 'decimal') return locale.decimal(value);
  return locale.number(value);
}

/** Both ends of the 95 % interval, or null for figures without one. */
export function intervalText(
  { low, high }: ValueTile,
  format: string | undefined,
  locale: Locale,
): string | null {
  if (low === null || high === null) return null;
  const [from, to] = [low, high].map((end) => figureText(end, format, locale));
  return `${from}${WORD_JOINER}–${WORD_JOINER}${to}`;
}
