// Where figures come from, in the words that go with every picture, file and printed page.
import type { Locale } from '../i18n/locale';
import { dataDate, dataDateText } from '../shell/data-date';
import { buildText, type ShownBuild } from '../shell/shown';
import type { Caption } from './exports';

/** Source, data date and what figures are of, as columns of a spreadsheet. */
export function sheetOf(
  build: ShownBuild | null,
  about: readonly string[],
  locale: Locale,
): Caption['sheet'] {
  const { t } = locale;
  const demo = build?.origin === 'generated' ? ` (${t('demo.title')})` : '';
  const names = build?.attributions.map((one) => one[`name_${locale.language}`]) ?? [];
  const parts = [...about];
  if (build !== null) parts.push(buildText(build.build, locale));
  return {
    source: [t('sheet.source'), `${names.join(', ')}${demo}`],
    date: [t('sheet.date'), dataDate(build)?.day ?? ''],
    about: [t('sheet.about'), parts.join(' · ')],
  };
}

/** The demo mark first where it is due, then build, date of the data and source. */
export function provenance(build: ShownBuild, locale: Locale): string[] {
  const { t } = locale;
  const names = build.attributions.map((one) => {
    const name = one[`name_${locale.language}`];
    return one.url === '' ? name : `${name} (${one.url})`;
  });
  const parts = [t('tile.source', { names: names.join(', ') }), buildText(build.build, locale)];
  const until = dataDateText(build, locale);
  if (until !== null) parts.push(until);
  if (build.origin === 'generated') parts.unshift(t('tile.demo'));
  return parts;
}
