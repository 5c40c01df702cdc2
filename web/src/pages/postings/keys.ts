// Where the arrow and page keys lead in a list of rows and columns.

export interface Cell {
  row: number;
  column: number;
}

export interface Limits {
  rows: number;
  columns: number;
  /** Rows that a page key moves by. */
  page: number;
}

/** The cell that a key leads to, or null for a key that moves nothing. */
export function step(key: string, { row, column }: Cell, limits: Limits): Cell | null {
  switch (key) {
    case 'ArrowDown':
      return inside({ row: row + 1, column }, limits);
    case 'ArrowUp':
      return inside({ row: row - 1, column }, limits);
    case 'ArrowRight':
      return inside({ row, column: column + 1 }, limits);
    case 'ArrowLeft':
      return inside({ row, column: column - 1 }, limits);
    case 'PageDown':
      return inside({ row: row + limits.page, column }, limits);
    case 'PageUp':
      return inside({ row: row - limits.page, column }, limits);
    case 'Home':
      return inside({ row: 0, column }, limits);
    case 'End':
      return inside({ row: limits.rows - 1, column }, limits);
    default:
      return null;
  }
}

function inside({ row, column }: Cell, { rows, columns }: Limits): Cell {
  return { row: clamp(row, rows), column: clamp(column, columns) };
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}
