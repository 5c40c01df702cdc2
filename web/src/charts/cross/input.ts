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
  /** What shares are of: the postings of each row that state a part, or those of the tile. */
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
  /** 0..1 of the row's `of`; null where that is no posting. */
  share: number | null;
  low: number;
  high: number;
  opacity: number;
  marks: Marks;
}

export function cellsOf(input: CrossInput, row: CrossRow, words: Words): Cell[] {
  const { tile, by, chosen } = input;
  const whole = row.of;
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
      share: whole === 0 || row.absent === 'unknown' ? null : count / whole,
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

/** The postings that a row's shares are of, or without such shares those that it counts. */
export function basisOf({ sharesOf }: Pick<CrossInput, 'sharesOf'>, row: CrossRow): number {
  return sharesOf === 'row' ? row.of : row.count;
}

/** What a row is of: its postings, and how many of them count in its shares where that is not all. */
export function ofText(input: CrossInput, row: CrossRow, { locale }: Words): string {
  if (row.absent === 'unknown') return locale.t('share.outside');
  const of = basisOf(input, row);
  const n = locale.number(row.count);
  // Where none states a part, there are no shares: the warning says so.
  if (of === row.count || of === 0) return locale.t('unit.postings', { n });
  return locale.t('share.part', { n, of: locale.number(of) });
}

/** The same in figures alone, for tight places. */
export function ofFigures(input: CrossInput, row: CrossRow, { locale }: Words): string {
  if (row.absent === 'unknown') return locale.t('share.outside');
  const of = basisOf(input, row);
  const n = locale.number(row.count);
  return of === row.count ? n : `${locale.number(of)}/${n}`;
}

/** A word of warning where a row's shares are of few postings, or of none. */
export function warningOf(input: CrossInput, row: CrossRow, { locale }: Words): string | null {
  // A row that is not there is no small sample.
  if (row.absent !== undefined) return null;
  if (isUnstated(input, row)) return locale.t('share.unstated');
  return basisOf(input, row) < SMALL_N ? locale.t('share.small') : null;
}

export function nText(input: CrossInput, row: CrossRow, words: Words, tight = false): string {
  const warning = warningOf(input, row, words);
  const of = (tight ? ofFigures : ofText)(input, row, words);
  return [of, ...(warning === null ? [] : [warning])].join(' · ');
}

/** A row none of whose postings states a part: nothing is drawn there, which is not a share of 0 %. */
export function isUnstated(input: Pick<CrossInput, 'sharesOf'>, row: CrossRow): boolean {
  return row.count > 0 && basisOf(input, row) === 0;
}

/** The postings of a row as a number only. */
export function countText({ count, absent }: CrossRow, { locale }: Words): string {
  return absent === 'unknown' ? locale.t('share.outside') : locale.number(count);
}

/**
 * All parts of a row in words, and the row's distinct postings. A bar of 100 % says what
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
      ...(row.absent === 'unknown' ? [] : cellsOf(input, row, words)).map((cell): DetailLine => ({
        label: cell.label,
        value: isUnstated(input, row)
          ? locale.t('share.unstated')
          : shares === 'bar'
            ? partText(cell, together(row), words)
            : cellText(cell, words),
        colour: cell.colour,
        series: cell.column,
        marks: cell.marks,
      })),
      { label: locale.t('cross.distinct'), value: countText(row, words) },
      ...basisLines(input, row, words),
    ],
  };
}

/** What the row's shares are of, where that is not all of its postings. */
export function basisLines(input: CrossInput, row: CrossRow, words: Words): DetailLine[] {
  const of = basisOf(input, row);
  if (of === row.count || of === 0) return [];
  return [{ label: words.locale.t('cross.of'), value: ofText(input, row, words) }];
}

function partText({ count }: Cell, whole: number, { locale }: Words): string {
  const part = whole === 0 ? '' : `${locale.percent(count / whole)} · `;
  return `${part}${locale.number(count)}`;
}

function cellText({ count, share, low, high }: Cell, { locale }: Words): string {
  if (share === null) return locale.number(count);
  const interval = intervalText({ low, high }, locale);
  return `${locale.number(count)} · ${locale.percent(share)} (${interval})`;
}
