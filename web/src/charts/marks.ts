// Marks over lying bars (values along x, names along y), made of bars themselves on the hidden twin
// of the axis of names: the chart's second y axis, or the one that `on` says.
import type { BarSeriesOption } from 'echarts/charts';
import { px } from './option';
import type { ChartTheme } from './theme';

export interface MarkPlace {
  yAxisIndex: number;
  xAxisIndex: number;
  /** Ending of the series' ids, where a chart has several of them. */
  ending: string;
}

const TWIN: MarkPlace = { yAxisIndex: 1, xAxisIndex: 0, ending: '' };

export interface Interval {
  low: number;
  high: number;
  /** Stands behind the interval. */
  label?: string;
  /** Nothing is drawn but the label. */
  bare?: boolean;
}

/** A 95 % interval as a bracket across the end of each bar (null: none there); `height` in rem. */
export function intervalSeries(
  theme: ChartTheme,
  intervals: readonly (Interval | null)[],
  height: number,
  on: MarkPlace = TWIN,
): BarSeriesOption[] {
  const shared = common('interval', px(theme, height), on);
  return [
    clear({
      ...shared,
      id: `interval-from${on.ending}`,
      data: intervals.map((interval) => interval?.low ?? null),
    }),
    {
      ...shared,
      id: `interval${on.ending}`,
      data: intervals.map((interval) => {
        if (interval === null) return null;
        const value = interval.high - interval.low;
        return interval.bare === true ? { value, itemStyle: BARE } : value;
      }),
      itemStyle: {
        color: theme.colour['interval-fill'],
        borderColor: theme.colour.ink,
        borderWidth: 1.25,
      },
      label: {
        ...labelStyle(theme),
        formatter: ({ dataIndex }) => intervals[dataIndex]?.label ?? '',
      },
    },
  ];
}

const BARE = { color: 'transparent', borderWidth: 0 };

export interface Tick {
  /** Where the tick stands; null: no tick, the label only. */
  at: number | null;
  /** Where the bar under it ends; the label stands behind it. */
  end: number;
  label: string;
}

/** A tick across each bar at a value, and a label behind the bar's end; `height` in rem. */
export function tickSeries(
  theme: ChartTheme,
  ticks: readonly Tick[],
  height: number,
): BarSeriesOption[] {
  const shared = common('tick', px(theme, height));
  // A hair's breadth; drawn at least as wide as can be seen.
  const width = 0.002 * Math.max(0, ...ticks.map(({ at, end }) => Math.max(at ?? 0, end)));
  const from = ticks.map(({ at }) => (at === null ? 0 : Math.max(0, at - width / 2)));
  return [
    clear({ ...shared, id: 'tick-from', data: from }),
    {
      ...shared,
      id: 'tick',
      data: ticks.map(({ at }) => (at === null ? null : width)),
      barMinHeight: px(theme, 0.3125),
      itemStyle: {
        color: theme.colour.ink,
        borderColor: theme.colour.surface,
        borderWidth: 1,
      },
    },
    clear({
      ...shared,
      id: 'tick-label',
      data: ticks.map(({ at, end }, index) =>
        Math.max(0, end - (from[index] ?? 0) - (at === null ? 0 : width)),
      ),
      label: {
        ...labelStyle(theme),
        formatter: ({ dataIndex }) => ticks[dataIndex]?.label ?? '',
      },
    }),
  ];
}

function common(stack: string, barWidth: number, on: MarkPlace = TWIN): BarSeriesOption {
  return {
    type: 'bar',
    yAxisIndex: on.yAxisIndex,
    xAxisIndex: on.xAxisIndex,
    stack: `${stack}${on.ending}`,
    barWidth,
    silent: true,
    z: 3,
    animation: false,
  };
}

/** A bar that only takes room. */
function clear(series: BarSeriesOption): BarSeriesOption {
  return { ...series, itemStyle: { color: 'transparent' } };
}

function labelStyle(theme: ChartTheme) {
  return {
    show: true,
    position: 'right' as const,
    distance: px(theme, 0.5),
    color: theme.colour.ink,
    fontSize: px(theme, 0.8125),
    fontWeight: 600 as const,
  };
}
