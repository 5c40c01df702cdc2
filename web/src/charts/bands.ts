// Where the names of a drawn chart are: from a point to the name under it, and from a name to its place.
import type { EChartsType } from 'echarts/core';
import type { Drawing } from './option';

/** The part of ECharts that knows places. */
export type Places = Pick<
  EChartsType,
  'convertFromPixel' | 'convertToPixel' | 'getWidth' | 'getHeight'
>;

/** In pixels of the chart. */
export interface Band {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The name at a point of a chart with axes of names; null where there is none. */
export function bandAt(places: Places, drawing: Drawing, x: number, y: number): number | null {
  if (drawing.names === 'map') return null;
  const columns = columnsOf(drawing);
  const column = Math.min(
    columns.length - 1,
    Math.max(0, Math.floor((x / places.getWidth()) * columns.length)),
  );
  const axis = axisOf(drawing, column);
  const within = Math.round(Number(places.convertFromPixel(axis, drawing.names === 'x' ? x : y)));
  if (!(within >= 0 && within < (columns[column] ?? 0))) return null;
  const index = sum(columns.slice(0, column)) + within;
  return hasWords(drawing, index) ? index : null;
}

/** The place of a name; of a region of a map only its middle. */
export function bandOf(places: Places, drawing: Drawing, index: number): Band | null {
  const detail = drawing.details[index];
  if (detail === undefined) return null;
  if (drawing.names === 'map') {
    const at = detail.at === undefined ? null : places.convertToPixel('series', detail.at);
    if (!Array.isArray(at)) return null;
    return { left: Number(at[0]), top: Number(at[1]), width: 0, height: 0 };
  }
  const columns = columnsOf(drawing);
  let [column, before] = [0, 0];
  while (column < columns.length - 1 && index >= before + (columns[column] ?? 0)) {
    before += columns[column] ?? 0;
    column += 1;
  }
  const axis = axisOf(drawing, column);
  const names = columns[column] ?? 0;
  const across = drawing.names === 'x' ? places.getWidth() : places.getHeight();
  const to = (name: number) => Number(places.convertToPixel(axis, name));
  const size = names < 2 ? across : Math.abs(to(1) - to(0));
  const middle = to(index - before);
  if (Number.isNaN(middle)) return null;
  const from = middle - size / 2;
  if (drawing.names === 'x') return { left: from, top: 0, width: size, height: places.getHeight() };
  const width = places.getWidth() / columns.length;
  return { left: width * column, top: from, width, height: size };
}

/** The next name in a direction that has something to tell; the same one at the end. */
export function nextName(drawing: Drawing, from: number | null, step: 1 | -1): number | null {
  const last = drawing.details.length - 1;
  let index = from === null ? (step > 0 ? 0 : last) : from + step;
  while (index >= 0 && index <= last) {
    if (hasWords(drawing, index)) return index;
    index += step;
  }
  return from;
}

/** The next series of a name, null being the name as a whole. */
export function nextSeries(
  drawing: Drawing,
  index: number,
  from: string | null,
  step: 1 | -1,
): string | null {
  const series = (drawing.details[index]?.lines ?? []).flatMap(({ series }) => series ?? []);
  const ring = [null, ...series];
  return ring[(ring.indexOf(from) + step + ring.length) % ring.length] ?? null;
}

function hasWords(drawing: Drawing, index: number): boolean {
  const detail = drawing.details[index];
  return detail !== undefined && detail.silent !== true;
}

function columnsOf({ columns, details }: Drawing): readonly number[] {
  return columns ?? [details.length];
}

function axisOf({ names }: Drawing, column: number) {
  return names === 'x' ? { xAxisIndex: 0 } : { yAxisIndex: column };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
