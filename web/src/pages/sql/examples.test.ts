import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sql as words } from '../../i18n/messages/sql';
import { EXAMPLES } from './examples';

/** Tables that the program writes beside those of the pipeline's files. */
const WRITTEN = ['staging.windows', 'staging.quarantine'];

function isTable(name: string): boolean {
  const file = new URL(`../../../../pipeline/${name.replace('.', '/')}`, import.meta.url).pathname;
  return (
    WRITTEN.includes(name) || ['sql', 'toml', 'csv'].some((end) => existsSync(`${file}.${end}`))
  );
}

describe.each(EXAMPLES.map(({ title, sql }) => [title, sql] as const))('%s', (title, sql) => {
  test('has a title', () => {
    expect(Object.keys(words)).toContain(title);
  });

  test('asks tables that there are', () => {
    const names = [...sql.matchAll(/\b(?:from|join) (\w+\.\w+)/g)].map(([, name]) => name ?? '');
    expect(names).not.toHaveLength(0);
    expect(names.filter((name) => !isTable(name))).toEqual([]);
  });
});
