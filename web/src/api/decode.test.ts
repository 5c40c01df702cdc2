import { expect, test } from 'vitest';
import { count, flag, rowsOf, text } from './decode';
import type { Table } from './types';

function table(rows: unknown[]): Table {
  return {
    table: 'visual_tables.x',
    build: 1,
    origin: 'generated',
    columns: [],
    rows: rows as Table['rows'],
  };
}

test('rows are typed, and columns that nobody asked for are left out', () => {
  const rows = rowsOf(table([{ role: 'de', total: 3, later: 'column', known: true }]), {
    role: text,
    total: count,
    known: flag,
  });
  expect(rows).toEqual([{ role: 'de', total: 3, known: true }]);
});

test.each([
  ['a missing column', { role: 'de' }, '`total` holds nothing'],
  ['a count as text', { role: 'de', total: '3' }, '`total` holds "3"'],
  ['a negative count', { role: 'de', total: -1 }, '`total` holds -1'],
  ['a fraction of a posting', { role: 'de', total: 1.5 }, '`total` holds 1.5'],
  ['a null label', { role: null, total: 1 }, '`role` holds null'],
  ['a row that is no object', 7, '`role` holds nothing'],
])('%s is refused by name', (_, row, message) => {
  expect(() => rowsOf(table([row]), { role: text, total: count })).toThrow(
    `\`visual_tables.x\`, row 1: column ${message}`,
  );
});

test('a table without rows is refused', () => {
  const broken = { ...table([]), rows: undefined } as unknown as Table;
  expect(() => rowsOf(broken, { role: text })).toThrow('came without rows');
});
