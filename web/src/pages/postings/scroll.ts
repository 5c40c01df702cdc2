// Where one is in a list of rows of one height. Browsers draw elements of at most some 16 million
// pixels, and a million rows are taller: then the scrollbar's track is shorter than the list. A small
// step moves the list by as many pixels as the scrollbar, so that reading stays smooth; a jump (the
// thumb dragged, the track clicked) moves it in proportion. Between the two the bar drifts away from
// the list, and is put right when scrolling rests.
// Written by hand: virtua 0.54 (3.9 kB, Brotli) and @tanstack/virtual-core 3.19 (8.7 kB) give the track the height
// of all rows, 36 million pixels for a million, and the end of such a list is out of reach.

/** Half of what the strictest browser draws. */
export const TRACK_LIMIT = 8_000_000;

/** Pixels; `viewHeight` is the part of the list that is seen at once. */
export interface Geometry {
  rows: number;
  rowHeight: number;
  viewHeight: number;
}

export interface Place {
  /** Pixels from the start of the whole list. */
  top: number;
  /** What the scrollbar stands at. */
  bar: number;
}

export const START: Place = { top: 0, bar: 0 };

/** Height of the element that gives the scrollbar its track. */
export function trackHeight(geometry: Geometry): number {
  return Math.min(fullHeight(geometry), TRACK_LIMIT);
}

/** The place with the list at `top`, as far as the list reaches. */
export function placeAt(geometry: Geometry, top: number): Place {
  const inside = Math.min(Math.max(0, top), maxTop(geometry));
  const most = maxTop(geometry);
  return { top: inside, bar: most === 0 ? 0 : Math.round((inside * maxBar(geometry)) / most) };
}

/** The place after the scrollbar came to stand at `bar`. */
export function moved(geometry: Geometry, from: Place, bar: number): Place {
  if (fullHeight(geometry) <= TRACK_LIMIT) return { top: bar, bar };
  const step = bar - from.bar;
  if (Math.abs(step) < geometry.viewHeight) {
    return { top: Math.min(Math.max(0, from.top + step), maxTop(geometry)), bar };
  }
  return { top: (bar * maxTop(geometry)) / maxBar(geometry), bar };
}

/** The bar cannot move on although the list goes on: it has to be put right at once. */
export function isStuck(geometry: Geometry, { top, bar }: Place): boolean {
  return (bar <= 0 && top > 0) || (bar >= maxBar(geometry) && top < maxTop(geometry));
}

/** Rows seen at `top`: the first, and the one after the last, with some more on either side. */
export function shownRows(geometry: Geometry, top: number, more: number): [number, number] {
  const first = Math.floor(top / geometry.rowHeight) - more;
  const last = Math.ceil((top + geometry.viewHeight) / geometry.rowHeight) + more;
  return [Math.max(0, Math.min(first, geometry.rows)), Math.max(0, Math.min(last, geometry.rows))];
}

/** The nearest `top` at which a row is seen whole. */
export function revealing(geometry: Geometry, top: number, row: number): number {
  const start = row * geometry.rowHeight;
  const end = start + geometry.rowHeight - geometry.viewHeight;
  return Math.min(start, Math.max(end, top));
}

/** Rows that a page key moves by: what is seen, less one to keep one's place. */
export function rowsPerPage({ rowHeight, viewHeight }: Geometry): number {
  return Math.max(1, Math.floor(viewHeight / rowHeight) - 1);
}

function fullHeight({ rows, rowHeight }: Geometry): number {
  return rows * rowHeight;
}

function maxTop(geometry: Geometry): number {
  return Math.max(0, fullHeight(geometry) - geometry.viewHeight);
}

function maxBar(geometry: Geometry): number {
  return Math.max(0, trackHeight(geometry) - geometry.viewHeight);
}
