import { expect, test } from 'vitest';
import { within } from '../pages/within';
import DataTable from './DataTable.svelte';
import type { Marks } from './chosen';
import { columns } from './table';

const view = {
  columns: columns('Role', 'Postings', 'Share'),
  rows: [
    ['Back end', '20', '40.0%'],
    ['all', '50', '100.0%'],
  ],
  marks: [[{ dimension: 'role', value: 'web_back' }], null],
};
const rowsOf = (marks: Marks) => `/sub/postings?role=${marks[0]?.value}`;

test('the number of postings of a row leads to them, other figures do not', async () => {
  const table = await within(
    DataTable,
    { caption: 'x', view, onmark: () => {}, rowsOf },
    '?lang=en',
  );
  expect(table.match(/<a /g)).toHaveLength(1);
  expect(table).toMatch(
    /<a href="\/sub\/postings\?role=web_back" title="Back end: show the postings"[^>]*>20<\/a>/,
  );
  expect(table.match(/<button/g)).toHaveLength(1);
});

test('without an address to lead to it is a number', async () => {
  expect(await within(DataTable, { caption: 'x', view })).not.toContain('<a ');
});
