// Keywords in the answer's order, with the length of each one's bar.
import type { Absent, GroupsTile } from '../../api/types';

export interface KeywordBar {
  value: string;
  count: number;
  share: number;
  low: number;
  high: number;
  rank: [number, number];
  absent?: Absent;
  /** 0..1, of the longest bar; and where its interval begins and ends. */
  length: number;
  from: number;
  to: number;
}

/** Rows shown before the reader asks for all. */
export const FIRST_ROWS = 25;

/** `largest` is the share that the longest bar stands for. */
export function keywordBars({ rows }: Pick<GroupsTile, 'rows'>, largest: number): KeywordBar[] {
  const of = (share: number) => (largest > 0 ? Math.min(1, share / largest) : 0);
  return rows.map((row) => ({
    ...row,
    length: of(row.share),
    from: of(row.low),
    to: of(row.high),
  }));
}
