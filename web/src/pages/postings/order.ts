// By what the list is sorted. In the address only what differs from the newest first.

export const SORT_KEYS = [
  'posting_date',
  'title',
  'company',
  'minimum_years',
  'expiration_date',
  'views',
  'applications',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];
export type Direction = 'asc' | 'desc';

export interface Order {
  sort: SortKey;
  direction: Direction;
}

export const NEWEST_FIRST: Order = { sort: 'posting_date', direction: 'desc' };

/** Texts from the start of the alphabet, figures and dates from the greatest. */
const FIRST_DIRECTION: Record<SortKey, Direction> = {
  posting_date: 'desc',
  title: 'asc',
  company: 'asc',
  minimum_years: 'asc',
  expiration_date: 'asc',
  views: 'desc',
  applications: 'desc',
};

/** What an address says; values that are not offered count as not chosen. */
export function readOrder(params: URLSearchParams): Order {
  const sort = SORT_KEYS.find((key) => key === params.get('sort')) ?? NEWEST_FIRST.sort;
  const order = params.get('order');
  const direction = order === 'asc' || order === 'desc' ? order : FIRST_DIRECTION[sort];
  return { sort, direction };
}

/** The parameters with this order in place of theirs. */
export function writeOrder(params: URLSearchParams, { sort, direction }: Order): URLSearchParams {
  const next = new URLSearchParams(params);
  next.delete('sort');
  next.delete('order');
  if (sort !== NEWEST_FIRST.sort) next.set('sort', sort);
  if (direction !== FIRST_DIRECTION[sort]) next.set('order', direction);
  return next;
}

/** The order after a click on a column's heading. */
export function orderedBy(current: Order, sort: SortKey): Order {
  if (current.sort !== sort) return { sort, direction: FIRST_DIRECTION[sort] };
  return { sort, direction: current.direction === 'asc' ? 'desc' : 'asc' };
}

/** Statuses of postings that one can still apply for. */
const OPEN = ['open', 'assumed'] as const;

/** The soonest closing date comes first: without a status chosen, only open postings have one that counts. */
export function listsOpenOnly(chosen: URLSearchParams, { sort, direction }: Order): boolean {
  return sort === 'expiration_date' && direction === 'asc' && !chosen.has('status');
}

/** What the API is asked with: sort and order, whatever its own defaults are, and the status they imply. */
export function askOrder(chosen: URLSearchParams, order: Order): URLSearchParams {
  const next = new URLSearchParams(chosen);
  if (listsOpenOnly(chosen, order)) for (const status of OPEN) next.append('status', status);
  next.set('sort', order.sort);
  next.set('order', order.direction);
  return next;
}
