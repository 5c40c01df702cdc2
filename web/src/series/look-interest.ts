// Tiles of search interest: by week, and as the average share of each keyword.
import { seriesColour } from '../charts/colours';
import type { Marks } from '../charts/chosen';
import { lastDayOf, periodText } from '../charts/days';
import { endedText } from '../charts/ended';
import { choosable } from '../charts/option';
import { addMessages } from '../i18n/messages';
import { interest as words } from '../i18n/messages/interest';
import { series } from '../i18n/messages/series';
import type { Locale } from '../i18n/locale';
import type { App } from '../state/app.svelte';
import type { Series, SeriesLook } from '../tiles/looks';
import { interestIn, interestRows, TERM, type Interest, type InterestRow } from './interest';
import { sharesDrawing, sharesTable, weeksDrawing, weeksTable } from './interest-option';
import { sourceText } from './interest-source';

addMessages({ ...words, ...series });

/** The terms chosen that the rows have. */
export function termsIn(rows: readonly InterestRow[], app: App): string[] {
  const known = new Set(rows.map(({ keyword }) => keyword));
  return app.url.all(TERM).filter((term) => known.has(term));
}

/** The days of weeks in their order. */
export function spanOf(weeks: readonly string[], { t }: Pick<Locale, 't'>): string | null {
  const [from, last] = [weeks[0], weeks.at(-1)];
  if (from === undefined || last === undefined) return null;
  return t('data.range', { from, to: lastDayOf(last, 'week') });
}

type Data = Interest & { terms: readonly string[] };
type Look = SeriesLook<InterestRow, Data>;

function common(
  rows: readonly InterestRow[],
  terms: readonly string[],
  app: App,
  date: string | null,
): Pick<Series<Data>, 'span' | 'until' | 'chosen' | 'kept'> {
  const { locale, selection } = app;
  const { t } = locale;
  /** The last week of each term, of all weeks. */
  const weeks = new Map<string, string>();
  for (const { keyword, week } of rows) {
    if (week > (weeks.get(keyword) ?? '')) weeks.set(keyword, week);
  }
  const lasts = [...weeks].map(([name, week]) => {
    const day = lastDayOf(week, 'week');
    return { name, day, date: periodText(day, day, 'month', locale) };
  });
  return {
    span: spanOf(interestIn(rows, selection.range()).weeks, locale),
    until: endedText(lasts, date, 'week', locale),
    chosen:
      terms.length === 0
        ? []
        : [t('filters.said', { of: t('filters.term'), value: terms.join(', ') })],
    kept: [TERM],
  };
}

/** A mark of a term chooses that; the week as a whole has none. */
function choose(marks: Marks, index: number, { weeks }: Data, app: App): void {
  const [mark] = marks;
  if (mark !== undefined) return app.url.toggle(TERM, mark.value);
  const week = weeks[index];
  if (week !== undefined) app.selection.toggleRange(week, lastDayOf(week, 'week'));
}

/** The lines of the terms chosen, of all where none is. */
export const weeks: Look = {
  decode: interestRows,
  read: (rows, _, app, date) => {
    const { locale } = app;
    const terms = termsIn(rows, app);
    const data = { ...interestIn(rows, app.selection.range(), terms), terms };
    const own = data.scale === 'own';
    return {
      ...common(rows, terms, app, date),
      data,
      ...(own ? { title: locale.t('interest.weeks.own') } : {}),
      table: weeksTable(data, locale),
      legend: data.keywords.map(({ keyword, place }) => ({
        label: keyword,
        colour: seriesColour(place),
      })),
      notes: own ? [locale.t('interest.weeks.apart')] : [],
      from: sourceText(data.keywords, locale),
    };
  },
  draw: (data, { locale }, environment) => choosable(weeksDrawing(data, locale, environment)),
  height: () => 22,
  narrowHeight: 18,
  parts: 'lines',
  choose,
};

/** Shares of means need one scale for all keywords. */
export const shares: Look = {
  decode: interestRows,
  read: (rows, _, app, date) => {
    const { locale } = app;
    const terms = termsIn(rows, app);
    const data = { ...interestIn(rows, app.selection.range()), terms };
    return {
      ...common(rows, terms, app, date),
      data,
      absent: data.scale === 'own',
      table: sharesTable(data, locale),
      legend: [],
      notes: [],
      from: sourceText(data.keywords, locale),
    };
  },
  draw: (data, { locale }, environment) => sharesDrawing(data, data.terms, locale, environment),
  height: ({ keywords }) => 2 + 2.75 * keywords.length,
  choose: (marks, _, data, app) => choose(marks, -1, data, app),
};
