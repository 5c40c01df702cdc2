// The tiles of a page: one request for all of them at each change of the selection. The answer before
// stays until the next one is there; a request that was overtaken is given up.
import { ApiError, isAbort, type Client } from '../api/client';
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
  #state = $state.raw<TilesView>({ status: 'loading', answer: null, asked: null, error: null });
  #names: string = '';
  #pending: AbortController | null = null;

  constructor(client: Pick<Client, 'tiles'>) {
    this.#client = client;
  }

  get status(): TilesStatus {
    return this.#state.status;
  }

  get answer(): TilesAnswer | null {
    return this.#state.answer;
  }

  get asked(): Filters | null {
    return this.#state.asked;
  }

  get error(): ApiError | null {
    return this.#state.error;
  }

  /** Asks for these tiles; an answer with others (of the page before) is no longer shown. */
  async load({ names, filters, query }: TilesRequest): Promise<void> {
    this.#pending?.abort();
    const mine = (this.#pending = new AbortController());
    const key = names.join(',');
    const kept = key === this.#names ? this.#state : { answer: null, asked: null };
    this.#names = key;
    const { answer, asked } = kept;
    if (names.length === 0) {
      this.#state = { status: 'ready', answer: null, asked: filters, error: null };
      return;
    }
    this.#state = {
      status: answer === null ? 'loading' : 'refreshing',
      answer,
      asked,
      error: null,
    };
    try {
      const next = await this.#client.tiles(names, query, mine.signal);
      if (mine.signal.aborted) return;
      this.#state = { status: 'ready', answer: next, asked: filters, error: null };
    } catch (caught) {
      if (mine.signal.aborted || isAbort(caught)) return;
      this.#state = { status: 'failed', answer, asked, error: asApiError(caught) };
    }
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

function asApiError(caught: unknown): ApiError {
  if (caught instanceof ApiError) return caught;
  return new ApiError('malformed', caught instanceof Error ? caught.message : String(caught));
}
