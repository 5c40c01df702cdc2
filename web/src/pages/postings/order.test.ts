import { expect, test } from 'vitest';
import { askOrder, listsOpenOnly, NEWEST_FIRST, orderedBy, readOrder, writeOrder } from './order';

const read = (search: string) => readOrder(new URLSearchParams(search));
const written = (search: string, order: Parameters<typeof writeOrder>[1]) =>
  writeOrder(new URLSearchParams(search), order).toString();

test('the newest come first until another order is chosen', () => {
  expect(read('')).toEqual(NEWEST_FIRST);
  expect(read('sort=password&order=up')).toEqual(NEWEST_FIRST);
  expect(read('sort=title')).toEqual({ sort: 'title', direction: 'asc' });
  expect(read('sort=views&order=asc')).toEqual({ sort: 'views', direction: 'asc' });
});

test('the address has what was chosen only, and keeps what else it had', () => {
  expect(written('role=de&sort=views', NEWEST_FIRST)).toBe('role=de');
  expect(written('role=de', { sort: 'views', direction: 'desc' })).toBe('role=de&sort=views');
  expect(written('', { sort: 'posting_date', direction: 'asc' })).toBe('order=asc');
});

test('what is written is read back', () => {
  for (const sort of ['posting_date', 'title', 'views'] as const) {
    for (const direction of ['asc', 'desc'] as const) {
      expect(read(written('', { sort, direction }))).toEqual({ sort, direction });
    }
  }
});

test('the first click sorts, the next one turns the order', () => {
  const once = orderedBy(NEWEST_FIRST, 'title');
  expect(once).toEqual({ sort: 'title', direction: 'asc' });
  expect(orderedBy(once, 'title')).toEqual({ sort: 'title', direction: 'desc' });
  expect(orderedBy(NEWEST_FIRST, 'posting_date').direction).toBe('asc');
});

test('the API receives both', () => {
  expect(askOrder(new URLSearchParams('role=de'), NEWEST_FIRST).toString()).toBe(
    'role=de&sort=posting_date&order=desc',
  );
});

test('closing soonest lists open postings, unless a status is chosen', () => {
  const soonest = { sort: 'expiration_date', direction: 'asc' } as const;
  const asked = (search: string) => askOrder(new URLSearchParams(search), soonest).toString();
  expect(asked('role=de')).toBe(
    'role=de&status=open&status=assumed&sort=expiration_date&order=asc',
  );
  expect(asked('status=closed')).toBe('status=closed&sort=expiration_date&order=asc');
  expect(listsOpenOnly(new URLSearchParams(), soonest)).toBe(true);
  expect(listsOpenOnly(new URLSearchParams(), { ...soonest, direction: 'desc' })).toBe(false);
  expect(listsOpenOnly(new URLSearchParams(), NEWEST_FIRST)).toBe(false);
});
