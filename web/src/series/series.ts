// The figures of a tile of a published table: the rows of its values, by key and period.
import { ApiError } from '../api/client';
import type { SeriesDefinition, TileDefinition } from '../api/types';
import type { Language } from '../i18n/messages';
import { endOf, grainOf, withoutHoles } from './periods';
import type { SeriesRow } from './rows';

/** What 100 is: the maximum of all keys, of those that have a common scale, or of each by itself. */
export type Scale = 'all' | 'some' | 'own';

export interface SeriesData {
  series: SeriesDefinition;
  scale: Scale;
  /** First days of the periods, in order. */
  days: string[];
  lines: Line[];
}

export interface Line {
  key: string;
  /** Among all keys of all periods: neither a period nor a choice changes it. */
  place: number;
  /** One per period; null: no figures. */
  points: (Point | null)[];
  /** Over the periods that have a value; null without any. */
  mean: number | null;
  /** Of these periods. */
  count: number;
  /** Of the means of all keys. */
  share: number;
}

export interface Point {
  /** On the scale of the data. */
  value: number | null;
  of: number | null;
  breaks: boolean;
  source: string;
}

/** Of the rows of a table, what a tile shows. */
export interface Asked {
  tile: Pick<TileDefinition, 'values' | 'except'>;
  /** What the reader chose in the tile: a value of a column. */
  option?: { column: string; value: string } | null;
  range: { from: string | null; to: string | null };
  /** Only these keys, if any. */
  picked?: readonly string[];
}

/** The rows of the tile, of all periods and keys. */
export function ownRows(rows: readonly SeriesRow[], { tile, option }: Asked): SeriesRow[] {
  const is = (record: SeriesRow['record'], column: string, values: readonly string[]) =>
    values.includes(String(record[column] ?? ''));
  const wanted = [
    ...Object.entries(tile.values),
    ...(option == null ? [] : [[option.column, [option.value]] as const]),
  ];
  return rows.filter(
    ({ record }) =>
      wanted.every(([column, values]) => is(record, column, values)) &&
      !Object.entries(tile.except).some(([column, values]) => is(record, column, values)),
  );
}

/** The keys in their order: as the tile names them, else by the alphabet. */
export function keysOf(rows: readonly SeriesRow[], series: SeriesDefinition, { tile }: Asked) {
  return tile.values[series.key] ?? [...new Set(rows.map(({ key }) => key))].sort();
}

export function seriesIn(
  all: readonly SeriesRow[],
  series: SeriesDefinition,
  asked: Asked,
): SeriesData {
  const { from, to } = asked.range;
  const picked = asked.picked ?? [];
  const grain = grainOf(series);
  const rows = ownRows(all, asked);
  const keys = keysOf(rows, series, asked);
  const kept = rows.filter(
    ({ day }) => (from === null || endOf(day, grain) >= from) && (to === null || day <= to),
  );
  const drawn = kept.filter(({ key }) => picked.length === 0 || picked.includes(key));
  const lacks = ({ common, value }: SeriesRow) => common === null && value !== null;
  const scale = drawn.some(lacks) ? 'own' : rows.some(lacks) ? 'some' : 'all';
  const days = withoutHoles(
    kept.map(({ day }) => day),
    grain,
  );
  const found = new Map<string, Map<string, SeriesRow>>();
  for (const row of drawn) {
    const own = found.get(row.key) ?? new Map<string, SeriesRow>();
    const other = own.get(row.day);
    // One of the two would be shown as if it were all.
    if (other !== undefined && (other.value !== row.value || other.of !== row.of)) {
      const what = `\`${series.table}\` has several rows of \`${row.key}\` in ${row.day}`;
      throw new ApiError('malformed', `${what}: \`values\` or \`choice\` has to say which`);
    }
    found.set(row.key, own.set(row.day, row));
  }
  const named = asked.tile.values[series.key] !== undefined && picked.length === 0;
  const lines = keys.flatMap((key, place) => {
    const own = found.get(key);
    if (own === undefined && !named) return [];
    const points = days.map((day): Point | null => {
      const row = own?.get(day);
      if (row === undefined) return null;
      const { of, breaks, source } = row;
      return { value: scale === 'own' ? row.value : row.common, of, breaks, source };
    });
    const values = points.flatMap((point) => point?.value ?? []);
    const sum = values.reduce((sum, value) => sum + value, 0);
    const mean = values.length === 0 ? null : sum / values.length;
    return [{ key, place, points, mean, count: values.length }];
  });
  const total = lines.reduce((sum, { mean }) => sum + (mean ?? 0), 0);
  return {
    series,
    scale,
    days,
    lines: lines.map((line) => ({ ...line, share: total === 0 ? 0 : (line.mean ?? 0) / total })),
  };
}

/** The largest mean first; in the order of the keys where they have no common scale, or are equal. */
export function byMean(data: SeriesData): SeriesData {
  const mean = (line: Line) => line.mean ?? Number.NEGATIVE_INFINITY;
  const order = (a: Line, b: Line) =>
    (data.scale === 'own' ? 0 : mean(b) - mean(a)) || a.place - b.place;
  return { ...data, lines: [...data.lines].sort(order) };
}

export function rateOf(point: Point | null | undefined): number | null {
  if (point == null || point.value === null || point.of === null || point.of === 0) return null;
  return point.value / point.of;
}

/** Keys in words: as the definitions name them, else as the table does. */
export function keyNames(
  rows: readonly SeriesRow[],
  series: SeriesDefinition,
  language: Language,
): (key: string) => string {
  const named = new Map<string, string>();
  for (const { key, name } of rows) {
    if (name !== null && !named.has(key)) named.set(key, name);
  }
  return (key) => series[`labels_${language}`][key] ?? named.get(key) ?? key;
}

/** Who figures are from, each once. */
export function sourceNames(
  sources: readonly string[],
  series: SeriesDefinition,
  language: Language,
): string {
  const names = sources.map((source) => series[`sources_${language}`][source] ?? source);
  return [...new Set(names.filter((name) => name !== ''))].join(', ');
}
