// What of a drawing has to be the same for ECharts to move from one to the next: its parts, not their data.
import type { ChartOption } from './option';

/** Drawings of the same structure can be merged; everything else in them is always given again. */
export function structureOf({ series, grid, xAxis, yAxis }: ChartOption): string {
  const axes = [...listed(xAxis), ...listed(yAxis)].map(({ type, show }) => [type, show]);
  const parts = listed(series).map((part) => [
    part.id,
    part.type,
    'stack' in part ? part.stack : null,
    'xAxisIndex' in part ? part.xAxisIndex : null,
    'yAxisIndex' in part ? part.yAxisIndex : null,
  ]);
  return JSON.stringify([listed(grid).length, axes, parts]);
}

function listed<T>(value: T | T[] | undefined): T[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
