// What every component may ask for, built once in main.ts and handed down as a Svelte context.
import { createContext } from 'svelte';
import type { Client } from '../api/client';
import { createLocale, preferredLanguage, type Locale } from '../i18n/locale';
import { LANGUAGES } from '../i18n/messages';
import { Theme, type ThemeEnvironment } from './theme.svelte';
import { choice, UrlState, type AddressBar } from './url-state.svelte';

export const LANGUAGE = choice('lang', LANGUAGES);

export interface AppEnvironment extends ThemeEnvironment {
  window: AddressBar;
  languages: readonly string[];
  client: Client;
  now: () => number;
}

export class App {
  readonly url: UrlState;
  readonly theme: Theme;
  readonly client: Client;
  readonly now: () => number;
  /** The reader's language: as the address says, else as the browser prefers. */
  readonly locale: Locale;

  constructor(environment: AppEnvironment) {
    this.url = new UrlState(environment.window);
    this.theme = new Theme(environment);
    this.client = environment.client;
    this.now = environment.now;
    const preferred = preferredLanguage(environment.languages);
    this.locale = $derived(createLocale(this.url.get(LANGUAGE) ?? preferred));
  }
}

export const [useApp, provideApp] = createContext<App>();
