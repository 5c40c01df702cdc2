// Series as lines, as bars in bars, and as one bar of each key's part of the means; and as tables.
import type { BarSeriesOption } from 'echarts/charts';
import { seriesColour } from '../charts/colours';
import { opacityOf, type Chosen, type Marks } from '../charts/chosen';
import { linesDrawing, linesTable, type LinesInput } from '../charts/lines/option';
import {
  baseOption,
  categoryAxis,
  countAxis,
  grid,
  px,
  shareAxisTo,
  twinAxis,
  type Drawing,
} from '../charts/option';
import { columns, type TableView } from '../charts/table';
import type { ChartEnvironment } from '../charts/theme';
import type { Locale } from '../i18n/locale';
import { axisLabels, grainOf, periodName } from './periods';
import { rateOf, type Line, type Point, type SeriesData } from './series';

/** Series with all that a drawing says. */
export interface Drawn extends SeriesData {
  locale: Locale;
  name: (key: string) => string;
  /** The name with when the key's figures end, where those of others go on. */
  until: Readonly<Record<string, string>>;
  /** The parameter of the address that keys are chosen with, and those that are. */
  pick: { name: string; chosen: readonly string[] } | null;
}

/** Opacity of what a figure is a part of, behind it. */
const PALE = 0.4;
const NOTHING = '–';

export function figureText(value: number | null | undefined, locale: Locale): string {
  if (value == null) return NOTHING;
  return Number.isInteger(value) ? locale.number(value) : locale.decimal(value);
}

const rateText = (rate: number | null, locale: Locale) =>
  rate === null ? NOTHING : locale.percent(rate);

const marksOf = ({ key }: Line, { pick }: Drawn): { marks?: Marks } =>
  pick === null ? {} : { marks: [{ dimension: pick.name, value: key }] };

/** Names that are not in the page's language. */
export function namesIn({ series, locale, lines }: Drawn): string | undefined {
  const named = lines.every(({ key }) => key in series[`labels_${locale.language}`]);
  return named ? undefined : (series.names_in ?? undefined);
}

function linesInput(data: Drawn, rates: boolean): LinesInput {
  const { series, days, lines, locale, name, until } = data;
  const labels = axisLabels(days, grainOf(series), locale);
  const since = series.breaks_on.map((day) => days.findIndex((first) => first >= day));
  const to100 =
    series.common !== null &&
    lines.every(({ points }) => points.every((point) => (point?.value ?? 0) <= 100));
  const value = (point: Point | null) => (rates ? rateOf(point) : (point?.value ?? null));
  return {
    moments: days.map((day, index) => ({
      label: labels[index] ?? '',
      title: periodName(day, grainOf(series), locale),
    })),
    lines: lines.map((line) => ({
      id: line.key,
      name: name(line.key),
      colour: seriesColour(line.place),
      ...(until[line.key] === undefined ? {} : { endLabel: until[line.key] }),
      values: line.points.map(value),
      breaks: line.points.flatMap((point, index) =>
        point?.breaks === true || (index > 0 && since.includes(index)) ? [index] : [],
      ),
      ...marksOf(line, data),
    })),
    format: rates ? locale.percent : (value) => figureText(value, locale),
    ...(rates ? { axisFormat: (value: number) => `${Math.round(value * 100)}%` } : {}),
    ...(to100 && !rates ? { max: 100 } : {}),
    endLabels: true,
  };
}

/** Each key's figures, as a line that breaks where they cannot be compared. */
export function linesOf(data: Drawn, environment: ChartEnvironment): Drawing {
  return linesDrawing(linesInput(data, false), environment);
}

export function linesTableOf(data: Drawn): TableView {
  const { locale, series } = data;
  return linesTable(linesInput(data, false), locale.t(`series.${grainOf(series)}`));
}

/** The same of each key's rates. */
export function ratesOf(data: Drawn, environment: ChartEnvironment): Drawing {
  return linesDrawing(linesInput(data, true), environment);
}

/** Bars of what figures are a part of, in which the figures are the dark part: one of each key. */
export function partsOf(data: Drawn, environment: ChartEnvironment): Drawing {
  const { series, days, lines, locale, name } = data;
  const { theme } = environment;
  const names = axisLabels(days, grainOf(series), locale);
  const axis = categoryAxis(theme, names);
  const bars = ({ key, place, points }: Line, part: 'value' | 'of'): BarSeriesOption => ({
    id: `${key}-${part}`,
    type: 'bar',
    xAxisIndex: part === 'of' ? 0 : 1,
    data: points.map((point) => point?.[part] ?? null),
    barGap: '10%',
    barCategoryGap: '24%',
    barMaxWidth: px(theme, 2.25),
    itemStyle: {
      color: theme.colour[seriesColour(place)],
      opacity: part === 'of' ? PALE : 1,
      borderRadius: [2, 2, 0, 0],
    },
    emphasis: { disabled: true },
    z: part === 'of' ? 2 : 3,
  });
  const { language, t } = locale;
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, { top: 0.75, right: 0.5 }),
      xAxis: [
        {
          ...axis,
          axisLabel: { ...axis.axisLabel, fontSize: px(theme, 0.75), interval: 'auto' as const },
        },
        twinAxis(theme, names),
      ],
      yAxis: { ...countAxis(theme, locale.number), min: 0 },
      series: [
        ...lines.map((line) => bars(line, 'of')),
        ...lines.map((line) => bars(line, 'value')),
      ],
    },
    names: 'x',
    details: days.map((day, index) => ({
      title: periodName(day, grainOf(series), locale),
      lines: lines.map((line) => {
        const point = line.points[index] ?? null;
        const said = t('series.detail', {
          whole: series[`of_${language}`],
          n: figureText(point?.of, locale),
          part: series[`value_${language}`],
          m: figureText(point?.value, locale),
          rate: rateText(rateOf(point), locale),
        });
        return {
          label: name(line.key),
          value: point === null ? NOTHING : said,
          colour: seriesColour(line.place),
          ...(data.pick === null ? {} : { series: `${line.key}-of`, ...marksOf(line, data) }),
        };
      }),
    })),
  };
}

/** What figures are a part of, the figures and their rate of each key, one row per period. */
export function partsTable({ series, days, lines, locale, name }: Drawn): TableView {
  const { language, t } = locale;
  const within = (text: string) => lowerFirst(text, locale);
  return {
    columns: columns(
      t(`series.${grainOf(series)}`),
      ...lines.flatMap(({ key }) =>
        (['of', 'value', 'rate'] as const).map((what) =>
          t('series.of', { name: name(key), of: within(series[`${what}_${language}`]) }),
        ),
      ),
    ),
    rows: days.map((day, index) => [
      periodName(day, grainOf(series), locale),
      ...lines.flatMap(({ points }) => {
        const point = points[index] ?? null;
        return [
          figureText(point?.of, locale),
          figureText(point?.value, locale),
          rateText(rateOf(point), locale),
        ];
      }),
    ]),
  };
}

/** One bar of each key's part of all means. */
export function meansOf(data: Drawn, environment: ChartEnvironment): Drawing {
  const { lines, locale, name, series, pick } = data;
  const { theme } = environment;
  const chosen: Chosen = pick === null ? {} : { [pick.name]: pick.chosen };
  const names = lines.map(({ key }) => name(key));
  const count = (line: Line) =>
    locale.t(`series.n.${grainOf(series)}`, { n: locale.number(line.count) });
  const [, share, mean, periods] = meansHead(data);
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, { right: 6.75 }),
      xAxis: shareAxisTo(environment, Math.max(0, ...lines.map(({ share }) => share))),
      yAxis: { ...categoryAxis(theme, names), inverse: true },
      series: [
        {
          id: 'share',
          type: 'bar',
          data: lines.map((line) => ({
            value: line.share,
            itemStyle: {
              color: theme.colour[seriesColour(line.place)],
              opacity: opacityOf(chosen, marksOf(line, data).marks ?? []),
            },
          })),
          barMaxWidth: px(theme, 1.5),
          itemStyle: { borderRadius: [0, 2, 2, 0] },
          emphasis: { disabled: true },
          label: {
            show: true,
            position: 'right',
            color: theme.colour.ink,
            fontSize: px(theme, 0.8125),
            fontWeight: 600,
            formatter: ({ dataIndex }) => {
              const line = lines[dataIndex];
              return line === undefined ? '' : `${locale.percent(line.share)} · ${count(line)}`;
            },
          },
        },
      ],
    },
    names: 'y',
    details: lines.map((line) => ({
      title: name(line.key),
      titleIn: namesIn(data),
      ...marksOf(line, data),
      lines: [
        { label: share, value: locale.percent(line.share), colour: seriesColour(line.place) },
        { label: mean, value: meanText(line, locale) },
        { label: periods, value: locale.number(line.count) },
      ],
    })),
  };
}

export function meansTable(data: Drawn): TableView {
  const { lines, locale, name } = data;
  const [key, ...others] = meansHead(data);
  return {
    columns: columns(key, ...others),
    rows: lines.map((line) => [
      name(line.key),
      locale.percent(line.share),
      meanText(line, locale),
      locale.number(line.count),
    ]),
    ...(namesIn(data) === undefined ? {} : { namesIn: namesIn(data) }),
  };
}

function meansHead({ series, locale }: Drawn): [string, string, string, string] {
  const { language, t } = locale;
  const name = lowerFirst(series[`value_${language}`], locale);
  return [
    series[`key_${language}`],
    t('series.share'),
    t('series.mean', { name }),
    t(`series.count.${grainOf(series)}`),
  ];
}

const meanText = ({ mean }: Line, locale: Locale) =>
  mean === null ? NOTHING : locale.decimal(mean);

/** As it is written within a sentence; abbreviations stay as they are. */
export function lowerFirst(text: string, { language }: Pick<Locale, 'language'>): string {
  if (language !== 'en' || /^\p{Lu}{2}/u.test(text)) return text;
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}
