// Whether the figures are older than a reader would expect.
import type { Build } from '../api/types';

/** Collection runs at least daily; two missed days are told. */
export const STALE_AFTER_MS = 48 * 3_600_000;

/** Generated data have no age worth telling: they describe no real day. */
export function isStale(build: Pick<Build, 'origin' | 'collected_through'>, now: number): boolean {
  if (build.origin === 'generated' || build.collected_through === null) return false;
  return now - Date.parse(build.collected_through) > STALE_AFTER_MS;
}
