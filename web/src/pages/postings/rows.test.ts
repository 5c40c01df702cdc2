import { expect, test } from 'vitest';
import { ApiError } from '../../api/client';
import { PAGE_SIZE, Rows, type RowsAnswer } from './rows.svelte';

interface Load {
  offset: number;
  signal: AbortSignal;
  resolve: (answer: RowsAnswer<number>) => void;
  reject: (error: unknown) => void;
}

function manual() {
  const loads: Load[] = [];
  const rows = new Rows<number>(
    (offset, limit, signal) =>
      new Promise((resolve, reject) => {
        expect(limit).toBe(PAGE_SIZE);
        loads.push({ offset, signal, resolve, reject });
      }),
  );
  return { rows, loads };
}

function answer(offset: number, build = 1, total = 1_000_000): RowsAnswer<number> {
  return { build, total, rows: Array.from({ length: PAGE_SIZE }, (_, index) => offset + index) };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

test('pages are fetched where one looks, once', async () => {
  const { rows, loads } = manual();
  expect(rows.total).toBeNull();
  rows.look(0, 20);
  rows.look(5, 30);
  expect(loads.map(({ offset }) => offset)).toEqual([0]);
  loads[0]?.resolve(answer(0));
  await settle();
  expect([rows.total, rows.row(7), rows.row(100)]).toEqual([1_000_000, 7, undefined]);
  rows.look(90, 110);
  expect(loads.map(({ offset }) => offset)).toEqual([0, 100]);
});

test('what is scrolled past is aborted, and its late answer dropped', async () => {
  const { rows, loads } = manual();
  rows.look(0, 20);
  rows.look(500_000, 500_020);
  expect(loads.map(({ signal }) => signal.aborted)).toEqual([true, false]);
  loads[0]?.reject(new DOMException('gone', 'AbortError'));
  await settle();
  expect(rows.error).toBeNull();
  loads[1]?.resolve(answer(500_000));
  await settle();
  expect(rows.row(500_001)).toBe(500_001);
});

test('a failing page is reported once and fetched again on request only', async () => {
  const { rows, loads } = manual();
  rows.look(0, 20);
  loads[0]?.reject(new ApiError('unreachable', 'stopped'));
  await settle();
  expect(rows.error?.message).toBe('stopped');
  rows.look(3, 23);
  expect(loads).toHaveLength(1);
  rows.retry();
  rows.retry();
  expect(loads).toHaveLength(2);
  expect(rows.error?.message).toBe('stopped');
  loads[1]?.resolve(answer(0));
  await settle();
  expect([rows.error, rows.row(3)]).toEqual([null, 3]);
});

test('a failure is reported until nothing fails any more', async () => {
  const { rows, loads } = manual();
  rows.look(90, 110);
  loads[0]?.reject(new ApiError('unreachable', 'stopped'));
  loads[1]?.resolve(answer(100));
  await settle();
  expect(rows.error?.message).toBe('stopped');
  rows.retry();
  expect(loads.map(({ offset }) => offset)).toEqual([0, 100, 0]);
  loads[2]?.reject(new ApiError('unreachable', 'still stopped'));
  await settle();
  expect(rows.error?.message).toBe('still stopped');
  rows.look(100, 110);
  rows.retry();
  expect([loads.length, rows.error]).toEqual([3, null]);
});

test('rows of two builds are never shown together', async () => {
  const { rows, loads } = manual();
  rows.look(0, 20);
  loads[0]?.resolve(answer(0, 1));
  await settle();
  rows.look(90, 110);
  loads[1]?.resolve(answer(100, 2, 900));
  await settle();
  expect([rows.total, rows.row(100), rows.row(90)]).toEqual([900, 100, undefined]);
  expect(loads.map(({ offset }) => offset)).toEqual([0, 100, 0]);
});

test('far pages are forgotten', async () => {
  const { rows, loads } = manual();
  rows.look(0, 20);
  loads[0]?.resolve(answer(0));
  await settle();
  rows.look(900_000, 900_020);
  expect(rows.row(0)).toBeUndefined();
});

test('a closed list fetches nothing more', () => {
  const { rows, loads } = manual();
  rows.look(0, 20);
  rows.close();
  rows.look(200, 220);
  expect(loads).toHaveLength(1);
  expect(loads[0]?.signal.aborted).toBe(true);
});

test('of the rows that are there some share fits', async () => {
  const { rows, loads } = manual();
  expect(rows.share(() => true)).toBe(0);
  rows.look(0, 20);
  loads[0]?.resolve(answer(0));
  await settle();
  expect(rows.share((row) => row < PAGE_SIZE / 4)).toBe(0.25);
});
