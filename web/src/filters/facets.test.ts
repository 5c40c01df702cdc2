import { expect, test } from 'vitest';
import { FacetList, listed } from './facets.svelte';

const values = [
  { value: '서울 강남구', count: 9, parent: '서울' },
  { value: '서울 서초구', count: 0, parent: '서울' },
  { value: '경기 성남시', count: 5, parent: '경기' },
];
const request = { values, chosen: [], parents: [], search: '', label: (value: string) => value };
const names = (rows: { value: string }[]) => rows.map(({ value }) => value);

test('values with their numbers, those without any too', () => {
  expect(listed(request).map(({ count }) => count)).toEqual([9, 0, 5]);
});

test('below what is chosen above, and what is chosen anyway', () => {
  expect(names(listed({ ...request, parents: ['서울'] }))).toEqual(['서울 강남구', '서울 서초구']);
  expect(names(listed({ ...request, parents: ['서울'], chosen: ['경기 성남시'] }))).toContain(
    '경기 성남시',
  );
});

test('a chosen value that is not in the answer stands first, without a number', () => {
  const [first] = listed({ ...request, chosen: ['부산 해운대구'] });
  expect(first).toEqual({
    value: '부산 해운대구',
    label: '부산 해운대구',
    count: null,
    chosen: true,
  });
});

test('case and spaces make no difference to the search, labels are searched too', () => {
  const label = (value: string) => (value === '경기 성남시' ? 'Gyeonggi 성남시' : value);
  expect(names(listed({ ...request, search: '서울강', label }))).toEqual(['서울 강남구']);
  expect(names(listed({ ...request, search: 'gyeong', label }))).toEqual(['경기 성남시']);
});

test('of several loads the last one counts, and a failure leaves the list', async () => {
  const answers: ((values: typeof values_) => void)[] = [];
  const values_ = values;
  let fail = false;
  const list = new FacetList({
    facets: () => {
      if (fail) return Promise.reject(new Error('stopped'));
      return new Promise((resolve) =>
        answers.push((found) =>
          resolve({ build: 1, period_known: true, facets: { district: found } }),
        ),
      );
    },
  });
  const ask = () =>
    list.load({ dimension: 'district', query: new URLSearchParams(), contains: '' });
  const slow = ask();
  const fast = ask();
  answers[1]?.(values);
  await fast;
  answers[0]?.([]);
  await slow;
  expect(list.values).toEqual(values);
  fail = true;
  await ask();
  expect([list.failed, list.values]).toEqual([true, values]);
});

test('of days of which nothing is known values have no counts, not even 0', async () => {
  const facets = { district: [{ value: '서울 강남구', count: 0, parent: '서울' }] };
  const list = new FacetList({ facets: async () => ({ build: 1, period_known: false, facets }) });
  await list.load({ dimension: 'district', query: new URLSearchParams(), contains: '' });
  expect(list.values?.map(({ count }) => count)).toEqual([null]);
});
