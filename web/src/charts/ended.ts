// Series that have ended: their last figure is long before the data date, so no next one is to be expected
// soon. A chart says until when its data go, and does not let the end of a line look like today.
import type { Locale } from '../i18n/locale';
import { dayNumber } from './days';

export interface Last {
  name: string;
  /** The last day that has a figure, YYYY-MM-DD: of a year or week its end. */
  day: string;
  /** That year or month in words. */
  date: string;
}

/** Days after its last figure from which a series has ended: the next one is late by more than a bit. */
export const ENDED_AFTER = { year: 400, month: 100, week: 60, day: 45 } as const;

/** Those that had ended at the data date; of an unknown date nothing is known to have. */
export function ended(
  lasts: readonly Last[],
  dataDate: string | null,
  every: keyof typeof ENDED_AFTER,
): Last[] {
  if (dataDate === null) return [];
  const end = dayNumber(dataDate) - ENDED_AFTER[every];
  return lasts.filter(({ day }) => dayNumber(day) < end);
}

/** Until when the data go; null where none of the series has ended. */
export function endedText(
  lasts: readonly Last[],
  dataDate: string | null,
  every: keyof typeof ENDED_AFTER,
  { t }: Locale,
): string | null {
  const over = ended(lasts, dataDate, every);
  const dates = [...new Set(over.map(({ date }) => date))];
  const [only] = dates;
  if (only === undefined) return null;
  if (dates.length === 1 && over.length === lasts.length) return t('data.until', { date: only });
  return dates
    .map((date) => {
      const names = over.filter((one) => one.date === date).map(({ name }) => name);
      return t('data.until.of', { names: names.join(', '), date });
    })
    .join(' · ');
}

/** Names of series that end before the others, with when; of the others there is none. */
export function earlyEnds(over: readonly Last[], all: readonly Last[], { t }: Locale) {
  const last = all.reduce((latest, { day }) => (day > latest ? day : latest), '');
  return Object.fromEntries(
    over
      .filter(({ day }) => day < last)
      .map(({ name, date }) => [name, t('data.until.name', { name, date })]),
  );
}
