// The pages, in the order of the header: those that pipeline/pages/ lays out of tiles, and those with a folder
// of their own in src/pages, which are loaded when they are first opened.
import type { Component } from 'svelte';
import type { PageDefinition, TileDefinition } from '../api/types';
import type { Locale } from '../i18n/locale';
import { addMessages } from '../i18n/messages';
import type { Messages } from '../i18n/messages/language';
import { tilesOf } from '../pages/layout';
import { WORKED_EXAMPLE } from '../pages/method/example';
import type { App } from '../state/app.svelte';
import { OWN_PAGES } from '../state/route.svelte';
import type { TilesView } from '../tiles/view.svelte';

/** Pages without tiles take no notice of `view`. */
export type PageComponent = Component<{ view: TilesView }> | Component;

type Load = () => Promise<{ default: PageComponent }>;

export interface Page {
  name: string;
  /** A layout of tiles, or the scripts of a page. */
  shows: PageDefinition | Load;
  /** Asked for in one request. */
  tiles: readonly string[];
  bar: Bar;
  /** Parameters of the address that hold values chosen on this page only, and what they are values of. */
  choices: readonly Choices[];
}

export type Choices = NonNullable<TileDefinition['pick']>;

/** The filter bar is the same on all pages; what of it acts on this one. */
export type Bar =
  | 'all'
  /** All of it, but the page has a field of its own for the text. */
  | 'without text'
  /** The page holds no postings, but figures over time. */
  | 'period'
  /** An example that the page counts. */
  | 'example';

const OWN: Record<(typeof OWN_PAGES)[number], { load: Load; bar: Bar; tiles?: readonly string[] }> =
  {
    postings: {
      load: withMessages(
        () => import('../pages/postings/Postings.svelte'),
        async () => (await import('../i18n/messages/postings')).postings,
      ),
      bar: 'without text',
    },
    sql: {
      load: withMessages(
        () => import('../pages/sql/Sql.svelte'),
        async () => (await import('../i18n/messages/sql')).sql,
      ),
      bar: 'example',
    },
    method: {
      load: withMessages(
        () => import('../pages/method/Method.svelte'),
        async () => (await import('../i18n/messages/method')).method,
      ),
      bar: 'example',
      tiles: [WORKED_EXAMPLE],
    },
  };

/** A page is shown once its words are known. */
function withMessages(page: Load, messages: () => Promise<Messages>): Load {
  return async () => {
    const [loaded, words] = await Promise.all([page(), messages()]);
    addMessages(words);
    return loaded;
  };
}

/** Null: there is none of this name. */
export function pageOf(name: string | null, app: Pick<App, 'layout' | 'tile'>): Page | null {
  const definition = app.layout.pages.find((page) => page.name === name);
  if (definition === undefined) {
    const own = OWN_PAGES.find((page) => page === name);
    if (own === undefined) return null;
    const { load, bar, tiles = [] } = OWN[own];
    return { name: own, shows: load, bar, tiles, choices: [] };
  }
  const all = tilesOf(definition);
  const isSeries = (tile: string) => app.tile(tile)?.kind === 'series';
  const picks = all.flatMap((tile) => app.tile(tile)?.pick ?? []);
  const tiles = all.filter((tile) => !isSeries(tile));
  return {
    name: definition.name,
    shows: definition,
    tiles,
    bar: tiles.length === 0 && all.length > 0 ? 'period' : 'all',
    choices: picks.filter(
      ({ name }, index) => picks.findIndex((pick) => pick.name === name) === index,
    ),
  };
}

/** What a page is called in the header. */
export function pageLabel(
  name: string | null,
  { layout, locale }: Pick<App, 'layout'> & { locale: Locale },
): string {
  const definition = layout.pages.find((page) => page.name === name);
  if (definition !== undefined) return definition[`label_${locale.language}`];
  const own = OWN_PAGES.find((page) => page === name);
  return locale.t(own === undefined ? 'nosuch.title' : `nav.${own}`);
}

export function pageNames({ layout }: Pick<App, 'layout'>): string[] {
  return [...layout.pages.map(({ name }) => name), ...OWN_PAGES];
}
