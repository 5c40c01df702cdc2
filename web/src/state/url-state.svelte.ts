// What a reader chose, kept in the page's address so that it can be shared and found again.
// A parameter stands in the address only when it was chosen: absence means the default.
// Parameters of others are left as they are, and values nobody offers count as not chosen.
import { SvelteURLSearchParams } from 'svelte/reactivity';

/** The part of `window` this module needs. */
export interface AddressBar {
  location: { readonly href: string };
  history: { pushState(data: unknown, unused: string, url: string): void };
  addEventListener(type: 'popstate', listener: () => void): void;
}

/** One choice among a fixed list, by its name in the address. */
export interface Choice<T extends string> {
  readonly name: string;
  readonly values: readonly T[];
}

export function choice<const T extends string>(name: string, values: readonly T[]): Choice<T> {
  return { name, values };
}

export class UrlState {
  readonly #window: AddressBar;
  #params: SvelteURLSearchParams;

  constructor(window: AddressBar) {
    this.#window = window;
    this.#params = new SvelteURLSearchParams(new URL(window.location.href).search);
    window.addEventListener('popstate', () => this.#reread());
  }

  /** The chosen value, or null when the reader chose none. */
  get<T extends string>(choice: Choice<T>): T | null {
    const value = this.#params.get(choice.name);
    return choice.values.find((offered) => offered === value) ?? null;
  }

  /** Chooses a value (null: takes the choice back) as a new step in the browser's history. */
  set<T extends string>(choice: Choice<T>, value: T | null): void {
    if (this.get(choice) === value) return;
    this.#window.history.pushState(null, '', this.href(choice, value));
    this.#reread();
  }

  /** The address, relative to this page, that the choice would lead to. */
  href<T extends string>(choice: Choice<T>, value: T | null): string {
    const params = new URLSearchParams(this.#params.toString());
    if (value === null) params.delete(choice.name);
    else params.set(choice.name, value);
    const { pathname, hash } = new URL(this.#window.location.href);
    const search = params.toString();
    return `${pathname}${search === '' ? '' : `?${search}`}${hash}`;
  }

  /** The address of another page, relative to this one's base, that keeps the given choices. */
  link(path: string, ...kept: Choice<string>[]): string {
    const params = new URLSearchParams();
    for (const choice of kept) {
      const value = this.get(choice);
      if (value !== null) params.set(choice.name, value);
    }
    const search = params.toString();
    return search === '' ? path : `${path}?${search}`;
  }

  #reread(): void {
    const next = new URL(this.#window.location.href).searchParams;
    for (const name of [...this.#params.keys()]) if (!next.has(name)) this.#params.delete(name);
    for (const [name, value] of next) this.#params.set(name, value);
  }
}
