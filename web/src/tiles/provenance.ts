// Where figures come from, in the words that go with every picture, file and printed page.
import type { Locale } from '../i18n/locale';
import { dataDate, dataDateText } from '../shell/data-date';
import type { ShownBuild } from '../shell/shown';
import type { Caption } from './exports';

/** Source, data date and what figures are of, as columns of a spreadsheet. */
export function sheetOf(
  build: ShownBuild | null,
  about: readonly string[],
  locale: Locale,
): Caption['sheet'] {
  const { t } = locale;
  const demo = build?.origin === 'generated' ? ` (${t('demo.title')})` : '';
  const name = build?.attribution[locale.language === 'ko' ? 'name_ko' : 'name_en'] ?? '';
  const parts = [...about];
  if (build !== null) parts.push(t('footer.build.old', { build: locale.number(build.build) }));
  return {
    source: [t('sheet.source'), `${name}${demo}`],
    date: [t('sheet.date'), dataDate(build)?.day ?? ''],
    about: [t('sheet.about'), parts.join(' · ')],
  };
}

/** The demo mark first where it is due, then build, date of the data and source. */
export function provenance(build: ShownBuild, locale: Locale): string[] {
  const { t } = locale;
  const name = locale.language === 'ko' ? build.attribution.name_ko : build.attribution.name_en;
  const parts = [
    t('tile.source', { name, url: build.attribution.url }),
    t('footer.build.old', { build: locale.number(build.build) }),
  ];
  const until = dataDateText(build, locale);
  if (until !== null) parts.push(until);
  if (build.origin === 'generated') parts.unshift(t('tile.demo'));
  return parts;
}
