import { describe, expect, test } from 'vitest';
import {
  isStuck,
  moved,
  placeAt,
  revealing,
  rowsPerPage,
  shownRows,
  START,
  TRACK_LIMIT,
  trackHeight,
  type Geometry,
} from './scroll';

const few: Geometry = { rows: 1_000, rowHeight: 36, viewHeight: 720 };
const million: Geometry = { rows: 1_000_000, rowHeight: 36, viewHeight: 720 };

test('a short list has a track of its own height, a long one the longest that browsers draw', () => {
  expect(trackHeight(few)).toBe(36_000);
  expect(trackHeight(million)).toBe(TRACK_LIMIT);
  expect(trackHeight({ ...few, rows: 0 })).toBe(0);
});

test('a short list moves as the scrollbar does', () => {
  expect(moved(few, START, 5_000)).toEqual({ top: 5_000, bar: 5_000 });
  expect(placeAt(few, 5_000)).toEqual({ top: 5_000, bar: 5_000 });
});

describe('a million rows', () => {
  const end = million.rows * million.rowHeight - million.viewHeight;
  const endOfBar = TRACK_LIMIT - million.viewHeight;

  test('small steps move by as many pixels', () => {
    const place = moved(million, moved(million, START, 100), 150);
    expect(place).toEqual({ top: 150, bar: 150 });
  });

  test('jumps move in proportion, to the very ends', () => {
    expect(moved(million, START, endOfBar / 2).top).toBeCloseTo(end / 2);
    expect(moved(million, START, endOfBar).top).toBe(end);
    expect(moved(million, { top: end, bar: endOfBar }, 0).top).toBe(0);
  });

  test('the bar is put right for the list, and the last row can be reached', () => {
    const place = moved(
      million,
      placeAt(million, 18_000_000),
      placeAt(million, 18_000_000).bar + 99,
    );
    expect(place.top).toBe(18_000_099);
    expect(placeAt(million, place.top).top).toBe(18_000_099);
    expect(placeAt(million, end + 1)).toEqual({ top: end, bar: endOfBar });
    expect(shownRows(million, end, 0)).toEqual([999_980, 1_000_000]);
  });

  test('a bar at its end with a list that goes on is stuck', () => {
    expect(isStuck(million, { top: 500, bar: 0 })).toBe(true);
    expect(isStuck(million, { top: end - 5, bar: endOfBar })).toBe(true);
    expect(isStuck(million, { top: 0, bar: 0 })).toBe(false);
    expect(isStuck(million, { top: end, bar: endOfBar })).toBe(false);
  });

  test('no step leaves the list', () => {
    expect(moved(million, { top: 10, bar: 500 }, 400).top).toBe(0);
    expect(moved(million, { top: end - 10, bar: 500 }, 600).top).toBe(end);
  });
});

test('rows seen, also the halves at the edges, and never beyond the list', () => {
  expect(shownRows(few, 0, 0)).toEqual([0, 20]);
  expect(shownRows(few, 18, 0)).toEqual([0, 21]);
  expect(shownRows(few, 3_600, 4)).toEqual([96, 124]);
  expect(shownRows({ ...few, rows: 3 }, 0, 10)).toEqual([0, 3]);
  expect(shownRows({ ...few, rows: 0 }, 0, 10)).toEqual([0, 0]);
});

test('a row is brought into view by the shortest way', () => {
  expect(revealing(few, 0, 5)).toBe(0);
  expect(revealing(few, 0, 20)).toBe(36);
  expect(revealing(few, 3_600, 50)).toBe(1_800);
});

test('a page is what is seen, less one row', () => {
  expect(rowsPerPage(few)).toBe(19);
  expect(rowsPerPage({ ...few, viewHeight: 10 })).toBe(1);
});
