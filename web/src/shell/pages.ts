// The pages, in the order of the header. A page is a folder in src/pages.
import type { MessageKey } from '../i18n/messages';

interface Page {
  key: MessageKey & `nav.${string}`;
  /** Relative to the page's base. */
  href: string;
  current: boolean;
}

export const PAGES = [
  { key: 'nav.overview', href: './', current: true },
] as const satisfies readonly Page[];
