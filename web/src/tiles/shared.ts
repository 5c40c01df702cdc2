// What the bodies of one tile have in common when two selections stand side by side: one scale, so that
// equal lengths are equal figures, and one place that collects the drawings for the exports.
import type { Tile } from '../api/types';
import type { Marks } from '../charts/chosen';
import type { Filters } from '../state/filters';

/** A drawn chart that can be taken out of the page. */
export interface ChartHandle {
  /** The drawing as a complete SVG document with width and height. */
  svg(): string | Promise<string>;
}

export interface Shared<T extends Tile = Tile> {
  /** Largest count of any mark of both bodies: bars, cells, points. */
  readonly max: number;
  /** Largest upper end of an interval of a share, 0..1. */
  readonly maxShare: number;
  /** Largest whole: a row with all of its cells stacked, or its distinct postings if these are more. */
  readonly maxTotal: number;
  readonly comparing: boolean;
  /** The filters that the figures are of: what a drawing marks as chosen changes together with them. */
  readonly asked: Filters;
  /** The tiles of all sides. */
  readonly tiles: readonly T[];
  /** Address of the postings behind a mark of this body; null where no other page may be opened. */
  readonly rowsOf: ((marks: Marks) => string) | null;
  /**
   * To be called by the chart of this body when it is drawn, for the exports as a picture. Where a body
   * has several, each says at which place in the picture it stands.
   */
  onready(handle: ChartHandle, place?: number): void;
}

export function scaleOf(tiles: readonly Tile[]): Pick<Shared, 'max' | 'maxShare' | 'maxTotal'> {
  const counts: number[] = [];
  const shares: number[] = [];
  const totals: number[] = [];
  for (const tile of tiles) {
    if (tile.kind === 'value') {
      if (tile.value !== null) counts.push(tile.value);
    } else if (tile.kind === 'groups') {
      for (const { count, high } of tile.rows) {
        counts.push(count);
        totals.push(count);
        shares.push(high);
      }
    } else if (tile.kind === 'cross') {
      for (const row of tile.rows) {
        counts.push(...row.counts);
        shares.push(...row.high);
        totals.push(
          row.count,
          row.counts.reduce((sum, count) => sum + count, 0),
        );
      }
    } else if (tile.kind === 'flow') {
      for (const { opened, closed, active, assumed } of tile.series) {
        for (const measure of [opened, closed, active, assumed]) counts.push(largest(measure));
      }
    }
  }
  return { max: largest(counts), maxShare: largest(shares), maxTotal: largest(totals) };
}

function largest(numbers: readonly (number | null)[]): number {
  // Not spread into Math.max: a long flow has more values than a call may have arguments.
  return numbers.reduce<number>((most, number) => Math.max(most, number ?? 0), 0);
}
