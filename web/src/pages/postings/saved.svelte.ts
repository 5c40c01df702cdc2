// Named views: what was chosen and how it was sorted, as the query of an address, kept in this
// browser. Storage may be full or refused, and its content may be anybody's: both are kept apart from
// success, and what cannot be read counts as no views.

const STORAGE_KEY = 'jobtide.views';
export const LONGEST_NAME = 80;

export interface SavedView {
  name: string;
  /** Query of an address, without the question mark. */
  query: string;
}

export type SaveOutcome = 'saved' | 'blank' | 'taken' | 'refused';

type ViewStorage = Pick<Storage, 'getItem' | 'setItem'>;

export class SavedViews {
  readonly #storage: ViewStorage | null;
  #views = $state.raw<readonly SavedView[]>([]);

  constructor(storage: ViewStorage | null) {
    this.#storage = storage;
    this.#views = this.#read();
  }

  get views(): readonly SavedView[] {
    return this.#views;
  }

  /** Keeps a view under a name that no other has; names differ by more than spaces and case. */
  save(name: string, query: string): SaveOutcome {
    const tidy = name.trim().replace(/\s+/g, ' ').slice(0, LONGEST_NAME);
    if (tidy === '') return 'blank';
    // Another tab may have saved something since.
    const views = this.#read();
    if (views.some((view) => same(view.name, tidy))) return 'taken';
    return this.#write([...views, { name: tidy, query }]) ? 'saved' : 'refused';
  }

  /** Whether the view is gone from storage too. */
  remove(name: string): boolean {
    return this.#write(this.#read().filter((view) => view.name !== name));
  }

  #write(views: readonly SavedView[]): boolean {
    try {
      if (this.#storage === null) return false;
      this.#storage.setItem(STORAGE_KEY, JSON.stringify(views));
    } catch {
      return false;
    }
    this.#views = views;
    return true;
  }

  #read(): readonly SavedView[] {
    try {
      const parsed: unknown = JSON.parse(this.#storage?.getItem(STORAGE_KEY) ?? '[]');
      return Array.isArray(parsed) ? parsed.filter(isView) : [];
    } catch {
      return [];
    }
  }
}

function same(a: string, b: string): boolean {
  return a.toLocaleLowerCase() === b.toLocaleLowerCase();
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const { name, query } = value as Partial<SavedView>;
  return typeof name === 'string' && name !== '' && typeof query === 'string';
}
