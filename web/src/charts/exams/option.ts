// Columns of the people who took and who passed exams, by year: one column per certificate, in which
// the passes are the dark part of the takers.
import type { BarSeriesOption } from 'echarts/charts';
import type { Locale } from '../../i18n/locale';
import { linesDrawing, type TimeLine } from '../lines/option';
import {
  baseOption,
  categoryAxis,
  grid,
  px,
  twinAxis,
  countAxis,
  type Detail,
  type Drawing,
} from '../option';
import { columns, type TableView } from '../table';
import type { ChartColour, ChartEnvironment } from '../theme';

export interface Exam {
  take: number | null;
  pass: number | null;
  /** From this year on the figures count other people than before. */
  newDefinition: boolean;
}

export interface ExamSeries {
  id: string;
  name: string;
  colour: ChartColour;
  /** Its name with the year in which its figures end, where those of others go on. */
  until?: string;
  /** One per year; null: no figures. */
  exams: readonly (Exam | null)[];
}

export interface ExamsInput {
  years: readonly number[];
  series: readonly ExamSeries[];
}

/** Opacity of the takers, behind the passes. */
const PALE = 0.4;

export function examsDrawing(
  { years, series }: ExamsInput,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const { theme } = environment;
  const names = years.map(String);
  const axis = categoryAxis(theme, names);
  const bars = ({ id, colour, exams }: ExamSeries, part: 'take' | 'pass'): BarSeriesOption => ({
    id: `${id}-${part}`,
    type: 'bar',
    xAxisIndex: part === 'take' ? 0 : 1,
    data: exams.map((exam) => exam?.[part] ?? null),
    barGap: '10%',
    barCategoryGap: '24%',
    barMaxWidth: px(theme, 2.25),
    itemStyle: {
      color: theme.colour[colour],
      opacity: part === 'take' ? PALE : 1,
      borderRadius: [2, 2, 0, 0],
    },
    emphasis: { disabled: true },
    z: part === 'take' ? 2 : 3,
  });
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, { top: 0.75, right: 0.5 }),
      xAxis: [
        {
          ...axis,
          axisLabel: { ...axis.axisLabel, fontSize: px(theme, 0.75), interval: 'auto' as const },
        },
        twinAxis(theme, names),
      ],
      yAxis: { ...countAxis(theme, locale.number), min: 0 },
      series: [
        ...series.map((one) => bars(one, 'take')),
        ...series.map((one) => bars(one, 'pass')),
      ],
    },
    names: 'x',
    details: years.map((year, index) => detail(year, index, series, locale)),
  };
}

/** The share of the takers who passed, as lines; a line breaks where other people are counted. */
export function rateDrawing(
  { years, series }: ExamsInput,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  return linesDrawing(
    {
      moments: years.map((year) => ({ label: String(year), title: String(year) })),
      lines: series.map(({ id, name, colour, exams, until }): TimeLine => ({
        id,
        name,
        colour,
        ...(until === undefined ? {} : { endLabel: until }),
        values: exams.map((exam) => rateOf(exam)),
        breaks: exams.flatMap((exam, index) => (exam?.newDefinition ? [index] : [])),
      })),
      format: locale.percent,
      axisFormat: (value) => `${Math.round(value * 100)}%`,
      endLabels: true,
    },
    environment,
  );
}

/** Takers, passes and their rate of each certificate, one row per year. */
export function examsTable({ years, series }: ExamsInput, locale: Locale): TableView {
  return {
    columns: columns(
      locale.t('exams.year'),
      ...series.flatMap(({ name }) => [
        locale.t('exams.take.of', { name }),
        locale.t('exams.pass.of', { name }),
        locale.t('exams.rate.of', { name }),
      ]),
    ),
    rows: years.map((year, index) => [
      String(year),
      ...series.flatMap(({ exams }) => {
        const exam = exams[index] ?? null;
        return [
          number(exam?.take, locale),
          number(exam?.pass, locale),
          rateText(rateOf(exam), locale),
        ];
      }),
    ]),
  };
}

export function rateOf(exam: Exam | null | undefined): number | null {
  if (exam == null || exam.pass === null || exam.take === null || exam.take === 0) return null;
  return exam.pass / exam.take;
}

function detail(
  year: number,
  index: number,
  series: readonly ExamSeries[],
  locale: Locale,
): Detail {
  return {
    title: String(year),
    lines: series.map(({ name, colour, exams }) => {
      const exam = exams[index];
      const text =
        exam == null
          ? NOTHING
          : locale.t('exams.detail', {
              take: number(exam.take, locale),
              pass: number(exam.pass, locale),
              rate: rateText(rateOf(exam), locale),
            });
      return { label: name, value: text, colour };
    }),
  };
}

const NOTHING = '–';

function number(value: number | null | undefined, locale: Locale): string {
  return value == null ? NOTHING : locale.number(value);
}

function rateText(rate: number | null, locale: Locale): string {
  return rate === null ? NOTHING : locale.percent(rate);
}
