// Columns of postings by role and experience asked for. Two columns stand side by side because they
// exclude each other (experienced, open to newcomers); entry level only is drawn inside the second
// because it is part of it. What is neither is in the table and in the details, so that a role's
// figures add up to its total. Where there is little room the columns lie down.
import type { BarSeriesOption } from 'echarts/charts';
import type { Locale } from '../../i18n/locale';
import { SMALL_N } from '../../stats/wilson';
import {
  baseOption,
  categoryAxis,
  grid,
  px,
  twinAxis,
  valueAxis,
  type Detail,
  type Drawing,
} from '../option';
import { columns, type TableView } from '../table';
import type { ChartColour, ChartEnvironment, ChartTheme } from '../theme';
import { wrapWords } from '../wrap';

/** Distinct postings of one role; `entry` is part of `open`, which excludes `experienced`. */
export interface RoleExperience {
  role: string;
  total: number;
  experienced: number;
  open: number;
  entry: number;
}

/** Data jobs are the union of three of the other roles: no bars of their own. */
export const UNION_ROLE = 'datajob';

export const SERIES = {
  experienced: { label: 'exp.experienced', colour: 'exp-experienced' },
  open: { label: 'exp.open', colour: 'exp-open' },
  entry: { label: 'exp.entry', colour: 'exp-entry' },
} as const satisfies Partial<Record<keyof RoleExperience, { label: string; colour: ChartColour }>>;
type Field = keyof typeof SERIES;

/** Width that a role's name gets before it breaks. */
const NAME_EMS = 7;

/** Roles with bars, largest first; of equal ones by name. */
export function bySize(rows: readonly RoleExperience[]): RoleExperience[] {
  return rows
    .filter(({ role }) => role !== UNION_ROLE)
    .sort((a, b) => b.total - a.total || (a.role < b.role ? -1 : 1));
}

/** Postings that are neither for experienced people only nor open to newcomers. */
export function other({ total, experienced, open }: RoleExperience): number {
  return Math.max(0, total - experienced - open);
}

export function roleExperienceDrawing(
  rows: readonly RoleExperience[],
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const { theme, narrow } = environment;
  const roles = bySize(rows);
  const names = roles.map(({ role }) => role);
  const axis = categoryAxis(theme, names);
  const nameAxes = [
    {
      ...axis,
      inverse: narrow,
      axisLabel: { ...axis.axisLabel, ...nameLabel(roles, locale, theme) },
    },
    twinAxis(theme, names, narrow),
  ];
  const values = {
    ...valueAxis(theme, locale.number),
    ...(narrow ? { axisLabel: { show: false }, splitLine: { show: false } } : {}),
  };
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, narrow ? { right: 4.25 } : { top: 1.5, right: 1 }),
      ...(narrow ? { xAxis: values, yAxis: nameAxes } : { xAxis: nameAxes, yAxis: values }),
      series: series(roles, locale, theme, narrow),
    },
    names: narrow ? 'y' : 'x',
    details: roles.map((row) => detail(row, locale)),
  };
}

/** All roles, the union first; a role's columns add up to its total, the part "of which" aside. */
export function roleExperienceTable(rows: readonly RoleExperience[], locale: Locale): TableView {
  const union = rows.filter(({ role }) => role === UNION_ROLE);
  return {
    columns: columns(
      locale.t('exp.role'),
      locale.t('exp.total'),
      locale.t('exp.experienced'),
      locale.t('exp.open'),
      locale.t('exp.entry'),
      locale.t('exp.other'),
    ),
    rows: [...union, ...bySize(rows)].map((row) => [
      locale.role(row.role) + (row.total < SMALL_N ? ` (${locale.t('share.small')})` : ''),
      ...[row.total, row.experienced, row.open, row.entry, other(row)].map(locale.number),
    ]),
  };
}

function series(
  roles: RoleExperience[],
  locale: Locale,
  theme: ChartTheme,
  narrow: boolean,
): BarSeriesOption[] {
  const count = (index: number, field: Field) => locale.number(roles[index]?.[field] ?? 0);
  const bars = (field: Field): BarSeriesOption => ({
    id: field,
    type: 'bar',
    name: locale.t(SERIES[field].label),
    data: roles.map((row) => row[field]),
    barMaxWidth: px(theme, 3),
    barGap: '6%',
    barCategoryGap: narrow ? '28%' : '34%',
    itemStyle: {
      color: theme.colour[SERIES[field].colour],
      borderRadius: narrow ? [0, 2, 2, 0] : [2, 2, 0, 0],
    },
    emphasis: { disabled: true },
    label: {
      show: true,
      position: narrow ? 'right' : 'top',
      color: theme.colour.ink,
      fontSize: px(theme, 0.75),
      formatter: ({ dataIndex }) => count(dataIndex, field),
    },
  });
  const entryColour = theme.colour[SERIES.entry.colour];
  const open = bars('open');
  const entry = bars('entry');
  if (narrow) {
    // Lying bars leave no room beside the inner one: its figure stands behind the outer one.
    open.label = {
      ...open.label,
      formatter: ({ dataIndex }) =>
        `${count(dataIndex, 'open')} {entry|(${count(dataIndex, 'entry')})}`,
      rich: { entry: { color: entryColour, fontSize: px(theme, 0.75) } },
    };
    entry.label = { show: false };
  } else {
    entry.label = {
      ...entry.label,
      color: entryColour,
      position: ['100%', 0],
      offset: [px(theme, 0.25), 0],
      verticalAlign: 'middle',
    };
  }
  const onTwin = narrow ? { yAxisIndex: 1 } : { xAxisIndex: 1 };
  return [
    bars('experienced'),
    open,
    // Beside this empty series the inner bars stand exactly where the second column does.
    { ...bars('experienced'), id: 'spacer', data: roles.map(() => null), ...onTwin },
    { ...entry, z: 3, ...onTwin },
  ];
}

/** Role, its number of postings, and a word of warning where that is small. */
function nameLabel(roles: RoleExperience[], locale: Locale, theme: ChartTheme) {
  const soft = { color: theme.colour['ink-soft'], fontSize: px(theme, 0.75) };
  return {
    formatter: (_: string, index: number) => {
      const row = roles[index];
      if (row === undefined) return '';
      const total = locale.t('unit.postings', { n: locale.number(row.total) });
      const small = row.total < SMALL_N ? `\n{small|${locale.t('share.small')}}` : '';
      const name = wrapWords(locale.role(row.role), NAME_EMS).map((line) => `{name|${line}}`);
      return `${name.join('\n')}\n{n|${total}}${small}`;
    },
    rich: {
      name: { color: theme.colour.ink, fontSize: px(theme, 0.8125), fontWeight: 600 as const },
      n: soft,
      small: { ...soft, fontStyle: 'italic' as const },
    },
    lineHeight: px(theme, 1.2),
    margin: px(theme, 0.625),
  };
}

function detail(row: RoleExperience, locale: Locale): Detail {
  const line = (field: Field) => ({
    label: locale.t(SERIES[field].label),
    value: locale.number(row[field]),
    colour: SERIES[field].colour,
  });
  return {
    title: locale.role(row.role),
    lines: [
      line('experienced'),
      line('open'),
      { ...line('entry'), part: true },
      { label: locale.t('exp.other'), value: locale.number(other(row)) },
      { label: locale.t('exp.total'), value: locale.number(row.total) },
    ],
  };
}
