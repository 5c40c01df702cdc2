// Who search interest is from.
import type { Locale } from '../i18n/locale';

const GOOGLE = 'Google Trends';
const GOOGLE_PROVIDERS: readonly string[] = ['official', 'google_unofficial', 'google_trends'];

/** The providers of rows or keywords, each once. */
export function sourceText(
  of: readonly { provider: string | null }[],
  { t }: Pick<Locale, 't'>,
): string {
  const names = new Set(
    of.map(({ provider }) => {
      // A build whose table has no providers has figures of this one only.
      if (provider === null || GOOGLE_PROVIDERS.includes(provider)) return GOOGLE;
      if (provider === 'naver_datalab') return t('interest.source.naver');
      return provider === 'csv' ? t('interest.source.csv') : provider;
    }),
  );
  return t('interest.source', { of: [...names].join(', ') || GOOGLE });
}
