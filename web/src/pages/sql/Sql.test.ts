import { describe, expect, test } from 'vitest';
import { ApiError } from '../../api/client';
import { within } from '../within';
import { EXAMPLES } from './examples';
import QueryError from './QueryError.svelte';
import { DRAWN_ROWS } from './result';
import { isLinkable, LONGEST_LINK } from './link';
import ResultTable from './ResultTable.svelte';
import Sql from './Sql.svelte';

const HOSTILE = '<img src=x onerror=alert(1)>';

describe('the console', () => {
  test('begins with an example, and lists all of them', async () => {
    const page = await within(Sql, {}, 'sql');
    expect(page).toContain('from analytic.role_tags');
    expect(page.match(/<li/g)?.length).toBeGreaterThanOrEqual(EXAMPLES.length);
    expect(page).not.toContain('주소에 포함된');
  });

  test('offers the query behind what is chosen, of both sides when two are compared', async () => {
    const page = await within(Sql, {}, 'sql?lang=en&role=de&vs.role=da');
    const offered = [...page.matchAll(/data-chosen="(\w)"[^>]*>([^<]*)</g)].map(
      (match) => match[2],
    );
    expect(offered).toEqual(['A: Role: Data engineer', 'B: Role: Data analyst']);
  });

  test('puts the SQL of an address into the editor, and says so', async () => {
    const sql = `select '</textarea>${HOSTILE}'`;
    const page = await within(Sql, {}, `sql?sql=${encodeURIComponent(sql)}`);
    expect(page).toContain("select '&lt;/textarea>");
    expect(page).not.toContain('<img');
    expect(page).toContain('주소에 포함된 SQL입니다');
  });
});

describe('a link', () => {
  test('is not offered for a statement that is too long for an address', () => {
    expect(isLinkable(`https://host.test/sql?${'x'.repeat(LONGEST_LINK)}`)).toBe(false);
    expect(isLinkable('https://host.test/sql?sql=select+1')).toBe(true);
  });
});

describe('a table', () => {
  const answer = {
    build: 12,
    columns: [
      { name: HOSTILE, type: 'text' },
      { name: 'n', type: 'bigint' },
    ],
    rows: [
      [HOSTILE, 2023],
      [null, null],
    ] as unknown[][],
    cut: false,
    took_ms: 3,
  };

  test('shows values as they are, and nulls apart from texts', async () => {
    const table = await within(ResultTable, { answer });
    expect(table).toContain('&lt;img src=x onerror=alert(1)>');
    expect(table).not.toContain('<img');
    expect(table).toContain('<bdi>2023</bdi>');
    expect(table.match(/값 없음/g)).toHaveLength(2);
  });

  test('shows numbers that a double does not hold as they came, at the right', async () => {
    const exact = {
      ...answer,
      columns: [
        { name: 'a', type: 'bigint' },
        { name: 'd', type: 'Decimal128(38, 5)' },
        { name: 'f', type: 'double' },
      ],
      rows: [['9223316128465122404', '12345678901234567.12345', 'NaN']],
    };
    const table = await within(ResultTable, { answer: exact });
    for (const text of exact.rows.flat()) expect(table).toContain(`<bdi>${text}</bdi>`);
    expect(table.match(/<td class="[^"]*numeric/g)).toHaveLength(3);
  });

  test('draws no more rows than a browser bears', async () => {
    const rows = Array.from({ length: DRAWN_ROWS + 500 }, (_, index) => ['x', index]);
    const table = await within(ResultTable, { answer: { ...answer, rows } });
    expect(table.match(/<tr/g)).toHaveLength(DRAWN_ROWS + 1);
  });
});

test('an error is shown in the server’s words', async () => {
  const error = new ApiError(
    'refused',
    '`/sub/api/v1/query`: no column `x`\nin `raw_data.recruits`',
    'see `describe raw_data.recruits`',
    'query_refused',
  );
  const shown = await within(QueryError, { title: 't', error });
  expect(shown).toContain('>no column `x`\nin `raw_data.recruits`<');
  expect(shown).toContain('hint: see `describe raw_data.recruits`');
});
