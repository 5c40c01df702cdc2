import { expect, test } from 'vitest';
import { exampleBuild } from '../state/example';
import { isStale, STALE_AFTER_MS } from './freshness';

const through = '2023-07-10T00:00:00Z';
const later = (ms: number) => Date.parse(through) + ms;

test('two missed days are reported, not one moment earlier', () => {
  const build = {
    ...exampleBuild,
    origin: 'collected' as const,
    collected_through: through,
    data_date: null,
  };
  expect(isStale(build, later(STALE_AFTER_MS))).toBe(false);
  expect(isStale(build, later(STALE_AFTER_MS + 1))).toBe(true);
});

test('generated data and data of unknown age are never called old', () => {
  const now = later(10 * STALE_AFTER_MS);
  expect(isStale({ ...exampleBuild, origin: 'generated', collected_through: through }, now)).toBe(
    false,
  );
  expect(
    isStale({ ...exampleBuild, origin: 'saved', collected_through: null, data_date: null }, now),
  ).toBe(false);
  const saved = { ...exampleBuild, origin: 'saved' as const, collected_through: null };
  expect(isStale({ ...saved, data_date: '2023-06-30' }, now)).toBe(true);
});
