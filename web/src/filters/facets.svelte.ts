// The values of one dimension with their numbers of postings, loaded when a list is opened. Of requests
// under way only the last one counts; the list before stays meanwhile.
import { isAbort, type Client } from '../api/client';
import type { FacetValue } from '../api/types';

/** The API gives as many values of a dimension at once; larger ones are searched on the server. */
export const FACET_LIMIT = 200;

export interface FacetRequest {
  dimension: string;
  query: URLSearchParams;
  contains: string;
}

export class FacetList {
  readonly #client: Pick<Client, 'facets'>;
  #values = $state.raw<readonly CountedValue[] | null>(null);
  #failed = $state(false);
  #pending: AbortController | null = null;

  constructor(client: Pick<Client, 'facets'>) {
    this.#client = client;
  }

  /** Null while the first answer is on its way. */
  get values(): readonly CountedValue[] | null {
    return this.#values;
  }

  get failed(): boolean {
    return this.#failed;
  }

  async load({ dimension, query, contains }: FacetRequest): Promise<void> {
    this.#pending?.abort();
    const mine = (this.#pending = new AbortController());
    try {
      const { facets, period_known } = await this.#client.facets(
        { dimensions: [dimension], query, contains, limit: FACET_LIMIT },
        mine.signal,
      );
      if (mine.signal.aborted) return;
      const values = facets[dimension] ?? [];
      this.#values = period_known ? values : values.map((one) => ({ ...one, count: null }));
      this.#failed = false;
    } catch (caught) {
      if (mine.signal.aborted || isAbort(caught)) return;
      this.#failed = true;
    }
  }

  stop(): void {
    this.#pending?.abort();
  }
}

/** A value with its count; null: nothing is known of the days that are chosen. */
export type CountedValue = Omit<FacetValue, 'count'> & { count: number | null };

export interface ListedValue {
  value: string;
  label: string;
  /** Null: not among the values that were answered, or not known. */
  count: number | null;
  chosen: boolean;
}

export interface ListRequest {
  values: readonly CountedValue[];
  chosen: readonly string[];
  /** Only values below these, and chosen ones; none: all. */
  parents: readonly string[];
  search: string;
  label: (value: string) => string;
}

/** What a list shows: chosen values first when they are not among the others, then those that fit. */
export function listed({ values, chosen, parents, search, label }: ListRequest): ListedValue[] {
  const sought = folded(search);
  const fits = (value: string) =>
    sought === '' || folded(value).includes(sought) || folded(label(value)).includes(sought);
  const below = (parent: string | null) =>
    parents.length === 0 || parent === null || parents.includes(parent);
  const known = new Set(values.map(({ value }) => value));
  const missing = chosen.filter((value) => !known.has(value) && fits(value));
  return [
    ...missing.map((value) => ({ value, label: label(value), count: null, chosen: true })),
    ...values
      .filter(({ value, parent }) => fits(value) && (below(parent) || chosen.includes(value)))
      .map(({ value, count }) => ({
        value,
        label: label(value),
        count,
        chosen: chosen.includes(value),
      })),
  ];
}

/** Upper and lower case and spaces make no difference. */
function folded(text: string): string {
  return text.toLowerCase().replaceAll(/\s/g, '');
}
