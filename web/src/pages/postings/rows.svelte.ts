// The rows of a long list, fetched a page at a time where they are looked at. What was scrolled past
// before it came is aborted; what lies far from where one reads is forgotten. All rows that are shown
// come from one build: when a page comes from another one, the older pages are dropped.
import { asApiError, type ApiError } from '../../api/client';

export const PAGE_SIZE = 100;
/** Pages kept around the ones that are seen. */
const KEPT = 40;

export interface RowsAnswer<Row> {
  build: number;
  total: number;
  rows: Row[];
}

export type LoadRows<Row, Answer extends RowsAnswer<Row>> = (
  offset: number,
  limit: number,
  signal: AbortSignal,
) => Promise<Answer>;

export class Rows<Row, Answer extends RowsAnswer<Row> = RowsAnswer<Row>> {
  readonly #load: LoadRows<Row, Answer>;
  readonly #pages = new Map<number, Row[]>();
  readonly #underWay = new Map<number, AbortController>();
  readonly #failed = new Set<number>();
  #wanted: readonly number[] = [0];
  #closed = false;
  #version = $state(0);
  #answer = $state.raw<Answer | null>(null);
  #error = $state.raw<ApiError | null>(null);

  constructor(load: LoadRows<Row, Answer>) {
    this.#load = load;
  }

  /** The newest answer, without regard to which page it holds; null before the first. */
  get answer(): Answer | null {
    return this.#answer;
  }

  /** Number of rows; null before the first answer. */
  get total(): number | null {
    return this.#answer?.total ?? null;
  }

  /** The failure of a page that is looked at, until `retry` brought it. */
  get error(): ApiError | null {
    return this.#error;
  }

  /** A row, or undefined while its page is not there. */
  row(index: number): Row | undefined {
    void this.#version;
    return this.#pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE];
  }

  /** The share of the rows that are there, near or far from where one reads, that fit; 0 of none. */
  share(fits: (row: Row) => boolean): number {
    void this.#version;
    const rows = [...this.#pages.values()].flat();
    return rows.length === 0 ? 0 : rows.filter(fits).length / rows.length;
  }

  /** Fetches what is missing of the rows from `first` up to, not including, `end`. */
  look(first: number, end: number): void {
    if (this.#closed) return;
    const from = Math.floor(Math.max(0, first) / PAGE_SIZE);
    const to = Math.floor((Math.max(end, first + 1) - 1) / PAGE_SIZE);
    this.#wanted = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    for (const [page, controller] of this.#underWay) {
      if (this.#wanted.includes(page)) continue;
      this.#underWay.delete(page);
      controller.abort();
    }
    if (this.#error === null) this.#fetchWanted();
    this.#forgetFar(from, to);
  }

  retry(): void {
    if (this.#closed) return;
    this.#failed.clear();
    this.#fetchWanted();
    this.#forgive();
  }

  /** Ends everything under way; the rows are of no use afterwards. */
  close(): void {
    this.#closed = true;
    for (const controller of this.#underWay.values()) controller.abort();
    this.#underWay.clear();
  }

  #fetchWanted(): void {
    for (const page of this.#wanted) {
      if (!this.#pages.has(page) && !this.#underWay.has(page)) void this.#fetch(page);
    }
  }

  async #fetch(page: number): Promise<void> {
    const controller = new AbortController();
    this.#underWay.set(page, controller);
    try {
      const answer = await this.#load(page * PAGE_SIZE, PAGE_SIZE, controller.signal);
      if (this.#underWay.get(page) !== controller) return;
      this.#underWay.delete(page);
      this.#take(page, answer);
      this.#forgive();
    } catch (caught) {
      if (this.#underWay.get(page) !== controller) return;
      this.#underWay.delete(page);
      this.#failed.add(page);
      this.#error = asApiError(caught);
    }
  }

  /** A failure is over when nothing failed since, and nothing is still under way that may. */
  #forgive(): void {
    if (this.#failed.size === 0 && this.#underWay.size === 0) this.#error = null;
  }

  #take(page: number, answer: Answer): void {
    const another = this.#answer !== null && this.#answer.build !== answer.build;
    if (another) this.#pages.clear();
    this.#pages.set(page, answer.rows);
    this.#answer = answer;
    this.#version++;
    if (another) this.#fetchWanted();
  }

  #forgetFar(from: number, to: number): void {
    for (const page of this.#pages.keys()) {
      if (page < from - KEPT || page > to + KEPT) this.#pages.delete(page);
    }
  }
}
