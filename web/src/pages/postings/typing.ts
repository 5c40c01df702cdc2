// A text as it is being typed: reported when the writer pauses, and never while a letter is being composed
// (a Korean syllable is several keys).

export const PAUSE_MS = 200;

export interface Timers {
  set: (run: () => void, ms: number) => unknown;
  clear: (timer: unknown) => void;
}

const browserTimers: Timers = {
  set: (run, ms) => setTimeout(run, ms),
  clear: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

export class TypedText {
  readonly #tell: (text: string) => void;
  readonly #timers: Timers;
  #timer: unknown = null;

  constructor(tell: (text: string) => void, timers: Timers = browserTimers) {
    this.#tell = tell;
    this.#timers = timers;
  }

  /** The field holds `text` now; `composing` while its last letter is not finished. */
  typed(text: string, composing: boolean): void {
    this.cancel();
    if (composing) return;
    this.#timer = this.#timers.set(() => this.tellNow(text), PAUSE_MS);
  }

  tellNow(text: string): void {
    this.cancel();
    this.#tell(text);
  }

  cancel(): void {
    if (this.#timer !== null) this.#timers.clear(this.#timer);
    this.#timer = null;
  }
}
