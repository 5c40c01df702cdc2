// Shares in words: percent, interval, table headings.
import type { Locale } from '../i18n/locale';
import type { Share } from '../stats/wilson';

const NOTHING = '–';

/** Keeps what stands on both sides of it on one line. */
const WORD_JOINER = '\u2060';

/** The share as percent, a dash where there is nothing to take a share of. */
export function percentText(share: Share, locale: Locale): string {
  return share.value === null ? NOTHING : locale.percent(share.value);
}

/** Both ends of the 95 % interval, a dash where there is nothing to take a share of. */
export function rangeText(share: Share, locale: Locale): string {
  if (share.value === null) return NOTHING;
  return `${locale.percent(share.low)}${WORD_JOINER}–${WORD_JOINER}${locale.percent(share.high)}`;
}

/** Headings of what `shareCells` gives. */
export function shareColumns(locale: Locale): string[] {
  return [locale.t('share.count'), locale.t('share.share'), locale.t('share.ci')];
}

export function shareCells(share: Share, locale: Locale): string[] {
  return [locale.number(share.count), percentText(share, locale), rangeText(share, locale)];
}
