// A measure by two dimensions, in one of four ways; and the same figures as a table.
import type { CrossRow } from '../../api/types';
import { chosenAmong } from '../chosen';
import type { Drawing } from '../option';
import { percentOrNothing, intervalText } from '../share-text';
import { columns, type TableView } from '../table';
import type { ChartEnvironment } from '../theme';
import type { Words } from '../words';
import { groupedDrawing, groupedLies } from './grouped';
import { cellsOf, isUnstated, marksOfRow, together, type CrossInput } from './input';
import { fieldColumns, fieldsHeight } from './fields';
import { stackedDrawing } from './stacked';

export type { CrossInput } from './input';

/** `multiples`: a small field of shares for each row. */
export const CROSS_MODES = ['grouped', 'stacked', 'percent', 'multiples'] as const;
export type CrossMode = (typeof CROSS_MODES)[number];

/** How small fields are drawn: few pages show them, so it is loaded by those. */
type Apart = typeof import('./multiples');

export function crossDrawing(
  asked: CrossInput,
  mode: CrossMode,
  words: Words,
  environment: ChartEnvironment,
  apart: Apart | null = null,
): Drawing {
  const { by, tile } = asked;
  const drawn = { [by[0]]: tile.rows.map(({ value }) => value), [by[1]]: tile.columns };
  const input = { ...asked, chosen: chosenAmong(asked.chosen, drawn) };
  if (mode === 'multiples') {
    if (apart === null) throw new Error('how to draw small fields is not loaded');
    return apart.multiplesDrawing(input, words, environment);
  }
  if (mode === 'grouped') return groupedDrawing(input, words, environment);
  return stackedDrawing(input, mode, words, environment);
}

/** Rem of the chart's height in a place of this kind. */
export function crossHeight(
  { tile }: { tile: { rows: { length: number }; columns: { length: number } } },
  mode: CrossMode,
  place: Pick<ChartEnvironment, 'wide' | 'narrow'>,
): number {
  const rows = Math.max(1, tile.rows.length);
  if (mode === 'grouped') {
    if (!groupedLies(rows, place)) return 25;
    return 0.5 + rows * Math.max(2.75, 1.125 * tile.columns.length + 0.75);
  }
  if (mode === 'multiples') {
    return fieldsHeight(rows, tile.columns.length, fieldColumns(rows, place));
  }
  return 2 + 1.625 * rows;
}

/**
 * The table of a chart that was switched to shares: what its bars show, each with its number of postings.
 * Intervals are there where they are of these shares.
 */
export function crossSharesTable(
  input: Pick<CrossInput, 'tile' | 'by' | 'sharesOf' | 'namesIn'>,
  words: Words,
): TableView {
  const { tile, by, sharesOf } = input;
  const { locale } = words;
  const figure = figureOf(locale);
  const ofRow = sharesOf === 'row';
  const whole = { ...input, chosen: {}, max: 0, maxTotal: 0, maxShare: 0 };
  return {
    ...crossTable(input, words),
    columns: columns(
      words.dimensionLabel(by[0]),
      ...tile.columns.flatMap((column) => {
        const name = words.label(by[1], column);
        const interval = ofRow ? [locale.t('cross.interval', { name })] : [];
        return [locale.t('cross.share', { name }), ...interval, locale.t('cross.count', { name })];
      }),
      locale.t('cross.distinct'),
      ...(ofRow ? [locale.t('cross.of')] : []),
    ),
    rows: tile.rows.map((row) => [
      words.label(by[0], row.value),
      ...cellsOf(whole, row, words).flatMap(({ count, share, low, high }) => {
        const parts = together(row);
        const shown = ofRow ? share : parts === 0 ? null : count / parts;
        const interval =
          shown === null ? percentOrNothing(null, locale) : intervalText({ low, high }, locale);
        return [
          isUnstated(whole, row) ? locale.t('share.unstated') : percentOrNothing(shown, locale),
          ...(ofRow ? [interval] : []),
          figure(row, count),
        ];
      }),
      figure(row, row.count),
      ...(ofRow ? [figure(row, row.of)] : []),
    ]),
  };
}

/** A count of a row; of one that the answer left out a dash. */
function figureOf(locale: Words['locale']) {
  return ({ absent }: CrossRow, count: number) =>
    absent === 'unknown' ? percentOrNothing(null, locale) : locale.number(count);
}

/**
 * Count, share and interval of each part, after the row's distinct postings and, where shares are of the
 * row, those of them that state a part.
 */
export function crossTable(
  input: Pick<CrossInput, 'tile' | 'by' | 'sharesOf' | 'namesIn'>,
  words: Words,
): TableView {
  const { tile, by, namesIn, sharesOf } = input;
  const { locale } = words;
  const ofRow = sharesOf === 'row';
  const figure = figureOf(locale);
  const whole = { ...input, chosen: {}, max: 0, maxTotal: 0, maxShare: 0 };
  return {
    columns: columns(
      words.dimensionLabel(by[0]),
      locale.t('cross.distinct'),
      ...(ofRow ? [locale.t('cross.of')] : []),
      ...tile.columns.flatMap((column) => {
        const name = words.label(by[1], column);
        return [name, locale.t('cross.share', { name }), locale.t('cross.interval', { name })];
      }),
    ),
    rows: tile.rows.map((row) => [
      words.label(by[0], row.value),
      figure(row, row.count),
      ...(ofRow ? [figure(row, row.of)] : []),
      ...cellsOf(whole, row, words).flatMap(({ count, share, low, high }) => [
        figure(row, count),
        isUnstated(whole, row) ? locale.t('share.unstated') : percentOrNothing(share, locale),
        share === null || row.absent
          ? percentOrNothing(null, locale)
          : intervalText({ low, high }, locale),
      ]),
    ]),
    ...(namesIn === undefined ? {} : { namesIn }),
    marks: tile.rows.map((row) => marksOfRow(by, row)),
  };
}
