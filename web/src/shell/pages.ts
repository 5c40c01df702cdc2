// The pages, in the order of the header. A page is a folder in src/pages; all but the overview are
// loaded when they are first opened. What a page shows of tiles is named in its tiles.ts.
import type { Component } from 'svelte';
import { addMessages, type MessageKey } from '../i18n/messages';
import type { Messages } from '../i18n/messages/language';
import { INDUSTRIES_TILES } from '../pages/industries/tiles';
import { METHOD_TILES } from '../pages/method/tiles';
import { TERM } from '../pages/interest/term';
import Overview from '../pages/overview/Overview.svelte';
import { OVERVIEW_TILES } from '../pages/overview/tiles';
import { REGIONS_TILES } from '../pages/regions/tiles';
import { SKILLS_TILES } from '../pages/skills/tiles';
import { TIME_TILES } from '../pages/time/tiles';
import type { PageName } from '../state/route.svelte';
import type { TilesView } from '../tiles/view.svelte';

/** Pages without tiles take no notice of `view`. */
export type PageComponent = Component<{ view: TilesView }> | Component;

export interface Page {
  key: Exclude<PageName, 'embed'>;
  title: MessageKey & `nav.${string}`;
  /** Null: part of the first page's scripts. */
  load: (() => Promise<{ default: PageComponent }>) | null;
  /** Asked for in one request. */
  tiles: readonly string[];
  bar: Bar;
  /** Parameters of the address that hold values chosen on this page only, and what they are values of. */
  choices?: readonly Choices[];
}

export interface Choices {
  name: string;
  of: 'filters.term';
}

/** The filter bar is the same on all pages; what of it acts on this one. */
export type Bar =
  | 'all'
  /** All of it, but the page has a field of its own for the text. */
  | 'without text'
  /** The page holds no postings, but figures over time. */
  | 'period'
  /** An example that the page counts. */
  | 'example';

export const FIRST_PAGE = Overview;

export const PAGES: readonly Page[] = [
  {
    key: 'overview',
    title: 'nav.overview',
    load: null,
    tiles: OVERVIEW_TILES,
    bar: 'all',
  },
  {
    key: 'time',
    title: 'nav.time',
    load: withMessages(
      () => import('../pages/time/Time.svelte'),
      async () => (await import('../i18n/messages/time')).time,
    ),
    tiles: TIME_TILES,
    bar: 'all',
  },
  {
    key: 'skills',
    title: 'nav.skills',
    load: withMessages(
      () => import('../pages/skills/Skills.svelte'),
      async () => (await import('../i18n/messages/skills')).skills,
    ),
    tiles: SKILLS_TILES,
    bar: 'all',
  },
  {
    key: 'industries',
    title: 'nav.industries',
    load: withMessages(
      () => import('../pages/industries/Industries.svelte'),
      async () => (await import('../i18n/messages/industries')).industries,
    ),
    tiles: INDUSTRIES_TILES,
    bar: 'all',
  },
  {
    key: 'regions',
    title: 'nav.regions',
    load: withMessages(
      () => import('../pages/regions/Regions.svelte'),
      async () => (await import('../i18n/messages/regions')).regions,
    ),
    tiles: REGIONS_TILES,
    bar: 'all',
  },
  {
    key: 'certificates',
    title: 'nav.certificates',
    load: withMessages(
      () => import('../pages/certificates/Certificates.svelte'),
      async () => (await import('../i18n/messages/certificates')).certificates,
    ),
    tiles: [],
    bar: 'period',
  },
  {
    key: 'interest',
    title: 'nav.interest',
    load: withMessages(
      () => import('../pages/interest/Interest.svelte'),
      async () => (await import('../i18n/messages/interest')).interest,
    ),
    tiles: [],
    bar: 'period',
    choices: [{ name: TERM, of: 'filters.term' }],
  },
  {
    key: 'postings',
    title: 'nav.postings',
    load: withMessages(
      () => import('../pages/postings/Postings.svelte'),
      async () => (await import('../i18n/messages/postings')).postings,
    ),
    tiles: [],
    bar: 'without text',
  },
  {
    key: 'sql',
    title: 'nav.sql',
    load: withMessages(
      () => import('../pages/sql/Sql.svelte'),
      async () => (await import('../i18n/messages/sql')).sql,
    ),
    tiles: [],
    bar: 'example',
  },
  {
    key: 'method',
    title: 'nav.method',
    load: withMessages(
      () => import('../pages/method/Method.svelte'),
      async () => (await import('../i18n/messages/method')).method,
    ),
    tiles: METHOD_TILES,
    bar: 'example',
  },
];

/** A page is shown once its words are known. */
function withMessages(
  page: () => Promise<{ default: PageComponent }>,
  messages: () => Promise<Messages>,
): () => Promise<{ default: PageComponent }> {
  return async () => {
    const [loaded, words] = await Promise.all([page(), messages()]);
    addMessages(words);
    return loaded;
  };
}

export function pageOf(name: PageName): Page {
  const page = PAGES.find(({ key }) => key === name) ?? PAGES[0];
  if (page === undefined) throw new Error('there are no pages');
  return page;
}
