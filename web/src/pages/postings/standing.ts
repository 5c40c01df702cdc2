// Whether a posting could still be applied to on the last day that was collected, as far as its row
// says. Of one without a closing date a row does not say whether it was seen to close: whether such a
// posting counts as open is an assumption that the server makes, and that is not repeated here.
import type { PostingDetail, PostingRow } from '../../api/types';
import { koreanDay } from '../../charts/days';

export type Standing = 'open' | 'closed' | 'undated';

/** What is known of a build: the published one, or an answer about a pinned one. */
interface Known {
  build: number;
  collected_through?: string | null;
}

/** The last day that the build was collected on, in Korea; null where that is not known. */
export function lastDay(build: number, known: readonly (Known | null)[]): string | null {
  const through = known.find((one) => one?.build === build)?.collected_through ?? null;
  return through === null ? null : koreanDay(through);
}

/** Null where it cannot be told: the last day is not known, or the posting was not out yet. */
export function standingOf(
  { posting_date, expiration_date }: Pick<PostingRow, 'posting_date' | 'expiration_date'>,
  day: string | null,
): Standing | null {
  if (day === null || posting_date === null || posting_date > day) return null;
  if (expiration_date === null) return 'undated';
  return expiration_date < day ? 'closed' : 'open';
}

/**
 * The day since when a posting was only found closed; null for one that was open when last seen, or that
 * was found closed on the last day, which still counts as open.
 */
export function seenClosed(fields: PostingDetail['fields'], day: string | null): string | null {
  const value = fields.find(({ name }) => name === 'inactive_date')?.value;
  return typeof value === 'string' && day !== null && value < day ? value : null;
}
