// Two tiles that stand side by side, in one order: that of the first side, then what only the second one
// has. Where a side has no such row it gets an empty one, which says whether there is nothing to count or
// whether the answer left the row out.
import type { Absent, CrossRow, CrossTile, Group, GroupsTile, Tile } from '../api/types';

/** Tiles of other kinds, of different wholes, or without any row are as they are. */
export function aligned<T extends Tile>(a: T, b: T): [T, T] {
  if (a.kind === 'groups' && b.kind === 'groups' && comparable(a, b)) {
    const values = union(names(a), names(b));
    return [groupsIn(values, a), groupsIn(values, b)] as unknown as [T, T];
  }
  if (a.kind === 'cross' && b.kind === 'cross' && comparable(a, b)) {
    const values = union(names(a), names(b));
    const columns = union(a.columns, b.columns);
    return [crossIn(values, columns, a), crossIn(values, columns, b)] as unknown as [T, T];
  }
  return [a, b];
}

type Rows = GroupsTile | CrossTile;

function comparable(a: Rows, b: Rows): boolean {
  return a.parent === b.parent && a.rows.length > 0 && b.rows.length > 0;
}

const names = ({ rows }: Rows) => rows.map(({ value }) => value);
const union = (first: readonly string[], second: readonly string[]) => [
  ...new Set([...first, ...second]),
];
const absence = ({ more }: Rows): Absent => (more === 0 ? 'none' : 'unknown');

function groupsIn(values: readonly string[], tile: GroupsTile): GroupsTile {
  const own = new Map(tile.rows.map((row) => [row.value, row]));
  const empty = (value: string): Group => ({
    ...{ value, count: 0, share: 0, low: 0, high: 0, rank: [0, 0] },
    absent: absence(tile),
  });
  return { ...tile, rows: values.map((value) => own.get(value) ?? empty(value)) };
}

function crossIn(
  values: readonly string[],
  columns: readonly string[],
  tile: CrossTile,
): CrossTile {
  const own = new Map(tile.rows.map((row) => [row.value, row]));
  const places = columns.map((column) => tile.columns.indexOf(column));
  const placed = (figures: readonly number[]) => places.map((at) => figures[at] ?? 0);
  const rows = values.map((value): CrossRow => {
    const row = own.get(value);
    if (row === undefined)
      return {
        value,
        count: 0,
        of: 0,
        counts: placed([]),
        low: placed([]),
        high: placed([]),
        absent: absence(tile),
      };
    return { ...row, counts: placed(row.counts), low: placed(row.low), high: placed(row.high) };
  });
  return { ...tile, columns: [...columns], rows };
}
