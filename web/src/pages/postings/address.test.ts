import { expect, test } from 'vitest';
import { exampleApp } from '../../state/example';
import { isPostingId, ListAddress } from './address.svelte';

async function at(path: string) {
  const { app, bar } = await exampleApp(path);
  return { list: new ListAddress(app), bar };
}

test('the order is in the address once it was chosen, and can be undone', async () => {
  const { list, bar } = await at('postings?role=de');
  list.sortBy({ sort: 'views', direction: 'desc' });
  expect(bar.location.href).toBe('https://host.test/sub/postings?role=de&sort=views');
  expect(list.order).toEqual({ sort: 'views', direction: 'desc' });
  bar.go(-1);
  expect(list.order.sort).toBe('posting_date');
});

test('a posting is opened and closed, and everything else stays', async () => {
  const { list, bar } = await at('postings?role=de&sort=title');
  list.open('-81985529216486895');
  expect(bar.location.href).toContain('?role=de&sort=title&posting=-81985529216486895');
  expect(list.posting).toBe('-81985529216486895');
  list.open(null);
  expect(bar.location.href).toBe('https://host.test/sub/postings?role=de&sort=title');
});

test.each(['../../etc', '1e5', '99999999999999999999999', '-'])(
  '%j is opened, and known to be no posting',
  async (id) => {
    expect((await at(`postings?posting=${encodeURIComponent(id)}`)).list.posting).toBe(id);
    expect(isPostingId(id)).toBe(false);
  },
);

test('nothing is open where the address names nothing', async () => {
  expect((await at('postings?posting=')).list.posting).toBeNull();
  expect(['0', '-81985529216486895', '9223372036854775807'].every(isPostingId)).toBe(true);
});

test('the second side is listed only while two are compared', async () => {
  expect((await at('postings?side=b')).list.side).toBe('a');
  const { list, bar } = await at('postings?vs.role=de&side=b');
  expect(list.side).toBe('b');
  list.list('a');
  expect(bar.location.href).toBe('https://host.test/sub/postings?vs.role=de');
});
