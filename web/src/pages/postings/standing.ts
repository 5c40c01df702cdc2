// Whether a posting could still be applied to on the data date, as far as its row says. Of one without a closing date a row does not say whether it was seen to close: whether such a
// posting counts as open is an assumption that the server makes, and that is not repeated here.
import type { PostingDetail, PostingRow } from '../../api/types';
import { dataDate, type Known } from '../../shell/data-date';

export type Standing = 'open' | 'closed' | 'undated';

/** The data date of a build; null where that is not known. */
export function lastDay(
  build: number,
  known: readonly ((Known & { build: number }) | null)[],
): string | null {
  return dataDate(known.find((one) => one?.build === build))?.day ?? null;
}

/** Null where it is not known: the last day is not known, or the posting was not out yet. */
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
