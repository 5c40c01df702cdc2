// Lines over time, from a base line of zero. Time without figures is hatched, time with doubtful ones is
// pale; a line is drawn only through values that can be compared: it breaks at null. A value between
// two breaks is a point.
import type { LineSeriesOption } from 'echarts/charts';
import { DIMMED, type Marks } from '../chosen';
import {
  baseOption,
  categoryAxis,
  grid,
  px,
  countAxis,
  valueAxis,
  type Detail,
  type DetailLine,
  type Drawing,
} from '../option';
import { columns, type TableView } from '../table';
import type { ChartColour, ChartEnvironment, ChartTheme } from '../theme';
import { ems } from '../wrap';

export interface TimeLine {
  id: string;
  name: string;
  colour: ChartColour;
  /** One per moment; null: no value, the line breaks. */
  values: readonly (number | null)[];
  dashed?: boolean;
  dimmed?: boolean;
  /** Moments before which the line breaks: what follows cannot be compared with what was before. */
  breaks?: readonly number[];
  /** What stands at its end in place of its name. */
  endLabel?: string;
  /** What a click on the line's name in the details chooses. */
  marks?: Marks;
}

export interface LinesInput {
  /** Moments on the axis, in short and in full. */
  moments: readonly { label: string; title: string; notes?: DetailLine[] }[];
  lines: readonly TimeLine[];
  /** Hatched spans, in moments from the beginning of the axis: 0 to 1 is the first moment. */
  gaps?: readonly (readonly [from: number, to: number])[];
  /** Pale spans, in the same way. */
  muted?: readonly (readonly [from: number, to: number])[];
  format: (value: number) => string;
  /** Shorter, for the axis. */
  axisFormat?: (value: number) => string;
  /** The last moment is not over: what leads to it is dashed. */
  partial?: boolean;
  /** The values are numbers of things. */
  counts?: boolean;
  /** The axis's end, where charts are to be compared. */
  max?: number;
  /** Names stand at the ends of the lines where there is room. */
  endLabels?: boolean;
  /** A moment can be chosen as a whole. */
  choosable?: boolean;
}

/** Above so many moments points would run into each other. */
const POINTS = 40;

/** How strong a pale area is. */
const PALE = 0.4;

const pointSize = (theme: ChartTheme) => px(theme, 0.3125);

export function linesDrawing(input: LinesInput, environment: ChartEnvironment): Drawing {
  const { theme, narrow } = environment;
  const { moments, lines, gaps = [], muted = [], format, max } = input;
  const labelled = input.endLabels === true && !narrow && lines.length > 1;
  const axis = categoryAxis(
    theme,
    moments.map((_, index) => String(index)),
  );
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, { top: 0.75, right: labelled ? endRoom(lines) : 0.75 }),
      xAxis: [
        {
          ...axis,
          axisLabel: {
            ...axis.axisLabel,
            interval: 'auto',
            hideOverlap: true,
            formatter: (_: string, index: number) => moments[index]?.label ?? '',
            fontSize: px(theme, 0.75),
            lineHeight: px(theme, 1.1),
            color: theme.colour['ink-soft'],
          },
        },
        { type: 'value', min: 0, max: Math.max(1, moments.length), show: false },
      ],
      yAxis: [
        {
          ...(input.counts === true ? countAxis : valueAxis)(theme, input.axisFormat ?? format),
          min: 0,
          ...(max === undefined ? {} : { max }),
        },
        { type: 'value', min: 0, max: 1, show: false },
      ],
      series: [
        mutedSeries(theme, muted),
        gapSeries(theme, gaps),
        ...lines.map((line) => lineSeries(line, input, theme)),
        ...lines.map((line) => tailSeries(line, input, theme)),
        ...lines.map((line) => labelSeries(line, input, labelled, theme)),
      ],
    },
    names: 'x',
    details: moments.map((moment, index) => detail(input, moment, index)),
  };
}

/** One row per moment. */
export function linesTable(
  { moments, lines, format }: Pick<LinesInput, 'moments' | 'lines' | 'format'>,
  name: string,
): TableView {
  return {
    columns: columns(name, ...lines.map((line) => line.name)),
    rows: moments.map(({ title }, index) => [
      title,
      ...lines.map(({ values }) => {
        const value = values[index] ?? null;
        return value === null ? '–' : format(value);
      }),
    ]),
  };
}

/** Hatched areas. */
function gapSeries(
  theme: ChartTheme,
  gaps: readonly (readonly [number, number])[],
): LineSeriesOption {
  return {
    ...areas('gaps', gaps),
    itemStyle: {
      color: theme.colour.gap,
      decal: {
        color: theme.colour.gap,
        dashArrayX: [1, 0],
        dashArrayY: [1.5, 4],
        rotation: -Math.PI / 4,
      },
    },
    areaStyle: { color: 'transparent', opacity: 1, origin: 'start' },
  };
}

/** Pale areas. */
function mutedSeries(
  theme: ChartTheme,
  muted: readonly (readonly [number, number])[],
): LineSeriesOption {
  return {
    ...areas('muted', muted),
    areaStyle: { color: theme.colour.gap, opacity: PALE, origin: 'start' },
  };
}

/** Areas of full height: a line of its own on axes of its own, of which only the area shows. */
function areas(id: string, spans: readonly (readonly [number, number])[]): LineSeriesOption {
  return {
    id,
    type: 'line',
    xAxisIndex: 1,
    yAxisIndex: 1,
    data: spans.flatMap(([from, to]) => [
      [from, 0],
      [from, 1],
      [to, 1],
      [to, 0],
      [to, null],
    ]),
    lineStyle: { width: 0 },
    symbol: 'none',
    silent: true,
    animation: false,
    z: 1,
  };
}

function lineSeries(line: TimeLine, input: LinesInput, theme: ChartTheme): LineSeriesOption {
  const { values, breaks = [] } = line;
  const { moments, partial } = input;
  const whole = partial === true ? values.slice(0, -1) : values;
  const few = moments.length <= POINTS;
  const isAlone = (index: number) =>
    (whole[index - 1] ?? null) === null && (whole[index + 1] ?? null) === null;
  const shows = few || whole.some((value, index) => value !== null && isAlone(index));
  return {
    ...stroke(line, line.dashed === true, theme),
    id: line.id,
    // A line of one value shows only as a point.
    ...(few ? {} : { symbolSize: ([index]: [number]) => (isAlone(index) ? pointSize(theme) : 0) }),
    data: whole.flatMap((value, index): [number, number | null][] =>
      breaks.includes(index)
        ? [
            [index, null],
            [index, value],
          ]
        : [[index, value]],
    ),
    showSymbol: shows,
    // By itself the chart leaves out symbols where labels of the axis are left out.
    ...(shows && !few ? { showAllSymbol: true } : {}),
  };
}

/** The line's name at the right end of the chart, at the height of its last whole value. */
function labelSeries(
  line: TimeLine,
  { moments, partial }: LinesInput,
  labelled: boolean,
  theme: ChartTheme,
): LineSeriesOption {
  const last = moments.length - 1;
  const whole = partial === true ? line.values.slice(0, -1) : line.values;
  const height = whole.findLast((value) => value !== null) ?? null;
  return {
    id: `${line.id}-label`,
    type: 'line',
    silent: true,
    showSymbol: false,
    lineStyle: { width: 0 },
    data: height === null || last < 1 ? [] : [last - 1, last].map((at) => [at, height]),
    endLabel: {
      show: labelled && line.dimmed !== true,
      formatter: () => line.endLabel ?? line.name,
      color: theme.colour.ink,
      fontSize: px(theme, 0.75),
      lineHeight: px(theme, 1),
      distance: px(theme, 0.75),
    },
    labelLayout: { moveOverlap: 'shiftY' },
    animation: false,
  };
}

/** What leads to a last moment that is not over. */
function tailSeries(
  line: TimeLine,
  { partial, moments }: LinesInput,
  theme: ChartTheme,
): LineSeriesOption {
  const from = Math.max(0, moments.length - 2);
  return {
    ...stroke(line, true, theme),
    id: `${line.id}-tail`,
    data:
      partial === true ? line.values.slice(from).map((value, index) => [from + index, value]) : [],
    showSymbol: false,
  };
}

function stroke(
  { colour, dimmed }: TimeLine,
  dashed: boolean,
  theme: ChartTheme,
): LineSeriesOption {
  const opacity = dimmed === true ? DIMMED : 1;
  return {
    type: 'line',
    silent: true,
    symbol: 'circle',
    symbolSize: pointSize(theme),
    itemStyle: { color: theme.colour[colour], opacity },
    lineStyle: {
      color: theme.colour[colour],
      width: px(theme, 0.125),
      type: dashed ? [px(theme, 0.3125), px(theme, 0.25)] : 'solid',
      opacity,
    },
    emphasis: { disabled: true },
    z: dimmed === true ? 2 : 3,
  };
}

/** Rem for the names at the ends. */
function endRoom(lines: readonly TimeLine[]): number {
  const widest = Math.max(...lines.map(({ name, endLabel = name }) => ems(endLabel)));
  return Math.min(11, 0.8 * widest + 1.25);
}

function detail(
  { lines, format, choosable }: LinesInput,
  { title, notes = [] }: LinesInput['moments'][number],
  index: number,
): Detail {
  return {
    title,
    ...(choosable === true ? { marks: [] } : {}),
    lines: [
      ...lines.map(({ id, name, colour, values, marks }): DetailLine => {
        const value = values[index] ?? null;
        return {
          label: name,
          value: value === null ? '–' : format(value),
          colour,
          ...(marks === undefined ? {} : { series: id, marks }),
        };
      }),
      ...notes,
    ],
  };
}
