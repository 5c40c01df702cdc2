// Lying bars, one per group: its share of the tile's postings with the 95 % interval as a bracket, the
// share and the number behind it. Groups may overlap, so their shares are bars and not parts of a whole.
import type { Group, GroupsTile } from '../../api/types';
import { chosenAmong, isChosen, opacityOf, type Chosen, type Marks } from '../chosen';
import { ownColour } from '../colours';
import { intervalSeries } from '../marks';
import {
  baseOption,
  categoryAxis,
  grid,
  nameStyles,
  px,
  shareAxis,
  shareAxisTo,
  twinAxis,
  type Detail,
  type Drawing,
} from '../option';
import { groupCells, groupColumns, intervalText, rankText } from '../share-text';
import { columns, type TableView } from '../table';
import type { ChartEnvironment } from '../theme';
import type { Words } from '../words';
import { wrapWords } from '../wrap';

export interface GroupsInput {
  tile: GroupsTile;
  /** Dimension of the groups. */
  by: string;
  chosen: Chosen;
  /** Largest upper end of an interval on the axis; null: the axis goes to 100 %. */
  largest: number | null;
  /** Language of the names where it is not the page's. */
  namesIn?: string;
}

/** Rem of the chart's height, by the number of groups. */
export function groupsHeight(groups: number): number {
  return 1.75 + 2.125 * Math.max(1, groups);
}

function marksOfGroup(by: string, { value }: Pick<Group, 'value'>): Marks {
  return [{ dimension: by, value }];
}

export function groupsDrawing(
  { tile, by, chosen: asked, largest, namesIn }: GroupsInput,
  words: Words,
  environment: ChartEnvironment,
): Drawing {
  const { theme, tight } = environment;
  const { locale } = words;
  const names = tile.rows.map(({ value }) => value);
  const chosen = chosenAmong(asked, { [by]: names });
  const axis = categoryAxis(theme, names);
  const name = (value: string) => words.label(by, value);
  return {
    option: {
      ...baseOption(environment),
      // Room for the label behind the longest bar.
      grid: grid(theme, { right: tight ? 3.75 : 7.25 }),
      xAxis: largest === null ? shareAxis(environment) : shareAxisTo(environment, largest),
      yAxis: [
        {
          ...axis,
          inverse: true,
          axisLabel: {
            ...axis.axisLabel,
            formatter: (value: string) => {
              const style = isChosen(chosen, by, value) ? 'chosen' : 'name';
              return wrapWords(name(value), tight ? 7 : 12)
                .slice(0, 2)
                .map((line) => `{${style}|${line}}`)
                .join('\n');
            },
            rich: nameStyles(theme),
            lineHeight: px(theme, 1.0625),
          },
        },
        twinAxis(theme, names, true),
      ],
      series: [
        {
          id: 'share',
          type: 'bar',
          data: tile.rows.map(({ value, share }) => ({
            value: share,
            itemStyle: {
              color: theme.colour[ownColour(by, value)],
              opacity: opacityOf(chosen, [{ dimension: by, value }]),
            },
          })),
          barWidth: px(theme, 1.125),
          itemStyle: { borderRadius: [0, 2, 2, 0] },
          emphasis: { disabled: true },
        },
        ...intervalSeries(
          theme,
          tile.rows.map((row) => ({
            low: row.low,
            high: row.high,
            bare: row.absent !== undefined,
            label: label(row, locale, tight),
          })),
          0.5625,
        ),
      ],
    },
    names: 'y',
    details: tile.rows.map((row) => ({
      ...detail(row, by, words),
      ...(namesIn === undefined ? {} : { titleIn: namesIn }),
    })),
  };
}

function label({ share, count, absent }: Group, locale: Words['locale'], tight: boolean): string {
  if (absent === 'unknown') return locale.t('share.outside');
  return tight ? locale.percent(share) : `${locale.percent(share)} · ${locale.number(count)}`;
}

export function groupsTable(tile: GroupsTile, by: string, words: Words): TableView {
  return {
    columns: columns(words.dimensionLabel(by), ...groupColumns(words.locale)),
    rows: tile.rows.map((row) => [
      words.label(by, row.value),
      ...groupCells(row, tile.n, words.locale),
    ]),
    marks: tile.rows.map((row) => marksOfGroup(by, row)),
  };
}

function detail(row: Group, by: string, words: Words): Detail {
  const { locale } = words;
  const named = { title: words.label(by, row.value), marks: marksOfGroup(by, row) };
  if (row.absent !== undefined) {
    const value = row.absent === 'none' ? locale.number(0) : locale.t('share.outside');
    return { ...named, lines: [{ label: locale.t('share.count'), value }] };
  }
  return {
    ...named,
    lines: [
      {
        label: locale.t('share.share'),
        value: locale.percent(row.share),
        colour: ownColour(by, row.value),
      },
      { label: locale.t('share.ci'), value: intervalText(row, locale) },
      { label: locale.t('share.count'), value: locale.number(row.count) },
      { label: locale.t('share.rank'), value: rankText(row.rank, locale) },
    ],
  };
}
