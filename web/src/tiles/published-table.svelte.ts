// A published table as typed rows, read again when another build was published.
import { untrack } from 'svelte';
import type { ApiError } from '../api/client';
import type { Table } from '../api/types';
import type { App } from '../state/app.svelte';
import { Resource } from '../state/resource.svelte';

export class TableResource<T> {
  readonly #resource: Resource<{ build: number; rows: T[] }>;
  readonly #pinned: () => number | null;

  /** To be made while a component is set up: it reads for as long as the component is there. */
  constructor(
    app: Pick<App, 'client' | 'now' | 'published' | 'selection'>,
    name: string,
    decode: (table: Table) => T[],
  ) {
    this.#pinned = () => app.selection.build;
    this.#resource = new Resource(async () => {
      const table = await app.client.table(name, app.selection.build);
      return { build: table.build, rows: decode(table) };
    }, app.now);
    // A pinned build does not change when another one is published.
    const wanted = $derived(
      app.selection.build === null ? `latest ${app.published.version}` : `${app.selection.build}`,
    );
    $effect(() => {
      void wanted;
      // Loading reads what it has loaded, which is no reason to load again.
      untrack(() => void this.#resource.refresh());
    });
  }

  /** Null while they are on the way. */
  get rows(): readonly T[] | null {
    return this.#data?.rows ?? null;
  }

  /** The build that the rows are of. */
  get build(): number | null {
    return this.#data?.build ?? null;
  }

  /** Why there are no rows. */
  get error(): ApiError | null {
    const { state } = this.#resource;
    if (state.status === 'failed' || state.status === 'empty') return state.error;
    return state.status === 'ready' && this.#data === null ? state.refreshError : null;
  }

  /** Rows of another build than the one that is asked for are none; of the published one, those before. */
  get #data() {
    const { state } = this.#resource;
    if (state.status !== 'ready') return null;
    const pinned = this.#pinned();
    return pinned === null || pinned === state.data.build ? state.data : null;
  }

  reload(): void {
    void this.#resource.refresh();
  }
}
