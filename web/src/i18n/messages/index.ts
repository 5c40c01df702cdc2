// Everything a reader reads, in Korean and English, by typed key; one file per area. `{name}` marks a
// value to fill in, `{n|posting|postings}` a word that follows its number; both languages of a message take
// the same values. Numbers arrive already formatted.
// What every page may say is here from the start; what only one page says comes with that page
// (shell/pages.ts adds it).
import { charts } from './charts';
import { filters } from './filters';
import type { Language, Messages } from './language';
import type { method } from './method';
import { overview } from './overview';
import type { panels } from './panels';
import type { postings } from './postings';
import type { series } from './series';
import { shell } from './shell';
import type { sql } from './sql';
import { tiles } from './tiles';
import type { time } from './time';

export { LANGUAGES, type Language } from './language';

type Catalogue = typeof shell &
  typeof filters &
  typeof tiles &
  typeof overview &
  typeof charts &
  typeof series &
  typeof time &
  typeof panels &
  typeof postings &
  typeof sql &
  typeof method;

export type MessageKey = keyof Catalogue;

const known: Messages = { ...shell, ...filters, ...tiles, ...overview, ...charts };

/** Of a page that was not opened yet the messages are missing. */
export const messages = known as Catalogue;

/** Makes the messages of a page known; before, its keys stand for themselves. */
export function addMessages(more: Messages): void {
  Object.assign(known, more);
}

export function message(key: MessageKey, language: Language): string {
  return known[key]?.[language] ?? key;
}

/** The names between braces in a message, without words to choose from by their number. */
export type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Number}|${string}` ? Number : Name) | Placeholders<Rest>
  : never;

/** The values a message needs: none, or an object with one text per placeholder. */
export type Values<Key extends MessageKey> =
  Placeholders<Catalogue[Key]['en']> extends never
    ? []
    : [values: Record<Placeholders<Catalogue[Key]['en']>, string>];
