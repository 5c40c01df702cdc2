// What a legend says of a chart's marks.
import type { ChartColour } from './theme';

export interface LegendEntry {
  label: string;
  /** `tick`, `interval` and `hatch` are marks of their own kind. */
  colour: ChartColour | 'tick' | 'interval' | 'hatch';
  /** A dashed line. */
  dashed?: boolean;
  /** A pale mark. */
  pale?: boolean;
}
