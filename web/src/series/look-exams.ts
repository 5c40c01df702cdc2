// Tiles of exams: takers and passes, and pass rates, by year.
import { seriesColour } from '../charts/colours';
import { earlyEnds, ended, endedText, type Last } from '../charts/ended';
import {
  examsDrawing,
  examsTable,
  rateDrawing,
  type ExamSeries,
  type ExamsInput,
} from '../charts/exams/option';
import { choosable } from '../charts/option';
import { addMessages, type MessageKey } from '../i18n/messages';
import { certificates as words } from '../i18n/messages/certificates';
import { series } from '../i18n/messages/series';
import type { App } from '../state/app.svelte';
import { optionOf, type Series, type SeriesLook, type Shown } from '../tiles/looks';
import { byYear, certificatesOf, examRows, lastYear, type ExamRow } from './exams';
import { sourceNames } from './exam-sources';

addMessages({ ...words, ...series });

type Look = SeriesLook<ExamRow, ExamsInput>;

function read(
  rows: readonly ExamRow[],
  shown: Shown,
  app: App,
  dataDate: string | null,
): Series<ExamsInput> {
  const { locale } = app;
  const { t } = locale;
  const { definition } = shown;
  const certificates = certificatesOf(rows, definition);
  const stage = optionOf(shown, app)?.value ?? definition.values.stage?.[0] ?? 'final';
  const { years, exams } = byYear(rows, certificates, stage, app.selection.range());
  const name = (cert: string) => {
    const key = `cert.${cert}` as MessageKey & `cert.${string}`;
    const known = t(key);
    return known === key ? (rows.find((row) => row.cert === cert)?.name ?? cert) : known;
  };
  /** Of all years, whichever are chosen. */
  const lasts = certificates.flatMap((cert): Last[] => {
    const year = lastYear(rows, cert, stage);
    if (year === null) return [];
    const date = t('data.until.year', { year: String(year) });
    return [{ name: name(cert), day: `${year}-12-31`, date }];
  });
  const ends = earlyEnds(ended(lasts, dataDate, 'year'), lasts, locale);
  const data = {
    years,
    series: certificates.map((cert, index): ExamSeries => {
      const until = ends[name(cert)];
      return {
        id: cert,
        name: name(cert),
        ...(until === undefined ? {} : { until }),
        colour: seriesColour(index),
        exams: exams[cert] ?? [],
      };
    }),
  };
  const [from, to] = [years[0], years.at(-1)];
  const shownSources = Object.values(exams).flat();
  return {
    data,
    absent: certificates.length === 0,
    table: examsTable(data, locale),
    legend: data.series.map(({ name, until = name, colour }) => ({ label: until, colour })),
    notes: data.series.flatMap(({ name, exams }) =>
      exams.flatMap((exam, index) =>
        exam?.newDefinition ? [t('certificates.break', { name, year: String(years[index]) })] : [],
      ),
    ),
    span:
      from === undefined || to === undefined
        ? null
        : t('data.range', { from: String(from), to: String(to) }),
    until: endedText(lasts, dataDate, 'year', locale),
    from: sourceNames([...new Set(shownSources.flatMap((exam) => exam?.source ?? []))], locale),
    chosen: [],
    kept: [],
  };
}

const common: Pick<Look, 'decode' | 'height' | 'choose'> = {
  decode: examRows,
  height: () => 19,
  choose: (_, index, { years }, app) => {
    const year = years[index];
    if (year !== undefined) app.selection.toggleRange(`${year}-01-01`, `${year}-12-31`);
  },
};

export const exams: Look = {
  ...common,
  read: (rows, shown, app, date) => {
    const { t } = app.locale;
    const series = read(rows, shown, app, date);
    const legend = [
      ...series.legend,
      { label: t('exams.take'), colour: 'rest' as const, pale: true },
      { label: t('exams.pass'), colour: 'rest' as const },
    ];
    return { ...series, legend };
  },
  draw: (data, { locale }, environment) => choosable(examsDrawing(data, locale, environment)),
};

export const rates: Look = {
  ...common,
  read,
  draw: (data, { locale }, environment) => choosable(rateDrawing(data, locale, environment)),
  parts: 'lines',
  follows: true,
};
