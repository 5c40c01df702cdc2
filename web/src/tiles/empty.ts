// Why a tile has nothing to show.
import type { SelectionAnswer, Tile } from '../api/types';

export type EmptyReason =
  /** Nothing was collected yet. */
  | 'nothing'
  /** Nothing is known of the days that are chosen. */
  | 'period'
  /** No posting matches the filters. */
  | 'filters'
  /** Postings match, none of which has what the tile is about. */
  | 'values';

export function emptyReason(selection: SelectionAnswer, tile: Tile): EmptyReason | null {
  if (selection.of > 0 && !selection.period_known) return 'period';
  if (hasFigures(tile)) return null;
  if (selection.of === 0) return 'nothing';
  return selection.postings === 0 ? 'filters' : 'values';
}

function hasFigures(tile: Tile): boolean {
  switch (tile.kind) {
    case 'value':
      return tile.value !== null;
    case 'flow':
      return tile.n > 0 && tile.dates.length > 0;
    default:
      return tile.rows.length > 0;
  }
}
