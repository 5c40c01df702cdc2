// The drawing of a query's result: lying bars, one for each figure of a row, or lines over time.
import { seriesColour } from '../../charts/colours';
import { linesDrawing } from '../../charts/lines/option';
import {
  baseOption,
  categoryAxis,
  grid,
  px,
  valueAxis,
  type Detail,
  type Drawing,
} from '../../charts/option';
import type { ChartColour, ChartEnvironment } from '../../charts/theme';
import { shortened } from '../../charts/wrap';
import type { QueryAnswer } from '../../api/types';
import type { Locale } from '../../i18n/locale';
import { cellText, drawnFigure, drawnRows, momentText, type ChartPlan } from './result';

/** Width of a name beside its bar, in em. */
const LONGEST_NAME = 15;
const LONGEST_NAME_TIGHT = 7;
const BAR_REM = 1.1;
const NOTHING = '–';

export function resultDrawing(
  answer: QueryAnswer,
  plan: ChartPlan,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  if (plan.kind === 'lines') return overTime(answer, plan, locale, environment);
  return bars(answer, plan, locale, environment);
}

/** Height in rem that the drawing needs. */
export function resultHeight(answer: QueryAnswer, plan: ChartPlan): number {
  if (plan.kind === 'lines') return 22;
  const row = BAR_REM * plan.values.length + 0.7;
  return Math.max(6, drawnRows(answer, plan).length * row + 2);
}

export function resultLegend(
  answer: QueryAnswer,
  plan: ChartPlan,
): { label: string; colour: ChartColour }[] {
  return plan.values.map((column, index) => ({
    label: answer.columns[column]?.name ?? '',
    colour: seriesColour(index),
  }));
}

function overTime(
  answer: QueryAnswer,
  plan: ChartPlan,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const rows = drawnRows(answer, plan);
  const moments = rows.map((row) => momentText(row[plan.name]));
  return linesDrawing(
    {
      moments: moments.map((moment) => ({ label: moment, title: moment })),
      lines: plan.values.map((column, index) => ({
        id: String(column),
        name: answer.columns[column]?.name ?? '',
        colour: seriesColour(index),
        values: rows.map((row) => drawnFigure(row[column])),
      })),
      format: locale.number,
    },
    environment,
  );
}

function bars(
  answer: QueryAnswer,
  plan: ChartPlan,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const { theme, tight } = environment;
  const rows = drawnRows(answer, plan);
  const names = rows.map((row) => cellText(row[plan.name]) ?? NOTHING);
  // Positions instead of names: equal names are different rows.
  const axis = categoryAxis(
    theme,
    names.map((_, index) => String(index)),
  );
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, { right: 4.5 }),
      xAxis: {
        ...valueAxis(theme, locale.number),
        axisLabel: { show: false },
        splitLine: { show: false },
      },
      yAxis: {
        ...axis,
        inverse: true,
        axisLabel: {
          ...axis.axisLabel,
          formatter: (_: string, index: number) =>
            shortened(names[index] ?? '', tight ? LONGEST_NAME_TIGHT : LONGEST_NAME),
        },
      },
      series: plan.values.map((column, index) => ({
        id: String(column),
        type: 'bar' as const,
        data: rows.map((row) => drawnFigure(row[column])),
        barMaxWidth: px(theme, BAR_REM),
        barGap: '5%',
        barCategoryGap: '28%',
        itemStyle: { color: theme.colour[seriesColour(index)] },
        emphasis: { disabled: true },
        label: {
          show: true,
          position: 'right' as const,
          color: theme.colour.ink,
          fontSize: px(theme, 0.75),
          formatter: ({ dataIndex }: { dataIndex: number }) =>
            valueText(rows[dataIndex]?.[column], locale),
        },
      })),
    },
    names: 'y',
    details: rows.map((row, index) => detail(answer, plan, row, names[index] ?? '', locale)),
  };
}

function detail(
  answer: QueryAnswer,
  plan: ChartPlan,
  row: unknown[],
  title: string,
  locale: Locale,
): Detail {
  return {
    title,
    lines: plan.values.map((column, index) => ({
      label: answer.columns[column]?.name ?? '',
      value: valueText(row[column], locale),
      colour: seriesColour(index),
    })),
  };
}

/** Near enough for the length of a bar is not near enough to be read: exact texts stay as they are. */
function valueText(value: unknown, locale: Locale): string {
  if (typeof value === 'string') return value;
  const known = drawnFigure(value);
  return known === null ? NOTHING : locale.number(known);
}
