// A small field of bars for each row of the tile: the share of each value of the second dimension with
// its interval, all on one scale. The fields stand in columns side by side.
import type { BarSeriesOption } from 'echarts/charts';
import type { GridComponentOption } from 'echarts/components';
import type { CrossRow } from '../../api/types';
import { intervalSeries } from '../marks';
import {
  baseOption,
  categoryAxis,
  nameStyles,
  px,
  shareAxisTo,
  twinAxis,
  type Detail,
  type Drawing,
} from '../option';
import type { ChartEnvironment } from '../theme';
import type { Words } from '../words';
import { shortened } from '../wrap';
import { hasColours } from '../colours';
import { intervalText, percentOrNothing } from '../share-text';
import { fieldColumns } from './fields';
import {
  basisLines,
  cellsOf,
  countText,
  isUnstated,
  marksOfRow,
  nameStyle,
  nText,
  type Cell,
  type CrossInput,
} from './input';

/** One line of a column: the heading of a field, one of its bars, or the space below it. */
interface Line {
  row: number;
  cell: Cell | null;
  heading: boolean;
}

export function multiplesDrawing(
  input: CrossInput,
  words: Words,
  environment: ChartEnvironment,
): Drawing {
  const { theme, tight } = environment;
  const { tile } = input;
  const columns = fieldColumns(tile.rows.length, environment);
  const perColumn = Math.ceil(tile.rows.length / columns);
  const fields = Array.from({ length: columns }, (_, column) =>
    tile.rows
      .slice(column * perColumn, (column + 1) * perColumn)
      .flatMap((row, index) => linesOf(input, row, column * perColumn + index, words)),
  );
  // All columns are of one length, so that their lines have one height.
  const length = Math.max(...fields.map((lines) => lines.length));
  const padded = fields.map((lines) => [
    ...lines,
    ...Array.from({ length: length - lines.length }, () => SPACE),
  ]);
  const bars = Number(gridOf(0, columns, environment).width);
  const ids = padded.map((lines) => lines.map((_, index) => String(index)));
  return {
    option: {
      ...baseOption(environment),
      grid: padded.map((_, column) => gridOf(column, columns, environment)),
      xAxis: padded.map((_, column) => ({
        ...shareAxisTo({ theme, tight: tight || bars < px(theme, TIGHT_REM) }, input.maxShare),
        gridIndex: column,
      })),
      yAxis: [
        ...padded.map((lines, column) => ({
          ...categoryAxis(theme, ids[column] ?? []),
          inverse: true,
          gridIndex: column,
          axisLine: { show: false },
          axisLabel: {
            ...categoryAxis(theme, []).axisLabel,
            align: 'left' as const,
            margin: rooms(columns, environment).names,
            rich: nameStyles(theme),
            formatter: (_: string, index: number) => lineLabel(input, lines[index], words, tight),
          },
        })),
        ...padded.map((_, column) => ({
          ...twinAxis(theme, ids[column] ?? [], true),
          gridIndex: column,
        })),
      ],
      series: padded.flatMap((lines, column) => [
        barSeries(lines, column, input, environment),
        ...intervalSeries(
          theme,
          lines.map(({ cell }) =>
            cell?.share == null
              ? null
              : { low: cell.low, high: cell.high, label: words.locale.percent(cell.share) },
          ),
          0.4375,
          { yAxisIndex: columns + column, xAxisIndex: column, ending: `-${column}` },
        ),
      ]),
    },
    names: 'y',
    columns: padded.map((lines) => lines.length),
    details: padded.flat().map((line) => detailOf(input, line, words)),
  };
}

/** Bars of less width have fewer figures along their axis. */
const TIGHT_REM = 10;

const SPACE: Line = { row: -1, cell: null, heading: false };

function linesOf(input: CrossInput, row: CrossRow, index: number, words: Words): Line[] {
  return [
    { row: index, cell: null, heading: true },
    ...cellsOf(input, row, words).map((cell) => ({ row: index, cell, heading: false })),
    SPACE,
  ];
}

/** Pixels left of the bars, for the names, and right of them, for the labels. */
function rooms(columns: number, { theme, tight, width }: ChartEnvironment) {
  const names = Math.min(px(theme, tight ? 7.5 : 9.5), 0.45 * (width / columns));
  return { names, labels: px(theme, 4) };
}

function gridOf(
  column: number,
  columns: number,
  environment: ChartEnvironment,
): GridComponentOption {
  const own = environment.width / columns;
  const { names, labels } = rooms(columns, environment);
  return {
    left: Math.round(column * own + names),
    width: Math.max(1, Math.round(own - names - labels)),
    top: 0,
    bottom: px(environment.theme, 1.5),
    outerBoundsMode: 'none',
  };
}

function barSeries(
  lines: readonly Line[],
  column: number,
  input: CrossInput,
  { theme }: ChartEnvironment,
): BarSeriesOption {
  const coloured = hasColours(input.by[1]);
  return {
    id: `share-${column}`,
    type: 'bar',
    xAxisIndex: column,
    yAxisIndex: column,
    data: lines.map(({ cell }) => ({
      value: cell?.share ?? null,
      itemStyle: {
        color: theme.colour[coloured && cell !== null ? cell.colour : 'part'],
        opacity: cell?.opacity ?? 1,
      },
    })),
    barWidth: px(theme, 0.8125),
    itemStyle: { borderRadius: [0, 2, 2, 0] },
    emphasis: { disabled: true },
  };
}

function lineLabel(
  input: CrossInput,
  line: Line | undefined,
  words: Words,
  tight: boolean,
): string {
  if (line?.cell != null) return `{name|${shortened(line.cell.label, tight ? 8.5 : 11)}}`;
  const row = line?.heading ? input.tile.rows[line.row] : undefined;
  if (row === undefined) return '';
  const name = shortened(words.label(input.by[0], row.value), tight ? 11 : 14);
  return `{${nameStyle(input, row.value)}|${name}}{n|  ${nText(input, row, words, tight)}}`;
}

function detailOf(input: CrossInput, line: Line, words: Words): Detail {
  const row = input.tile.rows[line.row];
  if (row === undefined) return { title: '', lines: [], silent: true };
  const { locale } = words;
  const name = words.label(input.by[0], row.value);
  const distinct = { label: locale.t('cross.distinct'), value: countText(row, words) };
  const of = basisLines(input, row, words);
  const { cell } = line;
  if (cell === null)
    return { title: name, marks: marksOfRow(input.by, row), lines: [distinct, ...of] };
  return {
    marks: cell.marks,
    title: `${name} · ${cell.label}`,
    lines: [
      {
        label: locale.t('share.share'),
        value: isUnstated(input, row)
          ? locale.t('share.unstated')
          : percentOrNothing(cell.share, locale),
        ...(hasColours(input.by[1]) ? { colour: cell.colour } : {}),
      },
      ...(cell.share === null
        ? []
        : [{ label: locale.t('share.ci'), value: intervalText(cell, locale) }]),
      { label: locale.t('share.count'), value: countText({ ...row, count: cell.count }, words) },
      { ...distinct, label: name },
      ...of,
    ],
  };
}
