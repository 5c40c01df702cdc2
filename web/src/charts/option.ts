// What all option builders share: what they return, and the looks of axes.
// Types only from ECharts: nothing here loads it.
import type { BarSeriesOption } from 'echarts/charts';
import type { GridComponentOption } from 'echarts/components';
import type { ComposeOption } from 'echarts/core';
import type { ChartColour, ChartEnvironment, ChartTheme } from './theme';

export type ChartOption = ComposeOption<BarSeriesOption | GridComponentOption>;

/** A chart of named bars, ready to be drawn. */
export interface Drawing {
  option: ChartOption;
  /** The axis that the names are on. */
  names: 'x' | 'y';
  /** What the pointer is told on each name, in the order of the axis. */
  details: Detail[];
}

export interface Detail {
  title: string;
  /** Language of the title where it is not the page's. */
  titleIn?: string;
  lines: DetailLine[];
}

export interface DetailLine {
  label: string;
  value: string;
  colour?: ChartColour;
  /** Part of the line above. */
  part?: boolean;
}

export function baseOption({ theme, still }: ChartEnvironment): ChartOption {
  return {
    animation: !still,
    animationDuration: 500,
    animationDurationUpdate: 250,
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

/** An axis of shares from 0 to 100 %, marked at quarters or, where there is little room, halves. */
export function shareAxis({ theme, tight }: ChartEnvironment) {
  return {
    ...valueAxis(theme, (value) => `${Math.round(value * 100)}%`),
    min: 0,
    max: 1,
    interval: tight ? 0.5 : 0.25,
  };
}

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

/**
 * A hidden twin of an axis of names. Bars of one axis share the room of a name between them; bars of
 * the twin are laid out by themselves and so lie over the others.
 */
export function twinAxis(theme: ChartTheme, data: string[], inverse = false) {
  return { ...categoryAxis(theme, data), inverse, show: false };
}
