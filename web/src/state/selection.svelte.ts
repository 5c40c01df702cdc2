// The reader's selection. The address is its only store: every change is a step in the browser's
// history, and going back undoes it.
import type { Grain } from '../api/types';
import {
  DIMENSIONS,
  inOrder,
  isFilterParameter,
  isUnfiltered,
  NO_FILTERS,
  readFilters,
  searchText,
  sideFilters,
  swapSides,
  unreadIn,
  valuesOf,
  withValues,
  writeFilters,
  type Filters,
  type Side,
} from './filters';
import { address, type UrlState } from './url-state.svelte';

export interface SelectionEnvironment {
  url: UrlState;
  /** Names of the build's dimensions, once they are known. */
  dimensions: () => readonly string[];
  /** Parameters besides the selection that every page keeps. */
  kept: () => URLSearchParams;
}

export class Selection {
  readonly #environment: SelectionEnvironment;
  /** Everything chosen, as an immutable value. */
  readonly filters: Filters = $derived.by(() =>
    readFilters(this.#environment.url.params, this.dimensions),
  );

  constructor(environment: SelectionEnvironment) {
    this.#environment = environment;
  }

  /** Every dimension of an address, in its canonical order. */
  get dimensions(): readonly string[] {
    const further = this.#environment
      .dimensions()
      .filter((name) => !DIMENSIONS.includes(name) && !RESERVED.has(name));
    return further.length === 0 ? DIMENSIONS : [...DIMENSIONS, ...further];
  }

  /** What the address holds and cannot be read, as it stands there. */
  get unread(): string[] {
    return unreadIn(this.#environment.url.params);
  }

  values(dimension: string, side: Side = 'a'): readonly string[] {
    return valuesOf(this.filters, dimension, side);
  }

  /** What a click on a mark does: the value is chosen, or no longer. */
  toggle(dimension: string, value: string, side: Side = 'a'): void {
    const chosen = this.values(dimension, side);
    const next = chosen.includes(value)
      ? chosen.filter((other) => other !== value)
      : [...chosen, value];
    this.set(dimension, next, side);
  }

  set(dimension: string, values: readonly string[], side: Side = 'a'): void {
    this.apply(withValues(this.filters, dimension, values, side));
  }

  range(side: Side = 'a'): { from: string | null; to: string | null } {
    const { from, to } = sideFilters(this.filters, side);
    return { from, to };
  }

  setRange(one: string | null, other: string | null): void {
    const [from, to] = inOrder(one, other);
    this.apply({ ...this.filters, from, to });
  }

  /** What a click on a time does: only that time is shown, or all of it again. */
  toggleRange(from: string, to: string): void {
    const chosen = this.range();
    if (chosen.from === from && chosen.to === to) this.setRange(null, null);
    else this.setRange(from, to);
  }

  get text(): string {
    return this.filters.text;
  }

  /** Until `endText`, or a change of something else, one text after the other is one step. */
  setText(text: string): void {
    this.apply({ ...this.filters, text: searchText(text) }, TEXT_RUN);
  }

  /** To be called when the reader leaves the field. */
  endText(): void {
    this.#environment.url.endRun();
  }

  get comparing(): boolean {
    return this.filters.versus !== null;
  }

  /** Compares with the same selection in which the dimension has other values (none: all of them). */
  compare(dimension: string, values: readonly string[]): void {
    const versus = this.filters.versus ?? { values: {} };
    this.apply({
      ...this.filters,
      versus: { ...versus, values: { ...versus.values, [dimension]: [...values] } },
    });
  }

  /** Compares with the same selection of another period. */
  compareRange(from: string | null, to: string | null): void {
    const versus = this.filters.versus ?? { values: {} };
    this.apply({ ...this.filters, versus: { ...versus, from, to } });
  }

  swap(): void {
    this.apply(swapSides(this.filters));
  }

  stopComparing(): void {
    this.apply({ ...this.filters, versus: null });
  }

  get build(): number | null {
    return this.filters.build;
  }

  pin(build: number | null): void {
    this.apply({ ...this.filters, build });
  }

  get grain(): Grain | null {
    return this.filters.grain;
  }

  setGrain(grain: Grain | null): void {
    this.apply({ ...this.filters, grain });
  }

  /** Takes all filters, the comparison and these choices of the page back; a pinned build stays pinned. */
  clear(choices: readonly string[] = []): void {
    const { build, grain } = this.filters;
    this.apply({ ...NO_FILTERS, build, grain }, null, choices);
  }

  get isEmpty(): boolean {
    return isUnfiltered(this.filters);
  }

  /** For the API, in canonical order. */
  query(): URLSearchParams {
    return writeFilters(this.filters, this.dimensions);
  }

  /** One side as plain filters, for what knows no comparison. */
  sideQuery(side: Side): URLSearchParams {
    return writeFilters(sideFilters(this.filters, side), this.dimensions);
  }

  /** The parameters of an address with these filters and what every page keeps. */
  parameters(filters: Filters): URLSearchParams {
    const params = writeFilters(filters, this.dimensions);
    for (const [name, value] of this.#environment.kept()) params.append(name, value);
    return params;
  }

  /**
   * Chooses all of these filters at once: one step in the history. Parameters of others stay, but for
   * those dropped.
   */
  apply(filters: Filters, run: string | null = null, dropped: readonly string[] = []): void {
    const { url } = this.#environment;
    const params = writeFilters(filters, this.dimensions);
    for (const [name, value] of url.params) {
      if (isFilterParameter(name, this.dimensions) || dropped.includes(name)) continue;
      params.append(name, value);
    }
    url.push(address(url.path, params), run);
  }
}

const TEXT_RUN = 'text';

/** Names that a dimension cannot have in an address. */
const RESERVED = new Set(['from', 'to', 'q', 'build', 'grain', 'lang', 'theme', 'tiles', 'sql']);
