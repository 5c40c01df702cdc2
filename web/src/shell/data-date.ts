// The data date: until when the figures are known. Of a collection the instant is known, of saved files
// only the day.
import { koreanDay } from '../charts/days';
import type { Locale } from '../i18n/locale';

/** Below this share of the 60 days before a day that was read, more postings are open than are counted. */
export const ENOUGH_COVERAGE = 0.9;

/** Of a build, as the API says it. */
export interface Known {
  collected_through?: string | null;
  data_date?: string | null;
}

export interface DataDate {
  /** In Korea. */
  day: string;
  /** The end of the last collection, where that is what the day follows from. */
  instant: string | null;
}

export function dataDate(known: Known | null | undefined): DataDate | null {
  const through = known?.collected_through ?? null;
  const collected = through === null ? null : koreanDay(through);
  // Builds of earlier versions do not say their data date.
  const day = known?.data_date ?? collected;
  if (day === null) return null;
  // A time of long ago that was collected just now is known until then, not until now.
  return { day, instant: day === collected ? through : null };
}

/** The end of the data, as an instant. */
export function endOf({ day, instant }: DataDate): string {
  return instant ?? `${day}T23:59:59+09:00`;
}

/** How old the data are; of a day only in whole days, and of today nothing can be said. */
export function ageOf({ day, instant }: DataDate, locale: Locale, now: number): string {
  if (instant !== null) return locale.age(instant, now);
  return day < koreanDay(now) ? locale.age(`${day}T00:00:00+09:00`, now) : '';
}

/** The data date in words. */
export function dataDateText(known: Known | null, locale: Locale): string | null {
  const date = dataDate(known);
  if (date === null) return null;
  return date.instant === null
    ? locale.t('strip.until', { date: locale.date(endOf(date)) })
    : locale.t('strip.through', { time: locale.dateTime(date.instant) });
}
