// The tiles of a page: one request for all of them at each change of the selection. The answer before
// stays until the next one is there; a request that was overtaken is given up.
import { untrack } from 'svelte';
import { asApiError, isAbort, type ApiError, type Client } from '../api/client';
import type { SelectionAnswer, TilesAnswer } from '../api/types';
import type { Filters } from '../state/filters';

export type TilesStatus =
  /** The first answer is on its way. */
  | 'loading'
  /** An answer is shown, the next one is on its way. */
  | 'refreshing'
  | 'ready'
  /** The last request failed; an answer before it is still shown, if there was one. */
  | 'failed';

/** What a page gets to show. */
export interface TilesView {
  readonly status: TilesStatus;
  readonly answer: TilesAnswer | null;
  /** The filters that `answer` was given for; the reader's selection may be ahead of them. */
  readonly asked: Filters | null;
  readonly error: ApiError | null;
}

export interface TilesRequest {
  names: readonly string[];
  filters: Filters;
  query: URLSearchParams;
}

export class TilesLoader implements TilesView {
  readonly #client: Pick<Client, 'tiles'>;
  // Each of its own: who draws the answer has nothing to do while only the status changes.
  #status = $state<TilesStatus>('loading');
  #answer = $state.raw<TilesAnswer | null>(null);
  #asked = $state.raw<Filters | null>(null);
  #error = $state.raw<ApiError | null>(null);
  #names: string = '';
  #pending: AbortController | null = null;

  constructor(client: Pick<Client, 'tiles'>) {
    this.#client = client;
  }

  get status(): TilesStatus {
    return this.#status;
  }

  get answer(): TilesAnswer | null {
    return this.#answer;
  }

  get asked(): Filters | null {
    return this.#asked;
  }

  get error(): ApiError | null {
    return this.#error;
  }

  /** Asks for these tiles; an answer with others (of the page before) is no longer shown. */
  async load({ names, filters, query }: TilesRequest): Promise<void> {
    this.#pending?.abort();
    const mine = (this.#pending = new AbortController());
    const key = names.join(',');
    if (key !== this.#names) this.#show(null, null);
    this.#names = key;
    this.#error = null;
    if (names.length === 0) {
      this.#show(null, filters);
      this.#status = 'ready';
      return;
    }
    this.#status = untrack(() => this.#answer) === null ? 'loading' : 'refreshing';
    try {
      const next = await this.#client.tiles(names, query, mine.signal);
      if (mine.signal.aborted) return;
      this.#show(next, filters);
      this.#status = 'ready';
    } catch (caught) {
      if (mine.signal.aborted || isAbort(caught)) return;
      this.#status = 'failed';
      this.#error = asApiError(caught);
    }
  }

  #show(answer: TilesAnswer | null, asked: Filters | null): void {
    this.#answer = answer;
    this.#asked = asked;
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#pending?.abort();
  }
}

/** The answer's part for one side; a single selection is side a. */
export function sideAnswer(answer: TilesAnswer | null, side: 'a' | 'b'): SelectionAnswer | null {
  return answer?.selections[side === 'a' ? 0 : 1] ?? null;
}
