// One query after another against one build: what runs, what came of it, and what the files of it are.
// A newer build does not take the place of the one that is asked: answers are to fit together.
import {
  asApiError,
  isAbort,
  type ApiError,
  type Client,
  type QueryFormat,
} from '../../api/client';
import type { QueryAnswer } from '../../api/types';
import { ASKED_ROWS, FILE_ROWS } from './result';

export type Outcome =
  | { kind: 'none' }
  | { kind: 'running'; statement: string; since: number }
  | { kind: 'cancelled' }
  | { kind: 'failed'; statement: string; error: ApiError }
  | { kind: 'answered'; statement: string; answer: QueryAnswer };

export class Console {
  readonly #client: Pick<Client, 'sql' | 'sqlFile'>;
  readonly #now: () => number;
  #outcome = $state.raw<Outcome>({ kind: 'none' });
  #file = $state.raw<{ format: QueryFormat } | { error: ApiError } | null>(null);
  #running: AbortController | null = null;
  #loading: AbortController | null = null;

  constructor(client: Pick<Client, 'sql' | 'sqlFile'>, now: () => number) {
    this.#client = client;
    this.#now = now;
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  /** The file that is being made, or why the last one could not be. */
  get file(): { format: QueryFormat } | { error: ApiError } | null {
    return this.#file;
  }

  /** Runs a statement in place of the one that still runs. */
  async run(statement: string, build: number | null): Promise<void> {
    this.#running?.abort();
    this.#loading?.abort();
    const mine = (this.#running = new AbortController());
    this.#file = null;
    this.#outcome = { kind: 'running', statement, since: this.#now() };
    try {
      const options = { build, limit: ASKED_ROWS, signal: mine.signal };
      const answer = await this.#client.sql(statement, options);
      if (mine.signal.aborted) return;
      this.#outcome = { kind: 'answered', statement, answer };
    } catch (caught) {
      if (mine.signal.aborted || isAbort(caught)) return;
      this.#outcome = { kind: 'failed', statement, error: asApiError(caught) };
    }
  }

  cancel(): void {
    if (this.#outcome.kind !== 'running') return;
    this.#running?.abort();
    this.#outcome = { kind: 'cancelled' };
  }

  /** The answered statement once more, as a file; null when it failed or was overtaken. */
  async fileOf(format: QueryFormat): Promise<Blob | null> {
    if (this.#outcome.kind !== 'answered') return null;
    this.#loading?.abort();
    const mine = (this.#loading = new AbortController());
    const { statement, answer } = this.#outcome;
    this.#file = { format };
    try {
      const options = { build: answer.build, limit: FILE_ROWS, signal: mine.signal };
      const blob = await this.#client.sqlFile(statement, format, options);
      if (mine.signal.aborted) return null;
      this.#file = null;
      return blob;
    } catch (caught) {
      if (mine.signal.aborted || isAbort(caught)) return null;
      this.#file = { error: asApiError(caught) };
      return null;
    }
  }

  /** Ends what is under way; the page is left. */
  close(): void {
    this.#running?.abort();
    this.#loading?.abort();
  }
}
