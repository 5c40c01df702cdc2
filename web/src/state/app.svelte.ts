// What every component may ask for, built once in main.ts and handed down as a Svelte context.
import { createContext } from 'svelte';
import type { Client } from '../api/client';
import type { Build, Definitions, Layout, TileDefinition } from '../api/types';
import { createLocale, preferredLanguage, type Locale } from '../i18n/locale';
import { LANGUAGES } from '../i18n/messages';
import type { Filters } from './filters';
import { labelOf } from './labels';
import { Published } from './published.svelte';
import { PublishedTables } from '../tiles/published-table.svelte';
import { OWN_PAGES, Route } from './route.svelte';
import { Selection } from './selection.svelte';
import { Theme, type ThemeEnvironment } from './theme.svelte';
import { choice, UrlState, type AddressBar } from './url-state.svelte';

export const LANGUAGE = choice('lang', LANGUAGES);

export interface AppEnvironment extends ThemeEnvironment {
  window: AddressBar;
  /** `document.baseURI` as the server answered it: the base of the site. */
  base: string;
  languages: readonly string[];
  /** As the server wrote it into the page. */
  layout: Layout;
  client: Client;
  now: () => number;
}

export class App {
  /** Scheme and host of the site, for addresses that leave the page. */
  readonly origin: string;
  readonly url: UrlState;
  readonly route: Route;
  readonly selection: Selection;
  readonly published: Published;
  readonly theme: Theme;
  readonly tables: PublishedTables;
  readonly #layout: Layout;
  /** Postings that a page lists by itself, without tiles; null while that is not known. */
  listed = $state<number | null>(null);
  /** The latest answer had names of companies: a search may offer them. */
  companies = $state(false);
  readonly client: Client;
  readonly now: () => number;
  /** The reader's language: as the address says, else as the browser prefers. */
  readonly locale: Locale;

  constructor(environment: AppEnvironment) {
    this.origin = new URL(environment.base).origin;
    this.url = new UrlState(environment.window);
    this.theme = new Theme(environment);
    this.client = environment.client;
    this.now = environment.now;
    this.published = new Published(environment.client, environment.now);
    this.#layout = environment.layout;
    this.tables = new PublishedTables(this);
    const kept = () => this.#keptByEveryPage();
    this.selection = new Selection({
      url: this.url,
      dimensions: () => this.definitions?.dimensions.map(({ name }) => name) ?? [],
      kept,
    });
    this.route = new Route(
      this.url,
      environment.base,
      () => this.selection.parameters(this.selection.filters),
      () => [...this.layout.pages.map(({ name }) => name), ...OWN_PAGES],
    );
    const preferred = preferredLanguage(environment.languages);
    // Of its own: a locale that is new at every change of the address would draw all charts again.
    const language = $derived(this.url.get(LANGUAGE) ?? preferred);
    this.locale = $derived(createLocale(language));
  }

  /** The published build, once it is known; figures of a pinned build are of another one. */
  get build(): Build | null {
    return this.published.build;
  }

  get definitions(): Definitions | null {
    return this.published.definitions;
  }

  /**
   * Tiles and pages: those that came with the page, until a server has others. What stays the same is the
   * same object, so that another build draws nothing again.
   */
  readonly layout: Layout = $derived.by(() => {
    const { definitions } = this;
    return definitions === null || same(definitions, this.#layout) ? this.#layout : definitions;
  });

  tile(name: string): TileDefinition | undefined {
    return this.layout.tiles.find((tile) => tile.name === name);
  }

  /** A value in the reader's language; one without a label is shown as it is. */
  label(dimension: string, value: string): string {
    return labelOf(this.definitions, dimension, value, this.locale.language);
  }

  /** A dimension in the reader's language. */
  dimensionLabel(name: string): string {
    const found = this.definitions?.dimensions.find((dimension) => dimension.name === name);
    return found?.[`label_${this.locale.language}`] ?? name;
  }

  /** Address of the SQL page with a statement in its editor. */
  sqlHref(sql: string, filters: Filters = this.selection.filters): string {
    const params = this.selection.parameters(filters);
    params.set('sql', sql);
    return this.route.at('sql', params);
  }

  #keptByEveryPage(): URLSearchParams {
    const language = this.url.get(LANGUAGE);
    return new URLSearchParams(language === null ? [] : [[LANGUAGE.name, language]]);
  }
}

function same(a: Layout, b: Layout): boolean {
  const text = ({ tiles, pages }: Layout) => JSON.stringify([tiles, pages]);
  return text(a) === text(b);
}

export const [useApp, provideApp] = createContext<App>();
