// The answer of a query as text, and as a chart where it has the shape of one.
import type { ApiError } from '../../api/client';
import type { QueryAnswer } from '../../api/types';

/** Rows drawn; a file has all of them. */
export const DRAWN_ROWS = 1_000;
/** Rows asked for, so that the page says rightly whether there are more than it draws. */
export const ASKED_ROWS = 10_000;
/** The most that the server gives into a file. */
export const FILE_ROWS = 100_000;

/** Bars drawn of a result; the rest is in the table. */
export const DRAWN_BARS = 40;
const DRAWN_MOMENTS = 2_000;
const DRAWN_SERIES = 6;

export interface ChartPlan {
  kind: 'bars' | 'lines';
  /** The column that names the rows. */
  name: number;
  /** Columns of figures. */
  values: number[];
}

/** A value as it stands in a cell; null for SQL's null. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return JSON.stringify(value);
  return String(value);
}

/**
 * Whether a column's cells stand at the right, digit under digit. A number that a double does not hold
 * comes as a text; identifiers do too, and are names.
 */
export function isFigures(answer: QueryAnswer, column: number): boolean {
  const { name = '', type = '' } = answer.columns[column] ?? {};
  const texts = NUMERIC.test(type) && name !== 'id' && !name.endsWith('_id');
  let figures = 0;
  for (const row of answer.rows) {
    const value = row[column];
    if (value === null || value === undefined) continue;
    const figure = typeof value === 'string' ? texts && FIGURE.test(value) : isNumber(value);
    if (!figure) return false;
    figures += 1;
  }
  return figures > 0;
}

/** A cell of a column of figures as a drawing takes it, near enough; null where nothing can be drawn. */
export function drawnFigure(value: unknown): number | null {
  const figure = typeof value === 'string' && FIGURE.test(value) ? Number(value) : value;
  return isNumber(figure) && Number.isFinite(figure) ? figure : null;
}

/**
 * How a result can be drawn: by the one column that is no figure or, where all are figures, by the
 * first one. Null where there is no such column, or nothing to draw.
 */
export function planChart(answer: QueryAnswer): ChartPlan | null {
  const columns = answer.columns.map((_, index) => index);
  const figures = columns.filter((column) => isFigures(answer, column));
  const names = columns.filter((column) => !figures.includes(column));
  const name = names.length === 0 && figures.length > 1 ? figures[0] : names[0];
  if (name === undefined || names.length > 1) return null;
  const values = figures.filter((column) => column !== name).slice(0, DRAWN_SERIES);
  if (values.length === 0) return null;
  return { kind: isOverTime(answer, name, values) ? 'lines' : 'bars', name, values };
}

/** Rows in the order they are drawn in: moments by time, else as the query gave them. */
export function drawnRows(answer: QueryAnswer, { kind, name }: ChartPlan): unknown[][] {
  if (kind === 'bars') return answer.rows.slice(0, DRAWN_BARS);
  const moment = (row: unknown[]) => String(row[name]);
  return [...answer.rows].sort((a, b) => (moment(a) < moment(b) ? -1 : 1)).slice(0, DRAWN_MOMENTS);
}

/** A moment without what is the same for all of them: a day without its midnight. */
export function momentText(value: unknown): string {
  return String(value).replace(/T00:00:00(\.0+)?Z?$/, '');
}

/** What the server said, without the address that the client puts in front. */
export function serverWords(error: ApiError): string {
  return error.message.replace(/^`[^`]*\/api\/v1\/query`: /, '');
}

/** Types that the server answers with numbers, by their beginning. */
const NUMERIC = /^(u?int|bigint|smallint|integer|double|real|float|decimal|numeric)/i;
const FIGURE = /^(-?\d+(\.\d+)?|NaN|-?inf)$/;
const isNumber = (value: unknown): value is number => typeof value === 'number';

const MOMENT = /^\d{4}(-\d{2}(-\d{2}(T[\d:.]+Z?)?)?)?$/;
const TIME_NAMES = /^(year|quarter|month|week|day|hour)$/i;

/** Lines begin at zero and need each moment once. */
function isOverTime(answer: QueryAnswer, name: number, values: readonly number[]): boolean {
  const { rows, columns } = answer;
  if (rows.length < 2) return false;
  const column = columns[name];
  const timed =
    column?.type === 'date' || column?.type === 'timestamp' || TIME_NAMES.test(column?.name ?? '');
  const moments = rows.map((row) => String(row[name]));
  if (!timed && !moments.every((moment) => MOMENT.test(moment))) return false;
  if (rows.some((row) => row[name] === null || row[name] === undefined)) return false;
  if (new Set(moments).size !== moments.length) return false;
  return rows.every((row) => values.every((value) => (drawnFigure(row[value]) ?? 0) >= 0));
}
