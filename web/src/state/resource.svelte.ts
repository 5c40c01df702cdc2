// Something loaded from the server, with what a page shows meanwhile. Of several loads under way only
// the one started last counts. Once there are data, a failing refresh never takes them away: it is
// reported beside them.
import { asApiError, type ApiError } from '../api/client';

export type ResourceState<T> =
  | { status: 'loading' }
  | { status: 'empty'; error: ApiError }
  | { status: 'failed'; error: ApiError }
  | { status: 'ready'; data: T; checkedAt: number; refreshError: ApiError | null };

export class Resource<T> {
  readonly #load: (previous: T | null) => Promise<T>;
  readonly #now: () => number;
  #state = $state.raw<ResourceState<T>>({ status: 'loading' });
  #pending = $state(false);
  #latest = 0;

  /** `load` gets the data shown so far and may return them as they are when nothing changed. */
  constructor(load: (previous: T | null) => Promise<T>, now: () => number) {
    this.#load = load;
    this.#now = now;
  }

  get state(): ResourceState<T> {
    return this.#state;
  }

  /** A load is under way. */
  get pending(): boolean {
    return this.#pending;
  }

  async refresh(): Promise<void> {
    const mine = ++this.#latest;
    this.#pending = true;
    let next: ResourceState<T>;
    try {
      const data = await this.#load(this.#state.status === 'ready' ? this.#state.data : null);
      next = { status: 'ready', data, checkedAt: this.#now(), refreshError: null };
    } catch (caught) {
      next = this.#failed(asApiError(caught));
    }
    if (mine !== this.#latest) return;
    this.#state = next;
    this.#pending = false;
  }

  #failed(error: ApiError): ResourceState<T> {
    if (this.#state.status === 'ready') return { ...this.#state, refreshError: error };
    return { status: error.kind === 'nothing_published' ? 'empty' : 'failed', error };
  }
}
