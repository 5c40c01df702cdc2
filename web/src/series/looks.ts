// The looks of tiles of published tables.
import { seriesColour } from '../charts/colours';
import { earlyEnds, ended, endedText } from '../charts/ended';
import { choosable } from '../charts/option';
import { addMessages } from '../i18n/messages';
import { series as words } from '../i18n/messages/series';
import type { App } from '../state/app.svelte';
import { optionOf, type Series, type SeriesLook, type Shown } from '../tiles/looks';
import type { SeriesDefinition } from '../api/types';
import {
  linesOf,
  linesTableOf,
  lowerFirst,
  meansOf,
  meansTable,
  partsOf,
  partsTable,
  ratesOf,
  type Drawn,
} from './drawing';
import { endName, endOf, grainOf, periodName, spanOf } from './periods';
import type { SeriesRow } from './rows';
import { byMean, keyNames, keysOf, ownRows, seriesIn, sourceNames, type Asked } from './series';

addMessages(words);

/** The keys chosen that the rows have, by a tile's parameter. */
export function pickedOf(rows: readonly SeriesRow[], parameter: string, app: App): string[] {
  const known = new Set(rows.map(({ key }) => key));
  return app.url.all(parameter).filter((key) => known.has(key));
}

export function askedOf(shown: Pick<Shown, 'definition'>, app: App): Asked {
  const { choice } = shown.definition;
  const option = optionOf(shown, app);
  return {
    tile: shown.definition,
    option:
      choice === null || option === null ? null : { column: choice.column, value: option.value },
    range: app.selection.range(),
  };
}

interface Way {
  /** Largest mean first, if the tile names no keys. */
  ordered?: boolean;
  /** All keys are shown, whichever are chosen. */
  whole?: boolean;
  /** What there is beside the figures of each key. */
  add?: (data: Drawn) => Partial<Series>;
}

function read(
  all: readonly SeriesRow[],
  series: SeriesDefinition,
  shown: Shown,
  app: App,
  dataDate: string | null,
  { ordered = false, whole = false, add = () => ({}) }: Way,
): Series {
  const { locale } = app;
  const { t, language } = locale;
  const grain = grainOf(series);
  const { pick } = shown.definition;
  const asked = askedOf(shown, app);
  const rows = ownRows(all, asked);
  const picked = pick === null ? [] : pickedOf(rows, pick.name, app);
  const found = seriesIn(all, series, { ...asked, picked: whole ? [] : picked });
  const named = asked.tile.values[series.key] !== undefined;
  const inOrder = ordered && !named ? byMean(found) : found;
  const name = keyNames(rows, series, language);
  /** The last period of each key, of all periods. */
  const lastOf = new Map<string, string>();
  for (const { key, day, value, of } of rows) {
    const known = value !== null || of !== null;
    if (known && day > (lastOf.get(key) ?? '')) lastOf.set(key, day);
  }
  const keys = keysOf(rows, series, asked);
  const lasts = keys.flatMap((key) => {
    const day = lastOf.get(key);
    if (day === undefined) return [];
    return [{ name: name(key), day: endOf(day, grain), date: endName(day, grain, locale) }];
  });
  const ends = earlyEnds(ended(lasts, dataDate, grain), lasts, locale);
  const until = Object.fromEntries(
    keys.flatMap((key) => {
      const end = ends[name(key)];
      return end === undefined ? [] : [[key, end]];
    }),
  );
  const data: Drawn = {
    ...inOrder,
    locale,
    name,
    until,
    pick: pick === null ? null : { name: pick.name, chosen: picked },
  };
  const points = data.lines.flatMap((line) => line.points);
  const sources = new Set(points.flatMap((point) => point?.source ?? []));
  return {
    data,
    // A choice without rows keeps its buttons.
    absent: all.length > 0 && ownRows(all, { ...asked, option: null }).length === 0,
    table: linesTableOf(data),
    legend: data.lines.map(({ key, place }) => ({
      label: until[key] ?? name(key),
      colour: seriesColour(place),
    })),
    notes: data.lines.flatMap(({ key, points }) =>
      points.flatMap((point, index) => {
        const date = data.days[index];
        if (point?.breaks !== true || date === undefined) return [];
        const from =
          grain === 'year' ? endName(date, grain, locale) : periodName(date, grain, locale);
        return [t('series.break', { name: name(key), date: from })];
      }),
    ),
    span: spanOf(data.days, grain, locale),
    until: endedText(lasts, dataDate, grain, locale),
    from: sourceNames([...sources], series, language),
    chosen:
      pick === null || picked.length === 0
        ? []
        : [
            t('filters.said', {
              of: pick[`label_${language}`],
              value: picked.map(name).join(', '),
            }),
          ],
    kept: pick === null ? [] : [pick.name],
    ...add(data),
  };
}

type Choose = SeriesLook['choose'];

/** A mark of a key chooses that; the period as a whole has none. */
const choose: Choose = (marks, index, { days, series }, app) => {
  const [mark] = marks;
  if (mark !== undefined) return app.url.toggle(mark.dimension, mark.value);
  const day = days[index];
  if (day !== undefined) app.selection.toggleRange(day, endOf(day, grainOf(series)));
};

/** Of series on one scale, or on each key's own. */
export const lines: SeriesLook = {
  read: (rows, series, shown, app, date) =>
    read(rows, series, shown, app, date, {
      ordered: true,
      add: ({ scale }) => {
        if (scale !== 'own') return {};
        const { t, language } = app.locale;
        const key = lowerFirst(series[`key_${language}`], app.locale);
        const title = t('series.own', { title: shown.title, key });
        return { title, notes: [t('series.apart')] };
      },
    }),
  draw: (data, environment) => choosable(linesOf(data, environment)),
  height: () => 22,
  narrowHeight: 18,
  parts: 'lines',
  choose,
};

export const parts: SeriesLook = {
  read: (rows, series, shown, app, date) =>
    read(rows, series, shown, app, date, {
      add: (data) => {
        const { t, language } = app.locale;
        const legend = data.lines.map(({ key, place }) => ({
          label: data.until[key] ?? data.name(key),
          colour: seriesColour(place),
        }));
        const light = t('series.light', { name: series[`of_${language}`] });
        const dark = t('series.dark', { name: series[`value_${language}`] });
        const both = [
          { label: light, colour: 'rest' as const, pale: true },
          { label: dark, colour: 'rest' as const },
        ];
        return { table: partsTable(data), legend: [...legend, ...both] };
      },
    }),
  draw: (data, environment) => choosable(partsOf(data, environment)),
  height: () => 19,
  choose,
};

export const rates: SeriesLook = {
  read: (rows, series, shown, app, date) =>
    read(rows, series, shown, app, date, { add: (data) => ({ table: partsTable(data) }) }),
  draw: (data, environment) => choosable(ratesOf(data, environment)),
  height: () => 19,
  parts: 'lines',
  choose,
};

/** Parts of means need one scale for all keys, and no figure below zero. */
export const means: SeriesLook = {
  read: (rows, series, shown, app, date) =>
    read(rows, series, shown, app, date, {
      ordered: true,
      whole: true,
      add: (data) => ({
        table: meansTable(data),
        legend: [],
        notes: [],
        ...(data.scale === 'own' || data.lines.some(({ mean }) => (mean ?? 0) < 0)
          ? { absent: true }
          : {}),
      }),
    }),
  draw: meansOf,
  height: ({ lines }) => 2 + 2.75 * lines.length,
  choose: (marks, _, data, app) => choose(marks, -1, data, app),
};
