// Search interest as lines by week, and as one bar of each keyword's average share.
import { seriesColour } from '../charts/colours';
import { opacityOf, type Marks } from '../charts/chosen';
import { periodLabels, periodText, lastDayOf } from '../charts/days';
import { linesDrawing, linesTable, type LinesInput } from '../charts/lines/option';
import { baseOption, categoryAxis, grid, px, shareAxisTo, type Drawing } from '../charts/option';
import { columns, type TableView } from '../charts/table';
import type { ChartEnvironment } from '../charts/theme';
import type { Locale } from '../i18n/locale';
import { TERM, type Interest } from './interest';

/** From this day on the provider collects in another way: levels cannot be compared. */
const NEW_COLLECTION = '2022-01-01';

export function weeksDrawing(
  interest: Interest,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  return linesDrawing(weekLines(interest, locale), environment);
}

export function weeksTable(interest: Interest, locale: Locale): TableView {
  return linesTable(weekLines(interest, locale), locale.t('interest.week'));
}

export function sharesDrawing(
  { keywords }: Interest,
  terms: readonly string[],
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const { theme } = environment;
  const chosen = { [TERM]: terms };
  const axis = categoryAxis(
    theme,
    keywords.map(({ keyword }) => keyword),
  );
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, { right: 6.75 }),
      xAxis: shareAxisTo(environment, Math.max(0, ...keywords.map(({ share }) => share))),
      yAxis: { ...axis, inverse: true },
      series: [
        {
          id: 'share',
          type: 'bar',
          data: keywords.map(({ keyword, share, place }) => ({
            value: share,
            itemStyle: {
              color: theme.colour[seriesColour(place)],
              opacity: opacityOf(chosen, marksOf(keyword)),
            },
          })),
          barMaxWidth: px(theme, 1.5),
          itemStyle: { borderRadius: [0, 2, 2, 0] },
          emphasis: { disabled: true },
          label: {
            show: true,
            position: 'right',
            color: theme.colour.ink,
            fontSize: px(theme, 0.8125),
            fontWeight: 600,
            formatter: ({ dataIndex }) => {
              const one = keywords[dataIndex];
              if (one === undefined) return '';
              const share = locale.percent(one.share);
              const weeks = locale.t('interest.weeks.n', { n: locale.number(one.weeks) });
              return `${share} · ${weeks}`;
            },
          },
        },
      ],
    },
    names: 'y',
    details: keywords.map(({ keyword, place, share, mean, weeks }) => ({
      title: keyword,
      titleIn: 'ko',
      marks: marksOf(keyword),
      lines: [
        {
          label: locale.t('interest.share'),
          value: locale.percent(share),
          colour: seriesColour(place),
        },
        { label: locale.t('interest.mean'), value: locale.decimal(mean) },
        { label: locale.t('interest.weeks'), value: locale.number(weeks) },
      ],
    })),
  };
}

export function sharesTable({ keywords }: Interest, locale: Locale): TableView {
  return {
    columns: columns(
      locale.t('interest.keyword'),
      locale.t('interest.share'),
      locale.t('interest.mean'),
      locale.t('interest.weeks'),
    ),
    rows: keywords.map(({ keyword, share, mean, weeks }) => [
      keyword,
      locale.percent(share),
      locale.decimal(mean),
      locale.number(weeks),
    ]),
    namesIn: 'ko',
  };
}

/** What a click on a term chooses. */
function marksOf(term: string): Marks {
  return [{ dimension: TERM, value: term }];
}

function weekLines({ weeks, keywords }: Interest, locale: Locale): LinesInput {
  const labels = periodLabels(weeks, 'week', locale);
  const first = weeks.findIndex((week) => week >= NEW_COLLECTION);
  const breaks = first > 0 ? [first] : [];
  return {
    moments: weeks.map((week, index) => ({
      label: labels[index] ?? '',
      title: periodText(week, lastDayOf(week, 'week'), 'week', locale),
    })),
    lines: keywords.map(({ keyword, place, values }) => ({
      id: keyword,
      name: keyword,
      colour: seriesColour(place),
      values,
      breaks,
      marks: marksOf(keyword),
    })),
    format: (value) => (Number.isInteger(value) ? locale.number(value) : locale.decimal(value)),
    max: 100,
    endLabels: true,
  };
}
