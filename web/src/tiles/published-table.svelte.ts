// A published table as typed rows, read anew when another build was published.
import { untrack } from 'svelte';
import type { ApiError } from '../api/client';
import type { Table } from '../api/types';
import type { App } from '../state/app.svelte';
import { Resource } from '../state/resource.svelte';

export class TableResource<T> {
  readonly #resource: Resource<T[]>;

  /** To be made while a component is set up: it reads for as long as the component is there. */
  constructor(
    app: Pick<App, 'client' | 'now' | 'published' | 'selection'>,
    name: string,
    decode: (table: Table) => T[],
  ) {
    this.#resource = new Resource(
      async () => decode(await app.client.table(name, app.selection.build)),
      app.now,
    );
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
    const { state } = this.#resource;
    return state.status === 'ready' ? state.data : null;
  }

  /** Why there are no rows. */
  get error(): ApiError | null {
    const { state } = this.#resource;
    return state.status === 'failed' || state.status === 'empty' ? state.error : null;
  }

  reload(): void {
    void this.#resource.refresh();
  }
}
