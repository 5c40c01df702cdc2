// One language with its words, numbers and dates. Immutable: a change of language makes a new one.
// Days and times are those of Korea, whatever the reader's time zone: the data are.
import { LANGUAGES, message, type Language, type MessageKey, type Values } from './messages';

const TIME_ZONE = 'Asia/Seoul';
const TAGS: Record<Language, string> = { ko: 'ko-KR', en: 'en-GB' };

export interface Locale {
  readonly language: Language;
  t<Key extends MessageKey>(key: Key, ...values: Values<Key>): string;
  number(value: number): string;
  /** With one decimal. */
  decimal(value: number): string;
  /** A share 0..1 as percent with one decimal. */
  percent(value: number): string;
  date(instant: string): string;
  /** The date in figures or short names, for tight places. */
  shortDate(instant: string): string;
  time(instant: string | number): string;
  dateTime(instant: string | number): string;
  /** How long before `now` it was, in the largest fitting unit; less than a minute is now. */
  age(instant: string, now: number): string;
}

export function createLocale(language: Language): Locale {
  const tag = TAGS[language];
  const number = new Intl.NumberFormat(tag);
  const decimal = new Intl.NumberFormat(tag, {
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const percent = new Intl.NumberFormat(tag, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  });
  const date = new Intl.DateTimeFormat(tag, { dateStyle: 'long', timeZone: TIME_ZONE });
  const shortDate = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: TIME_ZONE });
  const time = new Intl.DateTimeFormat(tag, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: TIME_ZONE,
  });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'always' });

  const t: Locale['t'] = (key, ...values) => fill(message(key, language), values[0]);
  return {
    language,
    t,
    number: (value) => number.format(value),
    decimal: (value) => decimal.format(value),
    percent: (value) => percent.format(value),
    date: (instant) => date.format(new Date(instant)),
    shortDate: (instant) => shortDate.format(new Date(instant)),
    time: (instant) => time.format(new Date(instant)),
    dateTime: (instant) => `${date.format(new Date(instant))} ${time.format(new Date(instant))}`,
    age: (instant, now) => age(relative, Date.parse(instant), now) ?? t('age.now'),
  };
}

/** The first of the reader's languages that the page speaks; English where it speaks none. */
export function preferredLanguage(tags: readonly string[]): Language {
  for (const tag of tags) {
    const language = tag.toLowerCase().split('-')[0];
    const known = LANGUAGES.find((candidate) => candidate === language);
    if (known !== undefined) return known;
  }
  return 'en';
}

/** Of `{n|posting|postings}` the first is for the number 1, which is all that English needs. */
function fill(text: string, values: Record<string, string> | undefined): string {
  return text.replace(
    /\{(\w+)(?:\|([^|}]+)\|([^|}]+))?\}/g,
    (placeholder, name: string, one?: string, other?: string) =>
      (values?.[name] === '1' ? one : other) ?? values?.[name] ?? placeholder,
  );
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/** Null: less than a minute. */
function age(relative: Intl.RelativeTimeFormat, then: number, now: number): string | null {
  const elapsed = Math.max(0, now - then);
  for (const [unit, length] of UNITS) {
    if (elapsed >= length) return relative.format(-Math.floor(elapsed / length), unit);
  }
  return null;
}
