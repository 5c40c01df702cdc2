// What all option builders share: what they return, and the looks of axes.
// Types only from ECharts: nothing here loads it.
import type { BarSeriesOption, LineSeriesOption, MapSeriesOption } from 'echarts/charts';
import type { GridComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { Marks } from './chosen';
import type { ChartColour, ChartEnvironment, ChartTheme } from './theme';

export type ChartOption = ComposeOption<
  BarSeriesOption | LineSeriesOption | MapSeriesOption | GridComponentOption
>;

/** A chart ready to be drawn. */
export interface Drawing {
  option: ChartOption;
  /** The axis that the names are on, or the regions of a map. */
  names: 'x' | 'y' | 'map';
  /** The words on each name, in the order of the axis or of the map's data. */
  details: Detail[];
  /**
   * Names in each column, where names stand on y axes side by side: the first y axes of the option, on
   * grids of the same number, of equal widths.
   */
  columns?: number[];
}

export interface Detail {
  title: string;
  /** Language of the title where it is not the page's. */
  titleIn?: string;
  lines: DetailLine[];
  /** What a click on the name chooses. */
  marks?: Marks;
  /** Nothing is here to be said or chosen: a heading, an empty line. */
  silent?: boolean;
  /** Where it is on a map: degrees east and north. */
  at?: [number, number];
}

export interface DetailLine {
  label: string;
  value: string;
  colour?: ChartColour;
  /** Part of the line above. */
  part?: boolean;
  /** The series that the line tells of, where its mark can be chosen by itself. */
  series?: string;
  /** What a click on that mark chooses. */
  marks?: Marks;
}

/** A drawing whose names can be chosen by their position, though they are no values of a dimension. */
export function choosable(drawing: Drawing): Drawing {
  return { ...drawing, details: drawing.details.map((detail) => ({ marks: [], ...detail })) };
}

export function baseOption({ theme, still }: ChartEnvironment): ChartOption {
  return {
    animation: !still,
    animationDuration: 200,
    animationDurationUpdate: 120,
    animationEasingUpdate: 'cubicOut',
    textStyle: {
      fontFamily: theme.fontFamily,
      fontSize: px(theme, 0.8125),
      color: theme.colour.ink,
    },
  };
}

/** Rem to whole pixels. */
export function px(theme: ChartTheme, rem: number): number {
  return Math.round(rem * theme.rem);
}

/** Room around the plot, in rem; labels of the axes are kept inside. */
export function grid(
  theme: ChartTheme,
  { top = 0, right = 0 }: { top?: number; right?: number } = {},
): GridComponentOption {
  return {
    left: 0,
    right: px(theme, right),
    top: px(theme, top),
    bottom: 0,
    outerBoundsMode: 'same',
    outerBoundsContain: 'axisLabel',
  };
}

/** An axis of values: quiet lines, no axis line. */
export function valueAxis(theme: ChartTheme, format: (value: number) => string) {
  return {
    type: 'value' as const,
    axisLabel: {
      color: theme.colour['ink-soft'],
      fontSize: px(theme, 0.75),
      formatter: format,
      hideOverlap: true,
    },
    splitLine: { lineStyle: { color: theme.colour.line } },
    axisLine: { show: false },
    axisTick: { show: false },
  };
}

/** An axis of numbers of things: there are no halves of them. */
export function countAxis(theme: ChartTheme, format: (value: number) => string) {
  return { ...valueAxis(theme, format), minInterval: 1 };
}

/** An axis of shares from 0 to 100 %, marked at quarters or, where there is little room, halves. */
export function shareAxis({ theme, tight }: ChartEnvironment) {
  return {
    ...valueAxis(theme, (value) => `${Math.round(value * 100)}%`),
    min: 0,
    max: 1,
    interval: tight ? 0.5 : 0.25,
  };
}

/** An axis of shares from 0 to a bit more than the largest one: the room is for bars. */
export function shareAxisTo(
  { theme, tight }: Pick<ChartEnvironment, 'theme' | 'tight'>,
  largest: number,
) {
  const wanted = Math.max(largest, 0.01);
  const step = SHARE_STEPS.find((step) => wanted / step <= (tight ? 3 : 5)) ?? 0.5;
  const digits = step < 0.01 ? 1 : 0;
  return {
    ...valueAxis(theme, (value) => `${(value * 100).toFixed(digits)}%`),
    min: 0,
    max: Math.min(1, Math.ceil(wanted / step - 1e-9) * step),
    interval: step,
  };
}

const SHARE_STEPS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5];

/** An axis of names: one strong base line. */
export function categoryAxis(theme: ChartTheme, data: string[]) {
  return {
    type: 'category' as const,
    data,
    axisLine: { lineStyle: { color: theme.colour['line-strong'] } },
    axisTick: { show: false },
    axisLabel: { color: theme.colour.ink, fontSize: px(theme, 0.8125), interval: 0 },
  };
}

/** Styles of names on an axis, for labels that tell them apart; `chosen` are those filtered by. */
export function nameStyles(theme: ChartTheme) {
  const soft = { color: theme.colour['ink-soft'], fontSize: px(theme, 0.75) };
  return {
    name: { color: theme.colour.ink, fontSize: px(theme, 0.8125) },
    chosen: {
      color: theme.colour.accent,
      fontSize: px(theme, 0.8125),
      fontWeight: 700 as const,
    },
    heading: { color: theme.colour.ink, fontSize: px(theme, 0.8125), fontWeight: 600 as const },
    n: soft,
    small: { ...soft, fontStyle: 'italic' as const },
  };
}

/**
 * A hidden twin of an axis of names. Bars of one axis share the room of a name between them; bars of
 * the twin are laid out by themselves and so lie over the others.
 */
export function twinAxis(theme: ChartTheme, data: string[], inverse = false) {
  return { ...categoryAxis(theme, data), inverse, show: false };
}
