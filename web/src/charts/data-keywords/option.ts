// Keywords of data jobs by role, one stacked bar each. A posting with several roles counts in each of
// them, so a bar's length is not the number of postings: that one stands as a tick and label. In
// shares the bar is the three roles' counts together, made 100 %.
import type { Locale } from '../../i18n/locale';
import { SMALL_N } from '../../stats/wilson';
import { tickSeries } from '../marks';
import {
  baseOption,
  categoryAxis,
  grid,
  px,
  shareAxis,
  twinAxis,
  valueAxis,
  type Detail,
  type Drawing,
} from '../option';
import { columns, type TableView } from '../table';
import type { ChartEnvironment } from '../theme';

/** Distinct postings with the keyword: by role, and in all data jobs together. */
export interface KeywordRoles {
  keyword: string;
  de: number;
  da: number;
  ds: number;
  total: number;
}

export const KEYWORD_MODES = ['count', 'share'] as const;
export type KeywordMode = (typeof KEYWORD_MODES)[number];

export const DATA_ROLES = ['de', 'da', 'ds'] as const;
type DataRole = (typeof DATA_ROLES)[number];

export function dataKeywordsDrawing(
  rows: readonly KeywordRoles[],
  mode: KeywordMode,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const { theme, tight } = environment;
  const names = rows.map(({ keyword }) => keyword);
  const axis = categoryAxis(theme, names);
  return {
    option: {
      ...baseOption(environment),
      // Room for the label behind the longest bar.
      grid: grid(theme, { right: labelRoom(rows, mode) }),
      xAxis: {
        ...(mode === 'count' ? countAxis(rows, locale, environment) : shareAxis(environment)),
        position: 'top',
      },
      yAxis: [
        {
          ...axis,
          inverse: true,
          axisLabel: {
            ...axis.axisLabel,
            width: px(theme, tight ? 6 : 9),
            overflow: 'truncate',
            fontSize: px(theme, tight ? 0.75 : 0.8125),
          },
        },
        twinAxis(theme, names, true),
      ],
      series: [
        ...DATA_ROLES.map((role) => ({
          id: role,
          type: 'bar' as const,
          name: locale.role(role),
          stack: 'roles',
          data: rows.map((row) => (mode === 'count' ? row[role] : partOfRoles(row, role))),
          barWidth: '62%',
          // A seam between neighbours, so that parts are told apart by more than colour.
          itemStyle: {
            color: theme.colour[`role-${role}`],
            borderColor: theme.colour.surface,
            borderWidth: 0.5,
          },
          emphasis: { disabled: true },
        })),
        ...tickSeries(
          theme,
          rows.map((row) =>
            mode === 'count'
              ? { at: row.total, end: rolesTogether(row), label: locale.number(row.total) }
              : { at: null, end: 1, label: nText(row, locale) },
          ),
          1.25,
        ),
      ],
    },
    names: 'y',
    details: rows.map((row) => detail(row, locale)),
  };
}

export function dataKeywordsTable(rows: readonly KeywordRoles[], locale: Locale): TableView {
  return {
    columns: columns(
      locale.t('keywords.keyword'),
      ...DATA_ROLES.map((role) => locale.role(role)),
      locale.t('datakeywords.total'),
    ),
    rows: rows.map(({ keyword, de, da, ds, total }) => [
      keyword,
      ...[de, da, ds, total].map(locale.number),
    ]),
    namesIn: 'ko',
  };
}

/** Length of the stacked bar: postings counted once for each of their roles. */
export function rolesTogether({ de, da, ds }: KeywordRoles): number {
  return de + da + ds;
}

/** Rem behind the longest bar. */
function labelRoom(rows: readonly KeywordRoles[], mode: KeywordMode): number {
  if (mode === 'count') return 3.25;
  return rows.some(({ total }) => total < SMALL_N) ? 10 : 5;
}

function nText({ total }: KeywordRoles, locale: Locale): string {
  const n = locale.t('share.n', { n: locale.number(total) });
  return total < SMALL_N ? `${n} · ${locale.t('share.small')}` : n;
}

/** Ends with the longest bar: the room is for bars. */
function countAxis(
  rows: readonly KeywordRoles[],
  locale: Locale,
  { theme, tight }: ChartEnvironment,
) {
  const axis = valueAxis(theme, locale.number);
  return {
    ...axis,
    max: Math.max(1, ...rows.map(rolesTogether)),
    splitNumber: tight ? 3 : 6,
    axisLabel: { ...axis.axisLabel, showMaxLabel: false },
  };
}

function partOfRoles(row: KeywordRoles, role: DataRole): number {
  const together = rolesTogether(row);
  return together === 0 ? 0 : row[role] / together;
}

function detail(row: KeywordRoles, locale: Locale): Detail {
  return {
    title: row.keyword,
    titleIn: 'ko',
    lines: [
      ...DATA_ROLES.map((role) => ({
        label: locale.role(role),
        value: `${locale.number(row[role])} · ${locale.percent(partOfRoles(row, role))}`,
        colour: `role-${role}` as const,
      })),
      { label: locale.t('datakeywords.total'), value: locale.number(row.total) },
    ],
  };
}
