import { expect, test } from 'vitest';
import type { ChartOption } from './option';
import { structureOf } from './structure';

const chart = (...ids: string[]): ChartOption => ({
  xAxis: { type: 'value' },
  yAxis: [{ type: 'category' }, { type: 'category', show: false }],
  series: ids.map((id) => ({ id, type: 'bar', data: [1, 2, 3] })),
});

test('other figures are the same structure, other parts are not', () => {
  const one = structureOf(chart('a', 'b'));
  const other = chart('a', 'b');
  other.series = [
    { id: 'a', type: 'bar', data: [9] },
    { id: 'b', type: 'bar', data: [] },
  ];
  expect(structureOf(other)).toBe(one);
  expect(structureOf(chart('a'))).not.toBe(one);
  expect(structureOf(chart('b', 'a'))).not.toBe(one);
  expect(structureOf({ ...chart('a', 'b'), grid: [{}, {}] })).not.toBe(one);
  expect(structureOf({ ...chart('a', 'b'), yAxis: { type: 'value' } })).not.toBe(one);
});
