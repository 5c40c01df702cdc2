// Rows of a published table as its series reads them. A column that it lacks, or a value that is none of its kind,
// is an error that names the table, the row and the column; further columns are welcome.
import { ApiError } from '../api/client';
import type { SeriesDefinition, Table } from '../api/types';
import { firstDay } from './periods';

export interface SeriesRow {
  /** First day of its period, YYYY-MM-DD. */
  day: string;
  key: string;
  /** What the table calls the key; null: nothing. */
  name: string | null;
  value: number | null;
  of: number | null;
  /** On the scale that keys have in common, whose maximum is 100; null: the key is not on it. */
  common: number | null;
  /** From here on figures cannot be compared with those before. */
  breaks: boolean;
  /** Code of who the figure is from; empty: the table does not say. */
  source: string;
  /** The whole row, for what a tile filters by. */
  record: Readonly<Record<string, unknown>>;
}

type Decode<T> = (value: unknown) => T | undefined;

const text: Decode<string> = (value) =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
const number: Decode<number | null> = (value) =>
  value === null || (typeof value === 'number' && Number.isFinite(value)) ? value : undefined;
const flag: Decode<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** The same for the same definition: rows that were decoded once are found again by it. */
const decoders = new WeakMap<SeriesDefinition, (table: Table) => SeriesRow[]>();

export function decoderOf(series: SeriesDefinition): (table: Table) => SeriesRow[] {
  const decode = decoders.get(series) ?? ((table) => seriesRows(table, series));
  decoders.set(series, decode);
  return decode;
}

export function seriesRows(table: Table, series: SeriesDefinition): SeriesRow[] {
  const given: unknown = table.rows;
  if (!Array.isArray(given)) {
    throw new ApiError('malformed', `\`${table.table}\` came without rows`);
  }
  const records = given.map((row: unknown) =>
    typeof row === 'object' && row !== null ? (row as Record<string, unknown>) : {},
  );
  /** Earlier builds may lack columns that were added later. */
  const has = (column: string | null) =>
    records.some((record) => column !== null && column in record);
  const hasCommon = has(series.common);
  const rows = records.map((record, index): SeriesRow => {
    const read = <T>(column: string, decode: Decode<T>): T => {
      const value = decode(record[column]);
      if (value !== undefined) return value;
      const holds = JSON.stringify(record[column]) ?? 'nothing';
      const place = `\`${table.table}\`, row ${index + 1}`;
      throw new ApiError('malformed', `${place}: column \`${column}\` holds ${holds}`);
    };
    const later = <T>(column: string | null, decode: Decode<T>, otherwise: T): T =>
      column === null || record[column] == null ? otherwise : read(column, decode);
    const parts = series.names.flatMap((column) => later(column, text, '') || []);
    return {
      day: read(series.time, firstDay),
      key: read(series.key, text),
      name: parts.join(' ') || null,
      value: read(series.value, number),
      of: series.of === null ? null : read(series.of, number),
      common: later<number | null>(series.common, number, null),
      breaks: later(series.breaks, flag, false),
      source: later(series.source, text, ''),
      record,
    };
  });
  if (!hasCommon) return rows.map((row) => ({ ...row, common: row.value }));
  // What two sources measure has no common scale.
  const anchors = new Set(rows.flatMap(({ common, source }) => (common === null ? [] : [source])));
  const largest = rows.reduce((most, { common }) => Math.max(most, common ?? 0), 0) || 100;
  return rows.map((row) => ({
    ...row,
    common: anchors.size > 1 || row.common === null ? null : (100 * row.common) / largest,
  }));
}
