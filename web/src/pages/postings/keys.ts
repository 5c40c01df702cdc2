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

const STEPS: Record<string, (at: Cell, limits: Limits) => Partial<Cell>> = {
  ArrowDown: ({ row }) => ({ row: row + 1 }),
  ArrowUp: ({ row }) => ({ row: row - 1 }),
  ArrowRight: ({ column }) => ({ column: column + 1 }),
  ArrowLeft: ({ column }) => ({ column: column - 1 }),
  PageDown: ({ row }, { page }) => ({ row: row + page }),
  PageUp: ({ row }, { page }) => ({ row: row - page }),
  Home: () => ({ row: 0 }),
  End: (_, { rows }) => ({ row: rows - 1 }),
};

/** The cell that a key leads to, or null for a key that moves nothing. */
export function step(key: string, at: Cell, limits: Limits): Cell | null {
  const to = STEPS[key]?.(at, limits);
  if (to === undefined) return null;
  const { row, column } = { ...at, ...to };
  return { row: clamp(row, limits.rows), column: clamp(column, limits.columns) };
}

function clamp(value: number, count: number): number {
  return Math.max(0, Math.min(value, count - 1));
}
