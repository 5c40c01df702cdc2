// The columns of the list: what they show, which of them fit, and by which one can sort.
import type { PostingRow } from '../../api/types';
import type { MessageKey } from '../../i18n/messages';
import type { SortKey } from './order';

export interface Column {
  key: string;
  label: ColumnLabel;
  /** What the server sorts by; null where it does not sort by this. */
  sort: SortKey | null;
  /** What a click on one of the values filters by; null where the values are no choice. */
  dimension: string | null;
  numeric: boolean;
  /** Width of the list in rem from which on the column is shown. */
  from: number;
  /** Track of the CSS grid. */
  width: string;
  /** Values as the data has them. */
  values: (row: PostingRow) => readonly string[];
}

type ColumnLabel = Extract<MessageKey, `postings.column.${string}`>;

/** Below this width of the list in rem a row is a card of two lines. */
export const CARDS_BELOW = 48;

export const COLUMNS: readonly Column[] = [
  {
    ...plain('posting_date', (row) => row.posting_date),
    sort: 'posting_date',
    width: '5.25rem',
  },
  {
    ...plain('title', (row) => row.title),
    sort: 'title',
    width: 'minmax(10rem, 3fr)',
  },
  {
    ...plain('company', (row) => row.company),
    sort: 'company',
    from: 70,
    width: 'minmax(6.5rem, 1fr)',
  },
  { ...choice('role', (row) => row.roles), from: 78, width: 'minmax(6.5rem, 0.8fr)' },
  {
    ...choice('industry_category', (row) => row.industry_categories),
    width: 'minmax(5.5rem, 0.8fr)',
  },
  { ...choice('industry', (row) => row.industries), from: 58, width: 'minmax(5.5rem, 0.9fr)' },
  { ...choice('experience', (row) => single(row.experience)), width: 'minmax(5.5rem, 0.6fr)' },
  {
    ...plain('minimum_years', (row) => number(row.minimum_years)),
    sort: 'minimum_years',
    numeric: true,
    width: '3.75rem',
  },
  { ...choice('province', (row) => row.provinces), width: 'minmax(5rem, 0.4fr)' },
  { ...choice('district', (row) => row.districts), from: 54, width: 'minmax(5.5rem, 0.6fr)' },
  { ...choice('skill', (row) => row.skills), from: 86, width: 'minmax(7rem, 1.2fr)' },
  {
    ...plain('views', (row) => number(row.views)),
    sort: 'views',
    numeric: true,
    width: '3.75rem',
  },
  {
    ...plain('applications', (row) => number(row.applications)),
    sort: 'applications',
    numeric: true,
    width: '3.75rem',
  },
];

export function columnsFor(widthRem: number): readonly Column[] {
  return COLUMNS.filter(({ from }) => widthRem >= from);
}

/** A district without the province before it, which stands in a column of its own. */
export function shortDistrict(label: string): string {
  const space = label.indexOf(' ');
  return space < 0 ? label : label.slice(space + 1);
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
