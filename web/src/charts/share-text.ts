// Shares in words: percent, interval, table headings.
import type { Group } from '../api/types';
import type { Locale } from '../i18n/locale';

const NOTHING = '–';

/** Keeps what stands on both sides of it on one line. */
const WORD_JOINER = '\u2060';

/** Headings of count, share and interval. */
function shareColumns(locale: Locale): string[] {
  return [locale.t('share.count'), locale.t('share.share'), locale.t('share.ci')];
}

/** Both ends of an interval of a share. */
export function intervalText({ low, high }: { low: number; high: number }, locale: Locale): string {
  return `${locale.percent(low)}${WORD_JOINER}–${WORD_JOINER}${locale.percent(high)}`;
}

/** A rank, or the ranks that the overlap of the intervals allows. */
export function rankText([best, worst]: readonly [number, number], locale: Locale): string {
  const from = locale.number(best);
  return best === worst ? from : `${from}${WORD_JOINER}–${WORD_JOINER}${locale.number(worst)}`;
}

/** Headings of what `groupCells` gives. */
export function groupColumns(locale: Locale): string[] {
  return [...shareColumns(locale), locale.t('share.rank'), locale.t('share.of')];
}

export function groupCells(row: Group, n: number, locale: Locale): string[] {
  if (row.absent !== undefined) {
    const known = row.absent === 'none';
    const [count, share] = known ? [locale.number(0), locale.percent(0)] : [NOTHING, NOTHING];
    return [count, share, NOTHING, NOTHING, locale.number(n)];
  }
  return [
    locale.number(row.count),
    locale.percent(row.share),
    intervalText(row, locale),
    rankText(row.rank, locale),
    locale.number(n),
  ];
}

/** A share as percent, a dash where there is none. */
export function percentOrNothing(share: number | null, locale: Locale): string {
  return share === null ? NOTHING : locale.percent(share);
}
