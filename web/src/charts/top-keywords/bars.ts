// Keywords in order of postings, with the length of each one's bar.

/** Distinct postings in scope with the keyword. */
export interface KeywordCount {
  keyword: string;
  count: number;
}

export interface KeywordBar extends KeywordCount {
  /** 1 is the largest; equal counts share a rank, and the next one counts on (1, 2, 2, 4). */
  rank: number;
  /** 0..1, of the longest bar. */
  length: number;
}

/** Rows shown before the reader asks for all. */
export const FIRST_ROWS = 25;

/** Largest first; of equal ones in the order given. */
export function keywordBars(rows: readonly KeywordCount[]): KeywordBar[] {
  const sorted = [...rows].sort((a, b) => b.count - a.count);
  const largest = sorted[0]?.count ?? 0;
  return sorted.map(({ keyword, count }) => ({
    keyword,
    count,
    rank: 1 + sorted.findIndex((other) => other.count === count),
    length: largest === 0 ? 0 : count / largest,
  }));
}
