// The statements that were run last, kept in this browser. Where storage is refused they last until
// the page is closed.

const STORAGE_KEY = 'jobtide.sql';
export const KEPT_STATEMENTS = 20;
/** A longer statement is not worth a place in the browser's storage. */
const LONGEST = 20_000;

type StatementStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export class History {
  readonly #storage: StatementStorage | null;
  #statements = $state.raw<readonly string[]>([]);

  constructor(storage: StatementStorage | null) {
    this.#storage = storage;
    this.#statements = this.#read() ?? [];
  }

  /** The last one first, each once. */
  get statements(): readonly string[] {
    return this.#statements;
  }

  add(statement: string): void {
    const tidy = statement.trim();
    if (tidy === '' || tidy.length > LONGEST) return;
    // Another tab may have run something since.
    const before = this.#read() ?? this.#statements;
    this.#statements = [tidy, ...before.filter((other) => other !== tidy)].slice(
      0,
      KEPT_STATEMENTS,
    );
    this.#write();
  }

  clear(): void {
    this.#statements = [];
    try {
      this.#storage?.removeItem(STORAGE_KEY);
    } catch {
      // Storage is refused: nothing was kept there.
    }
  }

  #write(): void {
    try {
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify(this.#statements));
    } catch {
      // Storage is full or refused: the statements hold for this visit.
    }
  }

  /** Null where nothing can be read. */
  #read(): readonly string[] | null {
    try {
      const stored = this.#storage?.getItem(STORAGE_KEY) ?? null;
      if (stored === null) return null;
      const parsed: unknown = JSON.parse(stored);
      if (!Array.isArray(parsed)) return null;
      const texts = parsed.filter((text): text is string => typeof text === 'string');
      return texts.slice(0, KEPT_STATEMENTS);
    } catch {
      return null;
    }
  }
}
