// A group of columns for each row of the tile, one column per value of the second dimension, from one
// base line; lying bars where there is little room.
import type { BarSeriesOption } from 'echarts/charts';
import { SMALL_N } from '../../tiles/figure';
import { baseOption, categoryAxis, grid, nameStyles, px, valueAxis, type Drawing } from '../option';
import { niceMax } from '../scale';
import type { ChartEnvironment } from '../theme';
import type { Words } from '../words';
import { ems, wrapWords } from '../wrap';
import { cellsOf, nameStyle, rowDetail, type CrossInput } from './input';

/** Most rows that stand beside each other; more of them lie. */
const STANDING_ROWS = 10;

/** Whether the bars lie in a place of this kind. */
export function groupedLies(rows: number, { narrow }: Pick<ChartEnvironment, 'narrow'>): boolean {
  return narrow || rows > STANDING_ROWS;
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
    ...valueAxis(theme, words.locale.number),
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
        data: cells.map((row) => {
          const cell = row[index];
          return {
            value: cell?.count ?? 0,
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
          formatter: ({ dataIndex }) => words.locale.number(cells[dataIndex]?.[index]?.count ?? 0),
        },
      })),
    },
    names: lies ? 'y' : 'x',
    details: tile.rows.map((row) => rowDetail(input, row, words)),
  };
}

/** Name, number of postings, and a word of warning where that is small. */
function nameLabel(
  input: CrossInput,
  words: Words,
  { theme, tight, width }: ChartEnvironment,
  lies: boolean,
) {
  const { locale } = words;
  const longest = lies ? (tight ? 7 : 10) : 7;
  const size = 0.75 * theme.rem;
  const counted = (n: number) => locale.t('unit.postings', { n: locale.number(n) });
  const { rows } = input.tile;
  const widest = Math.max(0, ...rows.map(({ count }) => ems(counted(count))));
  const bare = !lies && (widest + 0.5) * size > width / rows.length;
  return {
    formatter: (value: string, index: number) => {
      const row = input.tile.rows[index];
      if (row === undefined) return '';
      const lines = wrapWords(words.label(input.by[0], value), longest).slice(0, 3);
      const total = bare ? locale.number(row.count) : counted(row.count);
      return [
        ...lines.map((line) => `{${nameStyle(input, value)}|${line}}`),
        `{n|${total}}`,
        ...(row.count < SMALL_N ? [`{small|${locale.t('share.small')}}`] : []),
      ].join('\n');
    },
    rich: nameStyles(theme),
    lineHeight: px(theme, 1.15),
    margin: px(theme, 0.625),
  };
}
