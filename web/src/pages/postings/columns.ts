// The columns of the list: what they show, which of them fit, and by which one can sort.
import type { PostingRow } from '../../api/types';
import type { MessageKey } from '../../i18n/messages';
import type { SortKey } from './order';

export interface Column {
  key: string;
  label: ColumnLabel;
  /** What the server sorts by; null where it does not sort by this. */
  sort: SortKey | null;
  /** What the values are values of; null where they are no choice. */
  dimension: string | null;
  numeric: boolean;
  /** Width of the list in rem from which on the column is shown, when all others have values. */
  from: number;
  /** Track of the CSS grid. */
  width: string;
  /** The same on paper, which has room for the columns that have one; there texts go on to a next line. */
  paper: string | null;
  /** Values as the data has them. */
  values: (row: PostingRow) => readonly string[];
}

type ColumnLabel = Extract<MessageKey, `postings.column.${string}`>;

/** Between two columns. */
const GAP_REM = 0.5;

/** A column in which fewer of the rows have a value is narrow: the title has its room. */
export const ENOUGH_FILLED = 0.5;
const NARROW = 'minmax(3.5rem, 0.5fr)';

/** The share of rows that have a value in a column. */
export type Filled = (column: Column) => number;

/** Below this width of the list in rem a row is a card of three lines. */
export const CARDS_BELOW = 48;

export const COLUMNS: readonly Column[] = [
  {
    ...plain('posting_date', (row) => row.posting_date),
    sort: 'posting_date',
    width: '5.25rem',
    paper: '5rem',
  },
  {
    ...plain('expiration_date', (row) => row.expiration_date),
    sort: 'expiration_date',
    width: '8.5rem',
    paper: '8.25rem',
  },
  {
    ...plain('title', (row) => row.title),
    sort: 'title',
    width: 'minmax(10rem, 5fr)',
    paper: 'minmax(0, 3fr)',
  },
  {
    ...plain('company', (row) => row.company),
    sort: 'company',
    from: 79,
    width: 'minmax(6.5rem, 1fr)',
    paper: 'minmax(0, 1.75fr)',
  },
  { ...choice('role', (row) => row.roles), from: 85, width: 'minmax(6rem, 0.8fr)' },
  {
    ...choice('industry_category', (row) => row.industry_categories),
    from: 57,
    width: 'minmax(5rem, 0.8fr)',
  },
  { ...choice('industry', (row) => row.industries), from: 69, width: 'minmax(5rem, 0.9fr)' },
  {
    ...choice('experience', (row) => single(row.experience)),
    width: 'minmax(4.75rem, 0.6fr)',
    paper: '4.75rem',
  },
  {
    ...plain('minimum_years', (row) => number(row.minimum_years)),
    sort: 'minimum_years',
    numeric: true,
    width: '3.75rem',
  },
  {
    ...choice('province', (row) => row.provinces),
    width: 'minmax(4.5rem, 0.4fr)',
    paper: '4.5rem',
  },
  { ...choice('district', (row) => row.districts), from: 63, width: 'minmax(5rem, 0.6fr)' },
  { ...choice('skill', (row) => row.skills), from: 91, width: 'minmax(6.5rem, 1.2fr)' },
  {
    ...plain('views', (row) => number(row.views)),
    sort: 'views',
    numeric: true,
    width: '3.75rem',
  },
  {
    ...plain('applications', (row) => number(row.applications)),
    from: 51,
    sort: 'applications',
    numeric: true,
    width: '4.5rem',
  },
];

/**
 * The columns that a list has room for. One without any value takes none: its room goes to the columns
 * that would come next.
 */
export function columnsFor(widthRem: number, filled: Filled = () => 1): readonly Column[] {
  const empty = COLUMNS.filter((column) => filled(column) === 0);
  const freed = (before: number) =>
    empty.reduce((sum, column) => sum + (column.from < before ? roomOf(column) : 0), 0);
  return COLUMNS.filter(
    (column) => !empty.includes(column) && widthRem >= column.from - freed(column.from),
  ).map((column) => (filled(column) < ENOUGH_FILLED ? narrow(column) : column));
}

/** What a column takes at least, with the gap beside it, in rem. */
function roomOf({ width }: Column): number {
  return Number(/[\d.]+(?=rem)/.exec(width)?.[0]) + GAP_REM;
}

/** Dates and figures keep their width: they would be cut. */
function narrow(column: Column): Column {
  return column.dimension === null ? column : { ...column, width: NARROW };
}

export function paperColumns(filled: Filled = () => 1): readonly Column[] {
  return COLUMNS.flatMap((column) =>
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

function plain(key: string, value: (row: PostingRow) => string | null): Column {
  return {
    key,
    label: `postings.column.${key}` as ColumnLabel,
    sort: null,
    dimension: null,
    numeric: false,
    from: 0,
    width: 'auto',
    paper: null,
    values: (row) => single(value(row)),
  };
}

function choice(dimension: string, values: Column['values']): Column {
  return { ...plain(dimension, () => null), dimension, values };
}

function single(value: string | null): readonly string[] {
  return value === null || value === '' ? [] : [value];
}

function number(value: number | null): string | null {
  return value === null ? null : String(value);
}
