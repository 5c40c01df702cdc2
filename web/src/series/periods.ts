// Periods of series: years besides the grains of postings.
import { dayNumber, dayOf, lastDayOf, periodLabels, periodText } from '../charts/days';
import type { Grain } from '../api/types';
import type { Locale } from '../i18n/locale';
import type { SeriesDefinition } from '../api/types';

export type SeriesGrain = Grain | 'year';

export const grainOf = ({ grain }: Pick<SeriesDefinition, 'grain'>) => grain as SeriesGrain;

/** More of them are not filled in: an axis has no room for so many. */
const MOST_PERIODS = 5_000;

/** The first day of a period; undefined for what is none. */
export function firstDay(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value).padStart(4, '0') : value;
  const [, year, month = '01', day = '01'] =
    (typeof text === 'string' && /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T.*)?$/.exec(text)) || [];
  const first = `${year}-${month}-${day}`;
  return Number.isNaN(dayNumber(first)) ? undefined : first;
}

export function endOf(first: string, grain: SeriesGrain): string {
  return grain === 'year' ? `${first.slice(0, 4)}-12-31` : lastDayOf(first, grain);
}

function next(first: string, grain: SeriesGrain): string {
  return dayOf(dayNumber(endOf(first, grain)) + 1);
}

/** The periods in order, without holes between them where each begins as the one before ends. */
export function withoutHoles(days: readonly string[], grain: SeriesGrain): string[] {
  const known = [...new Set(days)].sort();
  const [first, last] = [known[0], known.at(-1)];
  if (first === undefined || last === undefined) return [];
  const all = [first];
  while (all.length < MOST_PERIODS && (all.at(-1) ?? last) < last) {
    all.push(next(all.at(-1) ?? last, grain));
  }
  const filled = new Set(all);
  return known.every((day) => filled.has(day)) ? all : known;
}

/** On an axis. */
export function axisLabels(days: readonly string[], grain: SeriesGrain, locale: Locale): string[] {
  return grain === 'year' ? days.map((day) => day.slice(0, 4)) : periodLabels(days, grain, locale);
}

/** In full. */
export function periodName(first: string, grain: SeriesGrain, locale: Locale): string {
  return grain === 'year'
    ? first.slice(0, 4)
    : periodText(first, lastDayOf(first, grain), grain, locale);
}

/** When a period ends, in words. */
export function endName(first: string, grain: SeriesGrain, locale: Locale): string {
  if (grain === 'year') return locale.t('data.until.year', { year: first.slice(0, 4) });
  const last = lastDayOf(first, grain);
  return periodText(last, last, 'month', locale);
}

/** What is shown, from its first to its last period; null where there is nothing. */
export function spanOf(days: readonly string[], grain: SeriesGrain, { t }: Locale): string | null {
  const [from, last] = [days[0], days.at(-1)];
  if (from === undefined || last === undefined) return null;
  if (grain !== 'year') return t('data.range', { from, to: endOf(last, grain) });
  return t('data.range', { from: from.slice(0, 4), to: last.slice(0, 4) });
}
