// The program behind the page, asked by command: the figures to compare with come from `jobtide query`,
// not from the server.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Rows of a query as texts, a row a list; null is empty. */
export async function query(sql: string): Promise<string[][]> {
  const { PROGRAM: program, STORE: store } = process.env;
  if (program === undefined || store === undefined) {
    throw new Error('PROGRAM and STORE are not set\nhint: `make e2e` sets them');
  }
  const { stdout } = await run(program, ['query', '--format=json', '--limit=100000', '--', sql], {
    env: { ...process.env, JOBTIDE__STORAGE__URL: store },
    maxBuffer: 1 << 27,
  });
  const rows = JSON.parse(stdout === '' ? '[]' : stdout) as Record<string, unknown>[];
  return rows.map((row) => Object.values(row).map((value) => (value === null ? '' : `${value}`)));
}
