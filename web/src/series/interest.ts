// Weekly search interest by keyword.
import { number, optional, rowsOf, text } from '../api/decode';
import type { Table } from '../api/types';

/** Parameter of the address that holds the search terms chosen. */
export const TERM = 'term';

export interface InterestRow {
  /** First day of the week, YYYY-MM-DD. */
  week: string;
  keyword: string;
  /** The keyword's own maximum is 100. */
  value: number;
  /** On the scale of all keywords that have one, whose maximum is 100; null: not known. */
  common: number | null;
  /** Null: not stated by the table. */
  provider: string | null;
}

/** A build without the column `value_anchored` has one scale for all keywords: its `value`. */
export function interestRows(table: Table): InterestRow[] {
  const rows = rowsOf(table, {
    date: text,
    keyword: text,
    value: number,
    value_anchored: optional(number),
    provider: optional(text),
  });
  const isAnchored = table.rows.some((row) => 'value_anchored' in row);
  // What two providers measure has no common scale.
  const anchors = new Set(
    rows.flatMap(({ value_anchored, provider }) => (value_anchored == null ? [] : [provider])),
  );
  const largest = rows.reduce((most, row) => Math.max(most, row.value_anchored ?? 0), 0) || 100;
  const scaled = (value: number | null) => value && (100 * value) / largest;
  return rows.map(({ date, keyword, value, value_anchored, provider }) => ({
    week: date.slice(0, 10),
    keyword,
    value,
    common: !isAnchored ? value : anchors.size > 1 ? null : scaled(value_anchored),
    provider,
  }));
}

/** What 100 is: the maximum of all keywords, of those that have a common scale, or of each by itself. */
export type Scale = 'all' | 'some' | 'own';

export interface Interest {
  scale: Scale;
  weeks: string[];
  /** Keywords with most interest first, in the order of the alphabet where they have their own scales. */
  keywords: KeywordInterest[];
}

export interface KeywordInterest {
  keyword: string;
  provider: string | null;
  /** Among all keywords of all weeks, in the order of the alphabet: a period does not change it. */
  place: number;
  /** One per week. */
  values: (number | null)[];
  /** Over the weeks that have a value. */
  mean: number;
  weeks: number;
  /** Of the means of all keywords. */
  share: number;
}

/**
 * The weeks of which at least one day lies in the period, with the lines of the terms: of all keywords
 * where there is no term. Values are on the common scale when each of them has it.
 */
export function interestIn(
  rows: readonly InterestRow[],
  { from, to }: { from: string | null; to: string | null },
  terms: readonly string[] = [],
): Interest {
  const kept = rows.filter(
    ({ week }) => (from === null || lastDay(week) >= from) && (to === null || week <= to),
  );
  const weeks = [...new Set(kept.map(({ week }) => week))].sort();
  const position = new Map(weeks.map((week, index) => [week, index]));
  const values = new Map<string, (number | null)[]>();
  const providers = new Map<string, string | null>();
  const drawn = kept.filter(({ keyword }) => terms.length === 0 || terms.includes(keyword));
  const lacks = ({ common }: InterestRow) => common === null;
  const scale = drawn.some(lacks) ? 'own' : rows.some(lacks) ? 'some' : 'all';
  for (const { week, keyword, value, common, provider } of drawn) {
    const own = values.get(keyword) ?? weeks.map(() => null);
    own[position.get(week) ?? 0] = scale === 'own' ? value : common;
    values.set(keyword, own);
    providers.set(keyword, provider);
  }
  const known = [...new Set(rows.map(({ keyword }) => keyword))].sort();
  const means = [...values].map(([keyword, values]) => {
    const there = values.filter((value) => value !== null);
    const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
    return {
      keyword,
      provider: providers.get(keyword) ?? null,
      place: known.indexOf(keyword),
      values,
      mean,
      weeks: there.length,
    };
  });
  const all = means.reduce((sum, { mean }) => sum + mean, 0);
  return {
    scale,
    weeks,
    keywords: means
      .map((one) => ({ ...one, share: all === 0 ? 0 : one.mean / all }))
      .sort((a, b) => (scale === 'own' ? 0 : b.mean - a.mean) || a.place - b.place),
  };
}

function lastDay(week: string): string {
  return new Date(Date.parse(`${week}T00:00:00Z`) + 6 * 86_400_000).toISOString().slice(0, 10);
}
