// What option builders need of the app to name things: the reader's language and the build's labels.
import type { Locale } from '../i18n/locale';

export interface Words {
  readonly locale: Locale;
  /** A value of a dimension in the reader's language. */
  label(dimension: string, value: string): string;
  /** A dimension in the reader's language. */
  dimensionLabel(name: string): string;
}
