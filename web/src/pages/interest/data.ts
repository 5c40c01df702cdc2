// Weekly search interest by keyword.
import { number, rowsOf, text } from '../../api/decode';
import type { Table } from '../../api/types';

export const SOURCE = 'visual_tables.google_trends';

export interface InterestRow {
  /** First day of the week, YYYY-MM-DD. */
  week: string;
  keyword: string;
  value: number;
}

export function interestRows(table: Table): InterestRow[] {
  return rowsOf(table, { date: text, keyword: text, value: number }).map(
    ({ date, keyword, value }) => ({ week: date.slice(0, 10), keyword, value }),
  );
}

export interface Interest {
  weeks: string[];
  /** Keywords with most interest first. */
  keywords: KeywordInterest[];
}

export interface KeywordInterest {
  keyword: string;
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

/** The weeks of which at least one day lies in the period. */
export function interestIn(
  rows: readonly InterestRow[],
  { from, to }: { from: string | null; to: string | null },
): Interest {
  const kept = rows.filter(
    ({ week }) => (from === null || lastDay(week) >= from) && (to === null || week <= to),
  );
  const weeks = [...new Set(kept.map(({ week }) => week))].sort();
  const position = new Map(weeks.map((week, index) => [week, index]));
  const values = new Map<string, (number | null)[]>();
  for (const { week, keyword, value } of kept) {
    const own = values.get(keyword) ?? weeks.map(() => null);
    own[position.get(week) ?? 0] = value;
    values.set(keyword, own);
  }
  const known = [...new Set(rows.map(({ keyword }) => keyword))].sort();
  const means = [...values].map(([keyword, values]) => {
    const there = values.filter((value) => value !== null);
    const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
    return { keyword, place: known.indexOf(keyword), values, mean, weeks: there.length };
  });
  const all = means.reduce((sum, { mean }) => sum + mean, 0);
  return {
    weeks,
    keywords: means
      .map((one) => ({ ...one, share: all === 0 ? 0 : one.mean / all }))
      .sort((a, b) => b.mean - a.mean || (a.keyword < b.keyword ? -1 : 1)),
  };
}

function lastDay(week: string): string {
  return new Date(Date.parse(`${week}T00:00:00Z`) + 6 * 86_400_000).toISOString().slice(0, 10);
}
