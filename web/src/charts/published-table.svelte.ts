// A published table as typed rows, read anew when another build was published.
import type { ApiError } from '../api/client';
import type { Table } from '../api/types';
import type { App } from '../state/app.svelte';
import { Resource } from '../state/resource.svelte';

export class TableResource<T> {
  readonly #resource: Resource<T[]>;

  /** To be made while a component is set up: it reads for as long as the component is there. */
  constructor(
    app: Pick<App, 'client' | 'now' | 'published'>,
    name: string,
    decode: (table: Table) => T[],
  ) {
    this.#resource = new Resource(async () => decode(await app.client.table(name)), app.now);
    $effect(() => {
      void app.published.version;
      void this.#resource.refresh();
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
