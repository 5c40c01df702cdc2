import { describe, expect, test } from 'vitest';
import { bandAt, bandOf, nextName, nextSeries, type Places } from './bands';
import type { Drawing } from './option';

const detail = (title: string, silent = false) => ({
  title,
  silent,
  lines: [
    { label: 'a', value: '1', series: 'a' },
    { label: 'sum', value: '3' },
    { label: 'b', value: '2', series: 'b' },
  ],
});

/** 200 pixels wide, 100 high; a name takes 20 pixels along its axis. */
const places: Places = {
  getWidth: () => 200,
  getHeight: () => 100,
  convertFromPixel: ((_: unknown, at: number) => (at - 10) / 20) as Places['convertFromPixel'],
  convertToPixel: ((_: unknown, name: number) => name * 20 + 10) as Places['convertToPixel'],
};

describe('lying bars', () => {
  const drawing: Drawing = { option: {}, names: 'y', details: [detail('x'), detail('y')] };

  test('a name has the whole width', () => {
    expect(bandAt(places, drawing, 150, 25)).toBe(1);
    expect(bandOf(places, drawing, 1)).toEqual({ left: 0, top: 20, width: 200, height: 20 });
  });

  test('beside the names there is none', () => {
    expect(bandAt(places, drawing, 150, 45)).toBeNull();
    expect(bandOf(places, drawing, 2)).toBeNull();
  });
});

describe('columns side by side', () => {
  const drawing: Drawing = {
    option: {},
    names: 'y',
    columns: [2, 1],
    details: [detail('heading', true), detail('x'), detail('y')],
  };

  test('are found by the point', () => {
    expect(bandAt(places, drawing, 20, 25)).toBe(1);
    expect(bandAt(places, drawing, 150, 5)).toBe(2);
    expect(bandOf(places, drawing, 2)).toEqual({
      left: 100,
      top: 50 - 90,
      width: 100,
      height: 100,
    });
  });

  test('headings have no words, and are stepped over', () => {
    expect(bandAt(places, drawing, 20, 5)).toBeNull();
    expect(nextName(drawing, null, 1)).toBe(1);
    expect(nextName(drawing, 1, -1)).toBe(1);
    expect(nextName(drawing, 2, 1)).toBe(2);
  });
});

test('the series of a name come in turn, the name itself among them', () => {
  const drawing: Drawing = { option: {}, names: 'x', details: [detail('x')] };
  expect(nextSeries(drawing, 0, null, 1)).toBe('a');
  expect(nextSeries(drawing, 0, 'a', 1)).toBe('b');
  expect(nextSeries(drawing, 0, 'b', 1)).toBeNull();
  expect(nextSeries(drawing, 0, null, -1)).toBe('b');
});
