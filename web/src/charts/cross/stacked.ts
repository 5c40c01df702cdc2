// One bar per row, its parts one after the other. A posting with several values of the second dimension
// counts in each of them, so where values overlap a bar is longer than its number of postings: that one
// stands as a tick and label. As percent the bar is all parts together, made 100 %, and each part that
// has the room says its percentage.
import type { BarSeriesOption } from 'echarts/charts';
import type { CrossRow } from '../../api/types';
import { tickSeries } from '../marks';
import {
  baseOption,
  categoryAxis,
  countAxis,
  grid,
  nameStyles,
  px,
  shareAxis,
  twinAxis,
  type Drawing,
} from '../option';
import type { ChartEnvironment } from '../theme';
import type { Words } from '../words';
import { ems, shortened } from '../wrap';
import {
  cellsOf,
  countText,
  nameStyle,
  nText,
  isUnstated,
  ofFigures,
  rowDetail,
  together,
  type Cell,
  type CrossInput,
} from './input';

export function stackedDrawing(
  input: CrossInput,
  mode: 'stacked' | 'percent',
  words: Words,
  environment: ChartEnvironment,
): Drawing {
  const { theme, tight } = environment;
  const { tile } = input;
  const counts = mode === 'stacked';
  const names = tile.rows.map(({ value }) => value);
  const axis = categoryAxis(theme, names);
  const cells = tile.rows.map((row) => cellsOf(input, row, words));
  const inside = !counts && !saysShare(input);
  const labels = tile.rows.map((row, at) =>
    counts ? countText(row, words) : shareLabel(input, row, cells[at]?.[0], words, tight),
  );
  const behind = Math.max(0, ...labels.map(ems)) * 0.8125 + 0.75;
  /** Part of a bar that a percentage fits into. */
  const least =
    px(theme, PERCENT_REM) / Math.max(1, environment.width - px(theme, NAMES_REM + behind));
  return {
    option: {
      ...baseOption(environment),
      // Room for the label behind the longest bar.
      grid: grid(theme, { right: behind }),
      xAxis: {
        ...(counts ? longestAxis(input.maxTotal, words, environment) : shareAxis(environment)),
        position: 'top',
      },
      yAxis: [
        {
          ...axis,
          inverse: true,
          axisLabel: {
            ...axis.axisLabel,
            formatter: (value: string) => {
              const name = words.label(input.by[0], value);
              const style = nameStyle(input, value) === 'chosen' ? 'chosen' : 'name';
              return `{${style}|${shortened(name, tight ? 7 : 11)}}`;
            },
            rich: nameStyles(theme),
          },
        },
        twinAxis(theme, names, true),
      ],
      series: [
        ...tile.columns.map((column, index): BarSeriesOption => ({
          id: column,
          type: 'bar',
          stack: 'parts',
          data: tile.rows.map((row, at) => {
            const cell = cells[at]?.[index];
            const whole = counts ? 1 : together(row);
            const value = whole === 0 ? 0 : (cell?.count ?? 0) / whole;
            return {
              value,
              ...(inside && value >= least ? { label: { show: true } } : {}),
              itemStyle: {
                color: theme.colour[cell?.colour ?? 'part'],
                opacity: cell?.opacity ?? 1,
              },
            };
          }),
          barWidth: '64%',
          barMaxWidth: px(theme, 1.5),
          // A seam between neighbours, so that parts differ by more than colour.
          itemStyle: { borderColor: theme.colour.surface, borderWidth: 0.5 },
          emphasis: { disabled: true },
          label: {
            show: false,
            position: 'inside',
            formatter: ({ value }) => words.locale.percent(Number(value)),
            // Readable on every colour.
            color: theme.colour.ink,
            backgroundColor: theme.colour.surface,
            borderRadius: 2,
            padding: [1, 3],
            fontSize: px(theme, 0.6875),
          },
        })),
        ...tickSeries(
          theme,
          tile.rows.map((row, at) =>
            counts
              ? {
                  at: together(row) > row.count ? row.count : null,
                  end: Math.max(together(row), row.count),
                  label: labels[at] ?? '',
                }
              : { at: null, end: 1, label: labels[at] ?? '' },
          ),
          1.25,
        ),
      ],
    },
    names: 'y',
    details: tile.rows.map((row) =>
      rowDetail(input, row, words, !counts && input.sharesOf === 'tile' ? 'bar' : 'answer'),
    ),
  };
}

/** Rem of a percentage within a bar, and about those of the names beside the bars. */
const PERCENT_REM = 3;
const NAMES_REM = 9;

/** Whether the label behind a bar says a share: of two parts one says the other, too. */
function saysShare({ sharesOf, tile }: CrossInput): boolean {
  return sharesOf === 'row' && tile.columns.length === 2;
}

/** What stands behind a bar of 100 %: its n, and the share of the first part where that is of the row. */
function shareLabel(
  input: CrossInput,
  row: CrossRow,
  first: Cell | undefined,
  words: Words,
  tight: boolean,
): string {
  const parts = saysShare(input) && first?.share != null;
  const share = parts ? words.locale.percent(first?.share ?? 0) : null;
  if (tight && share !== null) return share;
  if (tight)
    return isUnstated(input, row) ? words.locale.t('share.unstated') : ofFigures(input, row, words);
  return [...(share === null ? [] : [share]), nText(input, row, words)].join(' · ');
}

/** Ends with the longest bar: the room is for bars. */
function longestAxis(max: number, words: Words, { theme, tight }: ChartEnvironment) {
  const axis = countAxis(theme, words.locale.number);
  return {
    ...axis,
    max: Math.max(1, max),
    splitNumber: tight ? 3 : 6,
    axisLabel: { ...axis.axisLabel, showMaxLabel: false },
  };
}
