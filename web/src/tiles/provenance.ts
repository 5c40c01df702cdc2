// Where figures come from, in the words that go with every picture, file and printed page.
import type { Locale } from '../i18n/locale';
import { dataDateText } from '../shell/data-date';
import type { ShownBuild } from '../shell/shown';

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
