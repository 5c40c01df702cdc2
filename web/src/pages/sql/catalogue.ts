// The tables one can ask, in the order of the data's way, and what of them a search leaves.
import type { Tables } from '../../api/types';

export type TableInfo = Tables['tables'][number];

/** The layers as data pass through them; others come after these, by name. */
const LAYERS = [
  'visual_tables',
  'raw_data',
  'analytic',
  'external',
  'meta',
  'adhoc',
  'settings',
  'staging',
] as const;

export interface Layer {
  name: string;
  tables: TableInfo[];
}

/** Tables by layer, what one asks first in front; of a layer those that match the search. */
export function layersOf(tables: readonly TableInfo[], search: string): Layer[] {
  const layers = new Map<string, TableInfo[]>();
  for (const table of tables) {
    if (!matches(table, search)) continue;
    const name = table.name.split('.')[0] ?? table.name;
    layers.set(name, [...(layers.get(name) ?? []), table]);
  }
  return [...layers]
    .map(([name, tables]) => ({ name, tables: tables.sort(byName) }))
    .sort((a, b) => place(a.name) - place(b.name) || byName(a, b));
}

/** Every word of the search is in the table's name, in what its rows are, or in a column's name. */
export function matches(table: TableInfo, search: string): boolean {
  const text = [table.name, table.what, ...table.columns.map(({ name }) => name)]
    .join('\n')
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** A name as SQL takes it: quoted where it is more than lower-case letters, digits and underscores. */
export function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A table's name with its layer. */
export function quotedTable(name: string): string {
  return name.split('.').map(quoted).join('.');
}

/** `inserted` in place of what is selected, apart from the words before and after it. */
export function insertion(
  text: string,
  start: number,
  end: number,
  inserted: string,
): { text: string; cursor: number } {
  const before = text.slice(0, start);
  const after = text.slice(end);
  const space = before === '' || /[\s(.,]$/.test(before) ? '' : ' ';
  const middle = `${space}${inserted}`;
  const gap = after === '' || /^[\s),;.]/.test(after) ? '' : ' ';
  return { text: `${before}${middle}${gap}${after}`, cursor: before.length + middle.length };
}

function place(layer: string): number {
  const index = (LAYERS as readonly string[]).indexOf(layer);
  return index < 0 ? LAYERS.length : index;
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}
