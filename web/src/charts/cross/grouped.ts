// A group of columns for each row of the tile, one column per value of the second dimension, from one
// base line; lying bars where there is little room.
import type { BarSeriesOption } from 'echarts/charts';
import { baseOption, categoryAxis, grid, nameStyles, px, countAxis, type Drawing } from '../option';
import { niceMax } from '../scale';
import type { ChartEnvironment } from '../theme';
import type { Words } from '../words';
import { ems, shortened, wrapWords } from '../wrap';
import {
  cellsOf,
  isUnstated,
  nameStyle,
  ofFigures,
  ofText,
  rowDetail,
  warningOf,
  type CrossInput,
} from './input';

/** Most rows that stand beside each other, with much room and with less; more of them lie. */
const STANDING_ROWS = { wide: 10, else: 8 };

/** Whether the bars lie in a place of this kind. */
export function groupedLies(
  rows: number,
  { narrow, wide }: Pick<ChartEnvironment, 'narrow' | 'wide'>,
): boolean {
  return narrow || rows > (wide ? STANDING_ROWS.wide : STANDING_ROWS.else);
}

export function groupedDrawing(
  input: CrossInput,
  words: Words,
  environment: ChartEnvironment,
): Drawing {
  const { theme, wide } = environment;
  const { tile } = input;
  const lies = groupedLies(tile.rows.length, environment);
  const names = tile.rows.map(({ value }) => value);
  const axis = categoryAxis(theme, names);
  const cells = tile.rows.map((row) => cellsOf(input, row, words));
  const nameAxis = {
    ...axis,
    inverse: lies,
    axisLabel: { ...axis.axisLabel, ...nameLabel(input, words, environment, lies) },
  };
  const values = {
    ...countAxis(theme, words.locale.number),
    max: niceMax(input.max),
    ...(lies ? { axisLabel: { show: false }, splitLine: { show: false } } : {}),
  };
  // Standing columns are narrow: a figure of more digits than its column is wide would run into the next.
  const labelled = lies || wide || tile.rows.length * tile.columns.length <= 20;
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, lies ? { right: 3.5 } : { top: 1.5, right: 0.5 }),
      ...(lies ? { xAxis: values, yAxis: nameAxis } : { xAxis: nameAxis, yAxis: values }),
      series: tile.columns.map((column, index): BarSeriesOption => ({
        id: column,
        type: 'bar',
        data: tile.rows.map((row, at) => {
          const cell = cells[at]?.[index];
          return {
            value: isUnstated(input, row) ? null : (cell?.count ?? 0),
            itemStyle: {
              color: theme.colour[cell?.colour ?? 'part'],
              opacity: cell?.opacity ?? 1,
            },
          };
        }),
        barMaxWidth: px(theme, 2.75),
        barGap: '8%',
        barCategoryGap: lies ? '26%' : '30%',
        itemStyle: { borderRadius: lies ? [0, 2, 2, 0] : [2, 2, 0, 0] },
        emphasis: { disabled: true },
        label: {
          show: labelled,
          position: lies ? 'right' : 'top',
          distance: px(theme, 0.1875),
          color: theme.colour.ink,
          fontSize: px(theme, lies ? 0.75 : 0.6875),
          formatter: ({ dataIndex }) =>
            tile.rows[dataIndex]?.absent === 'unknown'
              ? ''
              : words.locale.number(cells[dataIndex]?.[index]?.count ?? 0),
        },
      })),
    },
    names: lies ? 'y' : 'x',
    details: tile.rows.map((row) => rowDetail(input, row, words)),
  };
}

/** About the room of the figures along the axis. */
const AXIS_REM = 3;

/** Name, number of postings, and a word of warning where that is small. */
function nameLabel(
  input: CrossInput,
  words: Words,
  { theme, tight, width }: ChartEnvironment,
  lies: boolean,
) {
  const size = 0.75 * theme.rem;
  const { rows } = input.tile;
  // Names of standing columns have the room of their column: beside each other they must stay apart.
  const column = (width - AXIS_REM * theme.rem) / Math.max(1, rows.length);
  const own = column / (0.8125 * theme.rem);
  const longest = lies ? (tight ? 7 : 13) : Math.min(7, own);
  const widest = Math.max(0, ...rows.map((row) => ems(ofText(input, row, words))));
  const bare = !lies && (widest + 0.5) * size > column;
  return {
    formatter: (value: string, index: number) => {
      const row = input.tile.rows[index];
      if (row === undefined) return '';
      const style = nameStyle(input, value);
      const lines = wrapWords(words.label(input.by[0], value), longest);
      const warning = warningOf(input, row, words);
      const text = ofText(input, row, words);
      const figures = ofFigures(input, row, words);
      if (lies) {
        // Rows lie close to each other: three lines are all that they have room for.
        const n = tight && warning !== null ? figures : text;
        const rest = `{n|${n}}${warning === null ? '' : `{small| · ${warning}}`}`;
        const shown = lines.length > 2 ? [lines[0], `${lines[1]}…`] : lines;
        return [...shown.map((line) => `{${style}|${line}}`), rest].join('\n');
      }
      return [
        ...lines
          .slice(0, 3)
          .map((line) => `{${style}|${ems(line) > own ? shortened(line, own - 0.6) : line}}`),
        `{n|${bare ? figures : text}}`,
        ...(warning === null ? [] : wrapWords(warning, column / size)).map(
          (line) => `{small|${line}}`,
        ),
      ].join('\n');
    },
    rich: nameStyles(theme),
    lineHeight: px(theme, 1.15),
    margin: px(theme, 0.625),
  };
}
