// Which page is shown: the first part of the path below the base of the site. Going to another page
// keeps the selection and the language, and drops what only the page before knew.
import { address, type UrlState } from './url-state.svelte';

/** Pages by the part of the path that names them. */
export const PATHS = {
  overview: '',
  time: 'time',
  skills: 'skills',
  industries: 'industries',
  regions: 'regions',
  certificates: 'certificates',
  interest: 'interest',
  postings: 'postings',
  sql: 'sql',
  method: 'method',
  embed: 'embed',
} as const;

export type PageName = keyof typeof PATHS;

export class Route {
  readonly #url: UrlState;
  /** Path of the base of the site, with a slash at the end. */
  readonly root: string;
  /** The parameters that go along to another page. */
  readonly #kept: () => URLSearchParams;
  readonly #segments = $derived.by(() => segments(this.#url.path, this.root));

  /** `base` is `document.baseURI` as the server answered it. */
  constructor(url: UrlState, base: string, kept: () => URLSearchParams) {
    this.#url = url;
    this.root = new URL('.', base).pathname;
    this.#kept = kept;
  }

  /** Null: there is nothing at this path, which the server answers with 404. */
  get page(): PageName | null {
    if (this.embed !== null) return 'embed';
    const [path = '', ...further] = this.#segments;
    if (further.length > 0 || path === PATHS.embed) return null;
    // The file of the page itself.
    if (path === 'index.html') return 'overview';
    const names = Object.keys(PATHS) as PageName[];
    return names.find((name) => PATHS[name] === path) ?? null;
  }

  /** The tile that is embedded, or null. */
  get embed(): string | null {
    const [page, tile, ...further] = this.#segments;
    if (page !== PATHS.embed || tile === undefined || tile === '') return null;
    return further.length === 0 ? tile : null;
  }

  /** Address of a page, from the root of the host. */
  href(page: Exclude<PageName, 'embed'>): string {
    return this.at(PATHS[page], this.#kept());
  }

  /** Address of a path below the base of the site. */
  at(path: string, params: URLSearchParams): string {
    return address(`${this.root}${path}`, params);
  }

  go(page: Exclude<PageName, 'embed'>, keep = true): void {
    this.#url.push(keep ? this.href(page) : `${this.root}${PATHS[page]}`);
  }

  /** Whether an address leads to a page of this site, so that no reload is needed. */
  knows(target: URL): boolean {
    if (!target.pathname.startsWith(this.root)) return false;
    const path = target.pathname.slice(this.root.length);
    const paths: string[] = Object.values(PATHS);
    return path !== PATHS.embed && paths.includes(path);
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
