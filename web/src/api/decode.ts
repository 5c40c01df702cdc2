// Table rows come as loosely typed JSON. A page names the columns it needs with their types and gets
// typed rows, or an ApiError that names the table, the row and the column. Further columns are welcome.
import { ApiError } from './client';
import type { Table } from './types';

type Decoder<T> = (value: unknown) => T | undefined;
type Shape = Record<string, Decoder<unknown>>;
export type Row<S extends Shape> = {
  [K in keyof S]: S[K] extends Decoder<infer T> ? T : never;
};

/** A label or code. */
export const text: Decoder<string> = (value) => (typeof value === 'string' ? value : undefined);

/** A number of postings: a whole number, zero or more. */
export const count: Decoder<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

export const flag: Decoder<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);

/** A number of any kind. */
export const number: Decoder<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

/** The same, or null where the column holds nothing. */
export function optional<T>(decode: Decoder<T>): Decoder<T | null> {
  return (value) => (value === null || value === undefined ? null : decode(value));
}

export function rowsOf<S extends Shape>(table: Table, shape: S): Row<S>[] {
  const rows: unknown = table.rows;
  if (!Array.isArray(rows)) {
    throw new ApiError('malformed', `\`${table.table}\` came without rows`);
  }
  return rows.map((row: unknown, index) => {
    const record = typeof row === 'object' && row !== null ? (row as Record<string, unknown>) : {};
    const entries = Object.entries(shape).map(([column, decode]) => {
      const value = decode(record[column]);
      if (value === undefined) {
        throw new ApiError(
          'malformed',
          `\`${table.table}\`, row ${index + 1}: column \`${column}\` holds ${JSON.stringify(record[column]) ?? 'nothing'}`,
        );
      }
      return [column, value] as const;
    });
    return Object.fromEntries(entries) as Row<S>;
  });
}
