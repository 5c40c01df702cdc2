// Days and the periods that begin with them, as YYYY-MM-DD, and their names. Calendar days have no time
// zone: they are reckoned in UTC throughout.
import type { Grain } from '../api/types';
import type { Locale } from '../i18n/locale';

const DAY_MS = 86_400_000;
/** Korea is nine hours ahead of UTC all year. */
const KOREA_AHEAD_MS = 9 * 3_600_000;

export function dayNumber(day: string): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / DAY_MS);
}

export function dayOf(number: number): string {
  return new Date(number * DAY_MS).toISOString().slice(0, 10);
}

/** The Korean day of an instant. */
export function koreanDay(instant: string | number): string {
  return dayOf(Math.floor((new Date(instant).getTime() + KOREA_AHEAD_MS) / DAY_MS));
}

/** The last day of the period that begins on a day. */
export function lastDayOf(first: string, grain: Grain): string {
  if (grain === 'day') return first;
  if (grain === 'week') return dayOf(dayNumber(first) + 6);
  const [year = 0, month = 0] = first.split('-').map(Number);
  return new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
}

/** A period in full, for details of a mark. */
export function periodText(first: string, last: string, grain: Grain, locale: Locale): string {
  if (grain === 'month') return text(first, locale, { year: 'numeric', month: 'long' });
  const from = text(first, locale, { dateStyle: 'medium' });
  return grain === 'day' ? from : `${from} – ${text(last, locale, { dateStyle: 'medium' })}`;
}

/**
 * Periods in short, for an axis. Few have the year where it begins; of many, of which an axis leaves out
 * most, each has it.
 */
export function periodLabels(dates: readonly string[], grain: Grain, locale: Locale): string[] {
  const years = dates[0]?.slice(0, 4) !== dates.at(-1)?.slice(0, 4);
  if (years && dates.length > FEW) {
    return dates.map((date) => text(date, locale, { year: 'numeric', month: 'numeric' }));
  }
  return dates.map((date, index) => {
    const begins = index === 0 || dates[index - 1]?.slice(0, 4) !== date.slice(0, 4);
    const short =
      grain === 'month'
        ? text(date, locale, { month: 'short' })
        : text(date, locale, { month: 'numeric', day: 'numeric' });
    return begins ? `${short}\n${date.slice(0, 4)}` : short;
  });
}

/** So many labels stand side by side even on a phone, or nearly. */
const FEW = 14;

const TAGS = { ko: 'ko-KR', en: 'en-GB' };
const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format costs far more than using it. */
function text(day: string, { language }: Locale, style: Intl.DateTimeFormatOptions): string {
  const key = `${language} ${JSON.stringify(style)}`;
  const format =
    formats.get(key) ?? new Intl.DateTimeFormat(TAGS[language], { ...style, timeZone: 'UTC' });
  formats.set(key, format);
  return format.format(new Date(`${day}T00:00:00Z`));
}
