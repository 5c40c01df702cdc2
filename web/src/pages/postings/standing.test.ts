import { expect, test } from 'vitest';
import { lastDay, seenClosed, standingOf } from './standing';

const DAY = '2023-07-11';

test.each([
  ['closes after the last day', '2023-07-03', '2023-07-12', 'open'],
  ['closes on the last day', '2023-07-03', DAY, 'open'],
  ['closed before the last day', '2023-07-03', '2023-07-10', 'closed'],
  ['has no closing date', '2023-07-03', null, 'undated'],
  ['was posted on the last day', DAY, null, 'undated'],
  ['is not out yet', '2023-07-12', '2023-07-31', null],
  ['was never posted', null, '2023-07-31', null],
] as const)('a posting that %s', (_, posting_date, expiration_date, expected) => {
  expect(standingOf({ posting_date, expiration_date }, DAY)).toBe(expected);
  expect(standingOf({ posting_date, expiration_date }, null)).toBeNull();
});

test('the last day is a Korean one, of the build that is shown', () => {
  const known = [
    { build: 12, collected_through: '2023-07-10T15:00:00Z' },
    null,
    { build: 9, collected_through: '2023-07-01T14:59:59Z' },
    { build: 8, collected_through: null },
    { build: 6, collected_through: null, data_date: '2026-07-20' },
  ];
  expect([12, 9, 8, 7, 6].map((build) => lastDay(build, known))).toEqual([
    '2023-07-11',
    '2023-07-01',
    null,
    null,
    '2026-07-20',
  ]);
});

test('the day on which a posting was found closed still counts as open', () => {
  const found = (value: unknown) =>
    seenClosed([{ name: 'inactive_date', value }] as Parameters<typeof seenClosed>[0], DAY);
  expect(['2023-07-10', DAY, '2023-07-12', null].map(found)).toEqual([
    '2023-07-10',
    null,
    null,
    null,
  ]);
  expect(seenClosed([], DAY)).toBeNull();
});
