// The published build and the definitions of its figures, checked for news again and again.
import type { Client } from '../api/client';
import type { Build, Definitions } from '../api/types';
import { Resource } from './resource.svelte';

interface Read {
  build: Build;
  definitions: Definitions;
}

export class Published {
  readonly resource: Resource<Read>;
  /** Counts the builds that took the place of another one while the page was open. */
  #version = $state(0);

  constructor(client: Client, now: () => number) {
    this.resource = new Resource(async (previous) => {
      if (previous === null) {
        const [build, definitions] = await Promise.all([client.build(), client.definitions()]);
        return { build, definitions };
      }
      const build = await client.build();
      if (same(previous.build, build)) return previous;
      const definitions = await client.definitions();
      this.#version += 1;
      return { build, definitions };
    }, now);
  }

  get build(): Build | null {
    return this.resource.state.status === 'ready' ? this.resource.state.data.build : null;
  }

  get definitions(): Definitions | null {
    return this.resource.state.status === 'ready' ? this.resource.state.data.definitions : null;
  }

  /** When the server last answered; null before it did. */
  get checkedAt(): number | null {
    return this.resource.state.status === 'ready' ? this.resource.state.checkedAt : null;
  }

  get version(): number {
    return this.#version;
  }
}

/** A new store counts its builds from the start: the number alone does not identify a build. */
function same(a: Build, b: Build): boolean {
  return a.build === b.build && a.published_at === b.published_at;
}
