// What all modes of a cross chart start from.
import type { CrossRow, CrossTile } from '../../api/types';
import { SMALL_N } from '../../tiles/figure';
import { isChosen, opacityOf, type Chosen, type Marks } from '../chosen';
import { colourAmong } from '../colours';
import type { Detail, DetailLine } from '../option';
import { intervalText } from '../share-text';
import type { ChartColour } from '../theme';
import type { Words } from '../words';

/** The two dimensions: of the rows, and of the columns. */
export type By = readonly [rows: string, columns: string];

export interface CrossInput {
  tile: CrossTile;
  by: By;
  /** The shares that the answer's intervals are of: of each row's postings, or of the tile's. */
  sharesOf: 'row' | 'tile';
  chosen: Chosen;
  /** What the longest bar may be: of a part, and of all parts of a row together. */
  max: number;
  maxTotal: number;
  maxShare: number;
  /** Language of the rows' names where it is not the page's. */
  namesIn?: string;
}

/** One part of a row. */
export interface Cell {
  column: string;
  label: string;
  colour: ChartColour;
  count: number;
  /** 0..1 of what `sharesOf` says; null where that is nothing. */
  share: number | null;
  low: number;
  high: number;
  opacity: number;
  marks: Marks;
}

export function cellsOf(input: CrossInput, row: CrossRow, words: Words): Cell[] {
  const { tile, by, sharesOf, chosen } = input;
  const whole = sharesOf === 'row' ? row.count : tile.n;
  return tile.columns.map((column, index) => {
    const count = row.counts[index] ?? 0;
    const marks = [
      { dimension: by[0], value: row.value },
      { dimension: by[1], value: column },
    ];
    return {
      column,
      label: words.label(by[1], column),
      colour: colourAmong(by[1], column, index),
      count,
      share: whole === 0 ? null : count / whole,
      low: row.low[index] ?? 0,
      high: row.high[index] ?? 0,
      opacity: opacityOf(chosen, marks),
      marks,
    };
  });
}

/** Length of all parts together: postings with several values of the second dimension count in each. */
export function together(row: CrossRow): number {
  return row.counts.reduce((sum, count) => sum + count, 0);
}

export function marksOfRow(by: By, { value }: Pick<CrossRow, 'value'>): Marks {
  return [{ dimension: by[0], value }];
}

/** Name of a row, in the style of chosen ones where it is chosen. */
export function nameStyle({ by, chosen }: CrossInput, value: string): 'chosen' | 'heading' {
  return isChosen(chosen, by[0], value) ? 'chosen' : 'heading';
}

export function nText(count: number, words: Words): string {
  const n = words.locale.t('unit.postings', { n: words.locale.number(count) });
  return count < SMALL_N ? `${n} · ${words.locale.t('share.small')}` : n;
}

/**
 * All parts of a row in words, and the row's distinct postings. Of a bar of 100 % the reader is told what
 * it shows: each part of all parts together.
 */
export function rowDetail(
  input: CrossInput,
  row: CrossRow,
  words: Words,
  shares: 'answer' | 'bar' = 'answer',
): Detail {
  const { locale } = words;
  return {
    title: words.label(input.by[0], row.value),
    marks: marksOfRow(input.by, row),
    ...(input.namesIn === undefined ? {} : { titleIn: input.namesIn }),
    lines: [
      ...cellsOf(input, row, words).map((cell): DetailLine => ({
        label: cell.label,
        value: shares === 'bar' ? partText(cell, together(row), words) : cellText(cell, words),
        colour: cell.colour,
        series: cell.column,
        marks: cell.marks,
      })),
      { label: locale.t('cross.distinct'), value: locale.number(row.count) },
    ],
  };
}

function partText({ count }: Cell, whole: number, { locale }: Words): string {
  const part = whole === 0 ? '' : ` · ${locale.percent(count / whole)}`;
  return `${locale.number(count)}${part}`;
}

function cellText({ count, share, low, high }: Cell, { locale }: Words): string {
  if (share === null) return locale.number(count);
  const interval = intervalText({ low, high }, locale);
  return `${locale.number(count)} · ${locale.percent(share)} (${interval})`;
}
