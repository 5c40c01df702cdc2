// Published tables, read again when another build was published. Whoever shows rows of one table shares them:
// it is read and decoded once.
import { untrack } from 'svelte';
import { ApiError, asApiError } from '../api/client';
import type { Table } from '../api/types';
import type { App } from '../state/app.svelte';
import { Resource } from '../state/resource.svelte';

type Reader = Pick<App, 'client' | 'now' | 'published' | 'selection'>;
type Decode<T> = (table: Table) => T[];

export class PublishedTables {
  readonly #app: Reader;
  readonly #known = new Map<string, PublishedTable>();

  constructor(app: Reader) {
    this.#app = app;
  }

  /** To be called while a component is set up: the table is read for as long as the component is there. */
  read(name: string): PublishedTable {
    const table = this.#known.get(name) ?? new PublishedTable(this.#app, name);
    this.#known.set(name, table);
    $effect(() => {
      void table.wanted;
      // Loading reads what it has loaded, which is no reason to load again.
      untrack(() => table.refresh());
    });
    return table;
  }
}

export class PublishedTable {
  readonly #app: Reader;
  readonly #resource: Resource<Table>;
  /** What was read last, or is being read. */
  #asked: string | null = null;
  readonly #decoded = new WeakMap<Table, Map<Decode<unknown>, unknown[] | ApiError>>();

  constructor(app: Reader, name: string) {
    this.#app = app;
    this.#resource = new Resource(() => app.client.table(name, app.selection.build), app.now);
  }

  /** Whose rows are wanted: a pinned build does not change when another one is published. */
  get wanted(): string {
    const { build } = this.#app.selection;
    return build === null ? `latest ${this.#app.published.version}` : `${build}`;
  }

  refresh(): void {
    const { pending, state } = this.#resource;
    if (this.#asked === this.wanted && (pending || state.status === 'ready')) return;
    this.reload();
  }

  reload(): void {
    this.#asked = this.wanted;
    void this.#resource.refresh();
  }

  /** The build that the rows are of; null while they are on the way. */
  get build(): number | null {
    return this.#table?.build ?? null;
  }

  /** Null while they are on the way, or where there is an error. */
  rows<T>(decode: Decode<T>): readonly T[] | null {
    const rows = this.#table && this.#read(this.#table, decode);
    return rows instanceof ApiError ? null : rows;
  }

  /** Why there are no rows. */
  error<T>(decode: Decode<T>): ApiError | null {
    const { state } = this.#resource;
    if (state.status === 'failed' || state.status === 'empty') return state.error;
    const rows = this.#table && this.#read(this.#table, decode);
    if (rows instanceof ApiError) return rows;
    return state.status === 'ready' && rows === null ? state.refreshError : null;
  }

  #read<T>(table: Table, decode: Decode<T>): T[] | ApiError {
    const known = this.#decoded.get(table) ?? new Map<Decode<unknown>, unknown[] | ApiError>();
    this.#decoded.set(table, known);
    let rows = known.get(decode);
    if (rows === undefined) {
      try {
        rows = decode(table);
      } catch (caught) {
        rows = asApiError(caught);
      }
      known.set(decode, rows);
    }
    return rows as T[] | ApiError;
  }

  /** Rows of another build than the one that is asked for are none; of the published one, those before. */
  get #table(): Table | null {
    const { state } = this.#resource;
    if (state.status !== 'ready') return null;
    const pinned = this.#app.selection.build;
    return pinned === null || pinned === state.data.build ? state.data : null;
  }
}
