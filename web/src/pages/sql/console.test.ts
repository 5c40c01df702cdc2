import { expect, test } from 'vitest';
import { ApiError, type SqlOptions } from '../../api/client';
import type { QueryAnswer } from '../../api/types';
import { Console } from './console.svelte';
import { queryFileName } from './download';
import { ASKED_ROWS, FILE_ROWS } from './result';

interface Asked {
  text: string;
  options: SqlOptions;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

function manual() {
  const asked: Asked[] = [];
  const ask = (text: string, options: SqlOptions = {}) =>
    new Promise<never>((resolve, reject) => asked.push({ text, options, resolve, reject }));
  const console = new Console(
    { sql: ask, sqlFile: (text, _format, options) => ask(text, options) },
    () => 5,
  );
  return { console, asked };
}

const answer: QueryAnswer = { build: 7, columns: [], rows: [], cut: false, took_ms: 3 };

test('a statement runs on the build it is asked of', async () => {
  const { console, asked } = manual();
  const done = console.run('select 1', 7);
  expect(console.outcome).toEqual({ kind: 'running', statement: 'select 1', since: 5 });
  expect(asked[0]?.options).toMatchObject({ build: 7, limit: ASKED_ROWS });
  asked[0]?.resolve(answer as never);
  await done;
  expect(console.outcome).toEqual({ kind: 'answered', statement: 'select 1', answer });
});

test('the server’s refusal is kept with the statement', async () => {
  const { console, asked } = manual();
  const done = console.run('drop table x', null);
  const error = new ApiError('refused', 'only queries run', 'write a select', 'query_refused');
  asked[0]?.reject(error);
  await done;
  expect(console.outcome).toEqual({ kind: 'failed', statement: 'drop table x', error });
});

test('a cancelled or overtaken statement leaves nothing behind', async () => {
  const { console, asked } = manual();
  const first = console.run('select 1', null);
  console.cancel();
  expect(console.outcome).toEqual({ kind: 'cancelled' });
  expect(asked[0]?.options.signal?.aborted).toBe(true);
  asked[0]?.reject(new DOMException('given up', 'AbortError'));
  await first;
  expect(console.outcome).toEqual({ kind: 'cancelled' });

  const second = console.run('select 2', null);
  const third = console.run('select 3', null);
  asked[2]?.resolve(answer as never);
  asked[1]?.resolve({ ...answer, build: 1 } as never);
  await Promise.all([second, third]);
  expect(console.outcome).toMatchObject({ kind: 'answered', statement: 'select 3' });
});

test('a file is of the statement that was answered, and of its build', async () => {
  const { console, asked } = manual();
  expect(await console.fileOf('csv')).toBeNull();
  const done = console.run('select 1', null);
  asked[0]?.resolve(answer as never);
  await done;
  const file = console.fileOf('parquet');
  expect(console.file).toEqual({ format: 'parquet' });
  expect(asked[1]).toMatchObject({ text: 'select 1', options: { build: 7, limit: FILE_ROWS } });
  const blob = new Blob(['x']);
  asked[1]?.resolve(blob as never);
  expect(await file).toBe(blob);
  expect(console.file).toBeNull();

  const failing = console.fileOf('csv');
  asked[2]?.reject(new ApiError('unreachable', 'stopped'));
  expect(await failing).toBeNull();
  expect(console.file).toMatchObject({ error: { message: 'stopped' } });
  expect(console.outcome.kind).toBe('answered');
});

test('files of made-up postings say so in their name', () => {
  expect(queryFileName(7, 'collected', 'csv')).toBe('jobtide-query-7.csv');
  expect(queryFileName(7, 'generated', 'parquet')).toBe('jobtide-query-7.demo.parquet');
});
