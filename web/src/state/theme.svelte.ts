// Light or dark: as the device says, until the reader chooses. The choice is kept in this browser
// (it is a matter of the reader's eyes, not of the page's address); where storage is refused it
// lasts until the page is closed.

import { choice } from './url-state.svelte';

export const THEME_CHOICES = ['auto', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];
export type Scheme = 'light' | 'dark';

/** In the address of an embedded tile, which the embedding page decides on. */
export const THEME = choice('theme', THEME_CHOICES);

const STORAGE_KEY = 'jobtide.theme';

export interface ThemeEnvironment {
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null;
  /** Whether the device prefers dark, and news of its changes. */
  prefersDark: {
    readonly matches: boolean;
    addEventListener(type: 'change', listener: () => void): void;
  };
}

export class Theme {
  readonly #environment: ThemeEnvironment;
  #choice = $state<ThemeChoice>('auto');
  #deviceDark = $state(false);
  #printing = $state(false);

  constructor(environment: ThemeEnvironment) {
    this.#environment = environment;
    this.#choice = this.#stored();
    this.#deviceDark = environment.prefersDark.matches;
    environment.prefersDark.addEventListener('change', () => {
      this.#deviceDark = environment.prefersDark.matches;
    });
  }

  get choice(): ThemeChoice {
    return this.#choice;
  }

  /** Paper is light, whatever the reader chose. */
  get scheme(): Scheme {
    if (this.#printing) return 'light';
    if (this.#choice !== 'auto') return this.#choice;
    return this.#deviceDark ? 'dark' : 'light';
  }

  get printing(): boolean {
    return this.#printing;
  }

  /** To be called before and after the page is printed. */
  print(printing: boolean): void {
    this.#printing = printing;
  }

  choose(choice: ThemeChoice): void {
    this.#choice = choice;
    try {
      if (choice === 'auto') this.#environment.storage?.removeItem(STORAGE_KEY);
      else this.#environment.storage?.setItem(STORAGE_KEY, choice);
    } catch {
      // Storage is full or refused: the choice holds for this visit.
    }
  }

  #stored(): ThemeChoice {
    try {
      const stored = this.#environment.storage?.getItem(STORAGE_KEY);
      return THEME_CHOICES.find((choice) => choice === stored) ?? 'auto';
    } catch {
      return 'auto';
    }
  }
}

/** `window.localStorage`, or null where the browser refuses it. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
