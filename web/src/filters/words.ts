// A selection in words: for chips, for what is printed and exported, and for the names of both sides of
// a comparison.
import type { UnknownValue } from '../api/types';
import type { Locale } from '../i18n/locale';
import {
  SIDES,
  sideFilters,
  withoutVersus,
  withValues,
  type Filters,
  type PlainFilters,
  type Side,
} from '../state/filters';

/** The app, as far as words need it. */
export interface Words {
  locale: Locale;
  label(dimension: string, value: string): string;
  dimensionLabel(dimension: string): string;
}

/** One thing chosen, which can be taken back by itself. */
export interface Chip {
  key: string;
  side: Side;
  /** What it is a value of, in the reader's language. */
  of: string;
  label: string;
  kind: 'values' | 'period' | 'text';
  /** The build does not have this value: nothing matches. */
  unknown: boolean;
  /** Everything chosen but this. */
  without: Filters;
}

/** Everything chosen, in the order of the address: first what is common or of side a, then of side b. */
export function chips(
  filters: Filters,
  unknown: readonly (readonly UnknownValue[])[],
  words: Words,
): Chip[] {
  const sides: readonly Side[] = filters.versus === null ? ['a'] : SIDES;
  return sides.flatMap((side, at) => sideChips(filters, side, unknown[at] ?? [], words));
}

/** Of side b only what differs. */
function sideChips(
  filters: Filters,
  side: Side,
  unknown: readonly UnknownValue[],
  words: Words,
): Chip[] {
  const { t } = words.locale;
  const { versus } = filters;
  const b = side === 'b';
  const own = sideFilters(filters, side);
  const given = b && versus !== null ? versus : filters;
  const plain = { side, unknown: false };
  const all = Object.entries(given.values).flatMap(([dimension, values]): Chip[] => {
    const of = words.dimensionLabel(dimension);
    const key = `${side} ${dimension}`;
    const ended = b ? withoutVersus(filters, { kind: 'dimension', name: dimension }) : null;
    if (values.length === 0 && ended !== null) {
      return [{ ...plain, key, kind: 'values', of, label: t('filters.any'), without: ended }];
    }
    return values.map((value) => {
      const kept = values.filter((other) => other !== value);
      return {
        ...plain,
        key: `${key} ${value}`,
        kind: 'values',
        of,
        label: words.label(dimension, value),
        unknown: unknown.some((one) => one.dimension === dimension && one.value === value),
        without: (kept.length === 0 && ended) || withValues(filters, dimension, kept, side),
      };
    });
  });
  if (
    b ? versus?.from !== undefined || versus?.to !== undefined : periodText(own, words) !== null
  ) {
    all.push({
      ...plain,
      kind: 'period',
      key: `${side} period`,
      of: t('filters.period'),
      label: periodText(own, words) ?? t('filters.any'),
      without: b
        ? withoutVersus(filters, { kind: 'period' })
        : { ...filters, from: null, to: null },
    });
  }
  if (b ? versus?.text !== undefined : own.text !== '') {
    all.push({
      ...plain,
      kind: 'text',
      key: `${side} text`,
      of: t('filters.text'),
      label: own.text === '' ? t('filters.any') : quoted(own.text, words),
      without: b ? withoutVersus(filters, { kind: 'text' }) : { ...filters, text: '' },
    });
  }
  return all;
}

/** One side as a list of sentences such as `Role: Data engineer, Data analyst`; empty without filters. */
export function filterWords(filters: PlainFilters, words: Words): string[] {
  const { t } = words.locale;
  const said = (of: string, value: string) => t('filters.said', { of, value });
  const all = Object.entries(filters.values).map(([dimension, values]) =>
    said(
      words.dimensionLabel(dimension),
      values.map((value) => words.label(dimension, value)).join(', '),
    ),
  );
  const period = periodText(filters, words);
  if (period !== null) all.push(said(t('filters.period'), period));
  if (filters.text !== '') all.push(said(t('filters.text'), quoted(filters.text, words)));
  return all;
}

/** Each selection in one line, with the mark of its side when two are compared. */
export function selectionLines(filters: Filters, words: Words): string[] {
  const line = (side: Side) => {
    const said = filterWords(sideFilters(filters, side), words).join(' · ');
    return said === '' ? words.locale.t('filters.none') : said;
  };
  if (filters.versus === null) return [line('a')];
  return [`A: ${line('a')}`, `B: ${line('b')}`];
}

/** What makes one side of a comparison differ from the other; empty when nothing is compared. */
export function sideName(filters: Filters, side: Side, words: Words): string {
  const { versus } = filters;
  if (versus === null) return '';
  const { t } = words.locale;
  const own = sideFilters(filters, side);
  const parts = Object.keys(versus.values).map((dimension) => {
    const values = own.values[dimension] ?? [];
    if (values.length > 0) return values.map((value) => words.label(dimension, value)).join(', ');
    return t('filters.said', { of: words.dimensionLabel(dimension), value: t('filters.any') });
  });
  if (versus.from !== undefined || versus.to !== undefined) {
    parts.push(
      periodText(own, words) ??
        t('filters.said', { of: t('filters.period'), value: t('filters.any') }),
    );
  }
  if (versus.text !== undefined) {
    parts.push(
      own.text === ''
        ? t('filters.said', { of: t('filters.text'), value: t('filters.any') })
        : quoted(own.text, words),
    );
  }
  return parts.join(' · ');
}

/** More values of one dimension are not named in a title. */
const TITLE_VALUES = 3;

/** What is chosen in the short form of a title; for a comparison what is common, and both sides. */
export function titleWords(filters: Filters, words: Words): string[] {
  const common = commonWords(filters, words);
  if (filters.versus === null) return common;
  const [a, b] = [sideName(filters, 'a', words), sideName(filters, 'b', words)];
  return [words.locale.t('filters.versus', { a, b }), ...common];
}

/** The same as parts of a file's name: each side of a comparison is one. */
export function fileWords(filters: Filters, words: Words): string[] {
  const common = commonWords(filters, words);
  if (filters.versus === null) return common;
  return [...SIDES.map((side) => sideName(filters, side, words)), ...common];
}

/** Values that hold for both sides, without what they are values of. */
function commonWords(filters: Filters, words: Words): string[] {
  const { versus } = filters;
  const all = Object.entries(filters.values)
    .filter(([dimension]) => versus?.values[dimension] === undefined)
    .map(([dimension, values]) => {
      const named = values.slice(0, TITLE_VALUES).map((value) => words.label(dimension, value));
      return `${named.join(', ')}${values.length > TITLE_VALUES ? '…' : ''}`;
    });
  const period = periodText(filters, words);
  if (period !== null && versus?.from === undefined && versus?.to === undefined) all.push(period);
  if (filters.text !== '' && versus?.text === undefined) all.push(quoted(filters.text, words));
  return all;
}

/** Null: any day. */
export function periodText(
  { from, to }: Pick<PlainFilters, 'from' | 'to'>,
  { locale }: Pick<Words, 'locale'>,
): string | null {
  if (from === null && to === null) return null;
  if (to === null) return locale.t('filters.since', { day: from ?? '' });
  if (from === null) return locale.t('filters.until', { day: to });
  return from === to ? from : `${from} – ${to}`;
}

function quoted(text: string, { locale }: Words): string {
  return locale.t('filters.quoted', { text });
}
