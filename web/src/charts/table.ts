// The figures of a chart as a table of texts, for DataTable.svelte.

import type { Marks } from './chosen';

export interface TableView {
  columns: { label: string; numeric: boolean }[];
  /** One text per column; the first names the row. */
  rows: string[][];
  /** Language of the row names where it is not the page's. */
  namesIn?: string;
  /**
   * What each row stands for, where its name can be chosen as a filter; its second column is then the
   * number of its postings.
   */
  marks?: readonly (Marks | null)[];
}

export function columns(name: string, ...numeric: string[]): TableView['columns'] {
  return [{ label: name, numeric: false }, ...numeric.map((label) => ({ label, numeric: true }))];
}
