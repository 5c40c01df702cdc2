// The page's address as reactive state: the only store of what a reader chose, so that it can be
// shared, found again and undone by going back. A parameter stands in the address only when it was
// chosen: absence means the default. Parameters of others are left as they are, and values nobody
// offers count as not chosen.

/** The part of `window` this module needs. */
export interface AddressBar {
  location: { readonly href: string };
  history: {
    readonly state: unknown;
    pushState(data: unknown, unused: string, url: string): void;
    replaceState(data: unknown, unused: string, url: string): void;
  };
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

/** A longer value cannot be one; more values of one list are not read. */
const LONGEST_VALUE = 200;
const MOST_VALUES = 100;

export class UrlState {
  readonly #window: AddressBar;
  /** Replaced as a whole, never changed. */
  #url: URL;
  #arrival = $state.raw<'opened' | 'pushed' | 'went'>('opened');
  /** What the step was made by, while changes by the same may still go into it. */
  #run: string | null = null;

  constructor(window: AddressBar) {
    this.#window = window;
    this.#url = $state.raw(new URL(window.location.href));
    window.addEventListener('popstate', () => {
      this.#reread();
      this.#arrival = 'went';
      this.#run = null;
    });
  }

  /** How this address was reached: it opened the page, by a new step, or through the history. */
  get arrival(): 'opened' | 'pushed' | 'went' {
    return this.#arrival;
  }

  /** Tells the steps of the history apart, also those with equal addresses. */
  get entry(): unknown {
    void this.#url;
    const { state } = this.#window.history;
    return typeof state === 'object' && state !== null && 'entry' in state ? state.entry : null;
  }

  /** Path of the address, from the root of the host. */
  get path(): string {
    return this.#url.pathname;
  }

  /** A copy of the parameters. */
  get params(): URLSearchParams {
    return new URLSearchParams(this.#url.searchParams);
  }

  /**
   * Goes to an address of this site as a new step in the browser's history. Changes of one run, such as
   * the letters of a text, are one step together: those after the first take its place.
   */
  push(address: string, run: string | null = null): void {
    const next = new URL(address, this.#url);
    if (next.href === this.#url.href) return;
    const { history } = this.#window;
    if (run !== null && run === this.#run) history.replaceState(history.state, '', next.href);
    else history.pushState({ entry: Math.random() }, '', next.href);
    this.#run = run;
    this.#reread();
    this.#arrival = 'pushed';
  }

  /** The next change is a step of its own. */
  endRun(): void {
    this.#run = null;
  }

  /** The chosen value, or null when the reader chose none. */
  get<T extends string>(choice: Choice<T>): T | null {
    const value = this.#url.searchParams.get(choice.name);
    return choice.values.find((offered) => offered === value) ?? null;
  }

  /** The chosen values of a list that is not fixed, each once. */
  all(name: string): string[] {
    const values = this.#url.searchParams.getAll(name);
    const sane = values.filter((value) => value !== '' && value.length <= LONGEST_VALUE);
    return [...new Set(sane)].slice(0, MOST_VALUES);
  }

  /** Chooses one of such values, or no longer, as a new step in the browser's history. */
  toggle(name: string, value: string): void {
    const params = this.params;
    const chosen = this.all(name);
    params.delete(name);
    const next = chosen.includes(value)
      ? chosen.filter((one) => one !== value)
      : [...chosen, value];
    for (const one of next) params.append(name, one);
    this.push(address(this.#url.pathname, params, this.#url.hash));
  }

  /** Chooses a value (null: takes the choice back) as a new step in the browser's history. */
  set<T extends string>(choice: Choice<T>, value: T | null): void {
    if (this.get(choice) === value) return;
    this.push(this.href(choice, value));
  }

  /** The address that the choice would lead to, from the root of the host. */
  href<T extends string>(choice: Choice<T>, value: T | null): string {
    const params = this.params;
    if (value === null) params.delete(choice.name);
    else params.set(choice.name, value);
    return address(this.#url.pathname, params, this.#url.hash);
  }

  #reread(): void {
    this.#url = new URL(this.#window.location.href);
  }
}

/** An address of its parts; without parameters there is no question mark. */
export function address(path: string, params: URLSearchParams, hash = ''): string {
  const search = params.toString();
  return `${path}${search === '' ? '' : `?${search}`}${hash}`;
}
