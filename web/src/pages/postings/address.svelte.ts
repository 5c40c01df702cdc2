// What the list keeps in the address beside the selection: its order, the posting that is open, and
// which side of a comparison it lists.
import type { App } from '../../state/app.svelte';
import type { Side } from '../../state/filters';
import { address } from '../../state/url-state.svelte';
import { readOrder, writeOrder, type Order } from './order';

const POSTING = 'posting';
const SIDE = 'side';

/** Ids are signed 64-bit numbers. */
export function isPostingId(text: string): boolean {
  return /^-?\d{1,20}$/.test(text);
}

export class ListAddress {
  readonly #app: Pick<App, 'url' | 'selection'>;

  constructor(app: Pick<App, 'url' | 'selection'>) {
    this.#app = app;
  }

  get order(): Order {
    return readOrder(this.#app.url.params);
  }

  /** Of the posting that is open what the address says, which may be no id. */
  get posting(): string | null {
    const text = this.#app.url.params.get(POSTING);
    return text === '' ? null : text;
  }

  get side(): Side {
    return this.#app.selection.comparing && this.#app.url.params.get(SIDE) === 'b' ? 'b' : 'a';
  }

  sortBy(order: Order): void {
    this.#push(writeOrder(this.#app.url.params, order));
  }

  open(id: string | null): void {
    this.#push(new URL(this.hrefOf(id), 'https://page.invalid').searchParams);
  }

  list(side: Side): void {
    const params = this.#app.url.params;
    if (side === 'a') params.delete(SIDE);
    else params.set(SIDE, side);
    this.#push(params);
  }

  /** Address of this page with a posting open (null: none). */
  hrefOf(id: string | null): string {
    const params = this.#app.url.params;
    if (id === null) params.delete(POSTING);
    else params.set(POSTING, id);
    return address(this.#app.url.path, params);
  }

  #push(params: URLSearchParams): void {
    this.#app.url.push(address(this.#app.url.path, params));
  }
}
