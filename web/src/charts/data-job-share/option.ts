// One 100 % bar: data jobs and the rest of the postings in scope, with the interval of the share as a
// bracket on the border between the two.
import type { Locale } from '../../i18n/locale';
import { share } from '../../stats/wilson';
import { intervalSeries } from '../marks';
import { baseOption, grid, px, shareAxis, twinAxis, type Drawing } from '../option';
import { percentText, shareCells, shareColumns } from '../share-text';
import { columns, type TableView } from '../table';
import type { ChartEnvironment } from '../theme';

/** Distinct postings with at least one data role, and all postings in scope. */
export interface DataJobCounts {
  dataJobs: number;
  postings: number;
}

function parts({ dataJobs, postings }: DataJobCounts) {
  return [
    { id: 'part', label: 'share.data', share: share(dataJobs, postings) },
    { id: 'rest', label: 'share.rest', share: share(postings - dataJobs, postings) },
  ] as const;
}

export function dataJobShareDrawing(
  counts: DataJobCounts,
  locale: Locale,
  environment: ChartEnvironment,
): Drawing {
  const { theme } = environment;
  const [part, rest] = parts(counts);
  const one = [''];
  return {
    option: {
      ...baseOption(environment),
      grid: grid(theme, { right: 0.5 }),
      xAxis: shareAxis(environment),
      yAxis: [twinAxis(theme, one), twinAxis(theme, one)],
      series: [
        ...[part, rest].map(({ id, label, share }) => ({
          id,
          type: 'bar' as const,
          name: locale.t(label),
          stack: 'all',
          data: [share.value ?? 0],
          barWidth: px(theme, 3),
          itemStyle: { color: theme.colour[id] },
          emphasis: { disabled: true },
        })),
        ...intervalSeries(theme, part.share.value === null ? [] : [part.share], 4),
      ],
    },
    names: 'y',
    details: [
      {
        title: locale.t('share.title'),
        lines: [part, rest].map(({ id, label, share }) => ({
          label: locale.t(label),
          value: `${locale.number(share.count)} · ${percentText(share, locale)}`,
          colour: id,
        })),
      },
    ],
  };
}

export function dataJobShareTable(counts: DataJobCounts, locale: Locale): TableView {
  return {
    columns: columns(locale.t('share.kind'), ...shareColumns(locale)),
    rows: parts(counts).map(({ label, share }) => [locale.t(label), ...shareCells(share, locale)]),
  };
}
