// Where figures of exams are from, in words.
import type { Locale } from '../i18n/locale';
import type { MessageKey } from '../i18n/messages';

/** `sources` as the table has them; one without a name is written as its code. */
export function sourceNames(sources: readonly string[], { t }: Pick<Locale, 't'>): string {
  const names = sources.map((source) => {
    const key = `certificates.from.${source}` as MessageKey & `certificates.from.${string}`;
    const known: string = t(key);
    return known === key ? source : known;
  });
  return names.join(', ');
}
