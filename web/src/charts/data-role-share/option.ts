// One bar per data role: its share of all data-job postings, with its interval. Bars, not a pie: the
// roles overlap, their shares add up to more than 100 %.
import type { Locale } from '../../i18n/locale';
import { share, type Share } from '../../stats/wilson';
import { intervalSeries } from '../marks';
import {
  baseOption,
  categoryAxis,
  grid,
  px,
  shareAxis,
  twinAxis,
  type Detail,
  type Drawing,
} from '../option';
import { percentText, rangeText, shareCells, shareColumns } from '../share-text';
import { columns, type TableView } from '../table';
import type { ChartColour, ChartEnvironment } from '../theme';
import { wrapWords } from '../wrap';

/** Distinct postings of each data role, and of all of them together. */
export interface DataRoleCounts {
  roles: { role: string; count: number }[];
  dataJobs: number;
}

const COLOURS: Record<string, ChartColour> = { de: 'role-de', da: 'role-da', ds: 'role-ds' };

interface RoleShare {
  role: string;
  colour: ChartColour;
  share: Share;
}

/** Largest first; of equal ones by name. */
export function roleShares({ roles, dataJobs }: DataRoleCounts): RoleShare[] {
  return roles
    .map(({ role, count }) => ({
      role,
      colour: COLOURS[role] ?? 'rest',
      share: share(count, dataJobs),
    }))
    .sort((a, b) => b.share.count - a.share.count || (a.role < b.role ? -1 : 1));
}

export function dataRoleShareDrawing(
  counts: DataRoleCounts,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const { theme, tight } = environment;
  const shares = roleShares(counts);
  const names = shares.map(({ role }) => role);
  const axis = categoryAxis(theme, names);
  return {
    option: {
      ...baseOption(environment),
      // Room for the label of a share near 100 %.
      grid: grid(theme, { right: tight ? 3.5 : 6.5 }),
      xAxis: shareAxis(environment),
      yAxis: [
        {
          ...axis,
          inverse: true,
          axisLabel: {
            ...axis.axisLabel,
            formatter: (role: string) => wrapWords(locale.role(role), tight ? 7 : 10).join('\n'),
            lineHeight: px(theme, 1.125),
          },
        },
        twinAxis(theme, names, true),
      ],
      series: [
        {
          id: 'share',
          type: 'bar',
          data: shares.map(({ share, colour }) => ({
            value: share.value ?? 0,
            itemStyle: { color: theme.colour[colour] },
          })),
          barWidth: px(theme, 1.5),
          emphasis: { disabled: true },
        },
        ...intervalSeries(
          theme,
          shares
            .filter(({ share }) => share.value !== null)
            .map(({ share }) => ({
              ...share,
              label: tight
                ? percentText(share, locale)
                : `${percentText(share, locale)} · ${locale.number(share.count)}`,
            })),
          0.75,
        ),
      ],
    },
    names: 'y',
    details: shares.map((row) => detail(row, locale)),
  };
}

export function dataRoleShareTable(counts: DataRoleCounts, locale: Locale): TableView {
  return {
    columns: columns(locale.t('exp.role'), ...shareColumns(locale)),
    rows: roleShares(counts).map(({ role, share }) => [
      locale.role(role),
      ...shareCells(share, locale),
    ]),
  };
}

function detail({ role, colour, share }: RoleShare, locale: Locale): Detail {
  return {
    title: locale.role(role),
    lines: [
      { label: locale.t('share.share'), value: percentText(share, locale), colour },
      { label: locale.t('share.ci'), value: rangeText(share, locale) },
      { label: locale.t('share.count'), value: locale.number(share.count) },
    ],
  };
}
