// The key figures in words, in the order of the page.
import { percentText, rangeText } from '../../charts/share-text';
import type { Locale } from '../../i18n/locale';
import { share } from '../../stats/wilson';
import type { OverviewData } from './data';

export const KPI_KEYS = ['postings', 'datajobs', 'through', 'build'] as const;
type KpiKey = (typeof KPI_KEYS)[number];

export interface Kpi {
  value: string;
  notes: string[];
}

export function kpis(data: OverviewData, locale: Locale, now: number): Record<KpiKey, Kpi> {
  const { build, dataJobs } = data;
  return {
    postings: { value: locale.number(dataJobs.postings), notes: [locale.t('kpi.postings.note')] },
    datajobs: {
      value: locale.number(dataJobs.dataJobs),
      notes: shareNotes(dataJobs.dataJobs, dataJobs.postings, locale),
    },
    through: collected(build.collected_through, locale, now),
    build: {
      value: locale.number(build.build),
      notes: [
        `${locale.shortDate(build.published_at)} ${locale.time(build.published_at)}`,
        locale.t(`origin.${build.origin}`),
      ],
    },
  };
}

function shareNotes(count: number, n: number, locale: Locale): string[] {
  const part = share(count, n);
  if (part.value === null) return [locale.t('share.none')];
  const small = part.small ? ` · ${locale.t('share.small')}` : '';
  return [
    locale.t('kpi.datajobs.note', { share: percentText(part, locale) }) + small,
    locale.t('share.interval', { range: rangeText(part, locale) }),
  ];
}

function collected(through: string | null, locale: Locale, now: number): Kpi {
  if (through === null) return { value: locale.t('kpi.through.none'), notes: [] };
  return {
    value: locale.shortDate(through),
    notes: [locale.t('kpi.through.note', { time: locale.time(through) }), locale.age(through, now)],
  };
}
