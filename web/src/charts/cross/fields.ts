// The room that small fields need; how they are drawn (multiples.ts) is loaded by pages that show some.
import type { ChartEnvironment } from '../theme';

/** Rem of one line of a field. */
const LINE_REM = 1.3125;

/** Fields side by side. */
export function fieldColumns(
  fields: number,
  { wide, narrow }: Pick<ChartEnvironment, 'wide' | 'narrow'>,
): number {
  return Math.max(1, Math.min(fields, wide ? 3 : narrow ? 1 : 2));
}

/** Rem of the chart's height where so many columns stand side by side. */
export function fieldsHeight(fields: number, bars: number, columns: number): number {
  return 1.5 + Math.ceil(fields / columns) * (bars + 2) * LINE_REM;
}
