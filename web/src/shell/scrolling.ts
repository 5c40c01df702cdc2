// Where the reader was on a page, for when the history leads back to it. The browser restores it by
// itself only if the page is as long at once as it was; ours grows as its figures arrive.

export class Scrolling {
  readonly #positions = new Map<unknown, number>();
  readonly #window: Window;

  constructor(window: Window) {
    this.#window = window;
  }

  /** To be called on every scroll, with the step of the history it happened in. */
  note(entry: unknown): void {
    this.#positions.set(entry, this.#window.scrollY);
  }

  positionOf(entry: unknown): number | null {
    return this.#positions.get(entry) ?? null;
  }

  /** Goes there as soon as the page is long enough, unless the reader moves first. */
  goTo(position: number): void {
    const moves = ['wheel', 'touchstart', 'keydown', 'pointerdown'] as const;
    const given = new AbortController();
    for (const move of moves) {
      this.#window.addEventListener(move, () => given.abort(), {
        once: true,
        passive: true,
        signal: given.signal,
      });
    }
    let frames = 0;
    const step = () => {
      if (given.signal.aborted) return;
      this.#window.scrollTo(0, position);
      frames += 1;
      if (Math.abs(this.#window.scrollY - position) < 2 || frames > FRAMES) given.abort();
      else this.#window.requestAnimationFrame(step);
    };
    step();
  }
}

/** Two seconds of a usual screen. */
const FRAMES = 120;
