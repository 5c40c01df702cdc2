// Where figures of exams are from, in words.
import type { Locale } from '../../i18n/locale';
import type { MessageKey } from '../../i18n/messages';

/** `sources` as the table has them; one without words of its own is told by its code. */
export function sourcesText(sources: readonly string[], { t }: Pick<Locale, 't'>): string {
  const names = sources.map((source) => {
    const key = `certificates.from.${source}` as MessageKey & `certificates.from.${string}`;
    const known: string = t(key);
    return known === key ? source : known;
  });
  return t('certificates.from', { names: names.join(', ') });
}
