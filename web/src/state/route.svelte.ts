// Which page is shown: the first part of the path below the base of the site. Going to another page
// keeps the selection and the language, and drops what only the page before knew.
import { address, type UrlState } from './url-state.svelte';

/** Its page is at the root of the site. */
export const FIRST = 'overview';
/** Pages that are no layout of tiles (shell/pages.ts), in the order of the header, after those that are. */
export const OWN_PAGES = ['postings', 'sql', 'method'] as const;
const EMBED = 'embed';
const pathOf = (page: string) => (page === FIRST ? '' : page);

export class Route {
  readonly #url: UrlState;
  /** Path of the base of the site, with a slash at the end. */
  readonly root: string;
  /** The parameters that go along to another page. */
  readonly #kept: () => URLSearchParams;
  /** Names of all pages: all but the first one are at the path of that name. */
  readonly #pages: () => readonly string[];
  readonly #segments = $derived.by(() => segments(this.#url.path, this.root));

  /** `base` is `document.baseURI` as the server answered it. */
  constructor(
    url: UrlState,
    base: string,
    kept: () => URLSearchParams,
    pages: () => readonly string[],
  ) {
    this.#url = url;
    this.root = new URL('.', base).pathname;
    this.#kept = kept;
    this.#pages = pages;
  }

  /** The name of a page, or null: there is nothing at this path, which the server answers with 404. */
  get page(): string | null {
    if (this.embed !== null) return EMBED;
    const [path = '', ...further] = this.#segments;
    if (further.length > 0) return null;
    // The file of the page itself.
    if (path === 'index.html') return FIRST;
    return this.#pages().find((name) => pathOf(name) === path) ?? null;
  }

  /** The tile that is embedded, or null. */
  get embed(): string | null {
    const [page, tile, ...further] = this.#segments;
    if (page !== EMBED || tile === undefined || tile === '') return null;
    return further.length === 0 ? tile : null;
  }

  /** Address of a page, from the root of the host. */
  href(page: string, params = this.#kept()): string {
    return this.at(pathOf(page), params);
  }

  /** Address of a path below the base of the site. */
  at(path: string, params: URLSearchParams): string {
    return address(`${this.root}${path}`, params);
  }

  /** Whether an address leads to a page of this site, so that no reload is needed. */
  knows(target: URL): boolean {
    if (!target.pathname.startsWith(this.root)) return false;
    const path = target.pathname.slice(this.root.length);
    return this.#pages().some((name) => pathOf(name) === path);
  }
}

/** One slash at the end does not matter. */
function segments(path: string, root: string): string[] {
  if (!path.startsWith(root)) return [];
  return path.slice(root.length).replace(/\/$/, '').split('/').map(decoded);
}

/** What is not UTF-8 stays as it is written, and names nothing. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
