// The columns of postings, as the server's definitions list them; this page adds only how wide each is and which of
// them fit.
import type { Definitions, PostingColumn, PostingRow } from '../../api/types';
import type { Language } from '../../i18n/messages';
import { SORT_KEYS, type SortKey } from './order';

export interface Column extends Fit {
  /** The dimension of its values, else its name. */
  key: string;
  /** In a heading. */
  label: string;
  /** What the server sorts by; null where it does not sort by this. */
  sort: SortKey | null;
  /** What the values are values of; null where they are no choice. */
  dimension: string | null;
  numeric: boolean;
  /** Values as the data has them. */
  values: (row: PostingRow) => readonly string[];
}

interface Fit {
  /** Width of the list in rem from which on the column is shown, when all others have values. */
  from: number;
  /** Track of the CSS grid. */
  width: string;
  /** The same on paper, which has room for the columns that have one; there texts go on to a next line. */
  paper: string | null;
}

/** Between two columns. */
const GAP_REM = 0.5;

/** A column in which fewer of the rows have a value is narrow: the title has its room. */
export const ENOUGH_FILLED = 0.5;
const NARROW = 'minmax(3.5rem, 0.5fr)';

/** The share of rows that have a value in a column. */
export type Filled = (column: Column) => number;

/** Below this width of the list in rem a row is a card of three lines. */
export const CARDS_BELOW = 48;

/** Of a column that this page does not know: a very wide list has room for it. */
const UNKNOWN: Fit = { from: 97, width: 'minmax(5rem, 0.6fr)', paper: null };

const fit = (width: string, { from = 0, paper = null }: Partial<Fit> = {}): Fit => ({
  ...{ from, width, paper },
});

const FITS: Readonly<Record<string, Fit>> = {
  posting_date: fit('5.25rem', { paper: '5rem' }),
  expiration_date: fit('8.5rem', { paper: '8.25rem' }),
  title: fit('minmax(10rem, 5fr)', { paper: 'minmax(0, 3fr)' }),
  company: fit('minmax(6.5rem, 1fr)', { from: 79, paper: 'minmax(0, 1.75fr)' }),
  role: fit('minmax(6rem, 0.8fr)', { from: 85 }),
  industry_category: fit('minmax(5rem, 0.8fr)', { from: 57 }),
  industry: fit('minmax(5rem, 0.9fr)', { from: 69 }),
  experience: fit('minmax(4.75rem, 0.6fr)', { paper: '4.75rem' }),
  minimum_years: fit('3.75rem'),
  province: fit('minmax(4.5rem, 0.4fr)', { paper: '4.5rem' }),
  district: fit('minmax(5rem, 0.6fr)', { from: 63 }),
  skill: fit('minmax(6.5rem, 1.2fr)', { from: 91 }),
  views: fit('3.75rem'),
  applications: fit('4.5rem', { from: 51 }),
};

type Defined = Pick<Definitions, 'columns'> | null;

/** The columns at a place, in its order. */
export function columnsAt(place: 'list' | 'detail', definitions: Defined): PostingColumn[] {
  const there = definitions?.columns.filter((column) => column[place] !== null) ?? [];
  return there.sort((a, b) => (a[place] ?? 0) - (b[place] ?? 0));
}

/** The columns of the list. */
export function listColumns(definitions: Defined, language: Language): readonly Column[] {
  return columnsAt('list', definitions).map((column) => {
    const { name, kind, dimension } = column;
    const key = dimension ?? name;
    return {
      ...(FITS[key] ?? UNKNOWN),
      key,
      label: column[`short_${language}`],
      sort: SORT_KEYS.find((sort) => sort === name && column.sort) ?? null,
      dimension,
      numeric: kind === 'number',
      values: (row) => valuesOf(row, name),
    };
  });
}

/** The heading of a column, or the name of what it holds. */
export function columnLabel(
  name: string,
  definitions: Defined,
  language: Language,
  length: 'label' | 'short' = 'label',
): string {
  const column = definitions?.columns.find((column) => column.name === name);
  return column?.[`${length}_${language}`] ?? name;
}

/** What a posting has in a column, as the data has it; nothing where that is empty. */
export function valuesOf(row: PostingRow, name: string): readonly string[] {
  const value: unknown = row[name as keyof PostingRow];
  if (Array.isArray(value)) return value.map(String);
  return value === null || value === undefined || value === '' ? [] : [String(value)];
}

/**
 * The columns that a list has room for. One without any value takes none: its room goes to the columns
 * that would come next.
 */
export function columnsFor(
  all: readonly Column[],
  widthRem: number,
  filled: Filled = () => 1,
): readonly Column[] {
  const empty = all.filter((column) => filled(column) === 0);
  const freed = (before: number) =>
    empty.reduce((sum, column) => sum + (column.from < before ? roomOf(column) : 0), 0);
  return all
    .filter((column) => !empty.includes(column) && widthRem >= column.from - freed(column.from))
    .map((column) => (filled(column) < ENOUGH_FILLED ? narrow(column) : column));
}

/** What a column takes at least, with the gap beside it, in rem. */
function roomOf({ width }: Column): number {
  return Number(/[\d.]+(?=rem)/.exec(width)?.[0]) + GAP_REM;
}

/** Dates and figures keep their width: they would be cut. */
function narrow(column: Column): Column {
  return column.dimension === null ? column : { ...column, width: NARROW };
}

export function paperColumns(all: readonly Column[], filled: Filled = () => 1): readonly Column[] {
  return all.flatMap((column) =>
    column.paper === null || filled(column) === 0 ? [] : { ...column, width: column.paper },
  );
}

/** A district without the province before it, which stands in a column of its own. */
export function shortDistrict(label: string): string {
  const space = label.indexOf(' ');
  return space < 0 ? label : label.slice(space + 1);
}

/** What was asked for comes first: it is why the posting is in the list. */
export function askedFirst(
  values: readonly string[],
  asked: (value: string) => boolean,
): readonly string[] {
  return [...values.filter(asked), ...values.filter((value) => !asked(value))];
}
