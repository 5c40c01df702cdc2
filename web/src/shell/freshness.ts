// Whether the figures are older than a reader would expect.
import type { ShownBuild } from './shown';
import { dataDate, endOf } from './data-date';

/** Collection runs at least daily; two missed days are reported. */
export const STALE_AFTER_MS = 48 * 3_600_000;

/** Generated data have no age worth telling: they describe no real day. */
export function isStale(
  build: Pick<ShownBuild, 'origin' | 'collected_through' | 'data_date'>,
  now: number,
): boolean {
  const known = dataDate(build);
  if (build.origin === 'generated' || known === null) return false;
  return now - Date.parse(endOf(known)) > STALE_AFTER_MS;
}
