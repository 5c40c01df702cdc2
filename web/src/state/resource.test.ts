import { describe, expect, test } from 'vitest';
import { ApiError } from '../api/client';
import { Resource } from './resource.svelte';

/** A resource whose loads are answered one by one by the test. */
function manual() {
  const loads: PendingLoad[] = [];
  let now = 0;
  const resource = new Resource<string>(
    (previous) => new Promise((resolve, reject) => loads.push({ previous, resolve, reject })),
    () => ++now,
  );
  return { resource, loads };
}
interface PendingLoad {
  previous: string | null;
  resolve(value: string): void;
  reject(reason: unknown): void;
}

const stopped = new ApiError('unreachable', 'refused');

test('loading, then ready', async () => {
  const { resource, loads } = manual();
  expect(resource.state.status).toBe('loading');
  const done = resource.refresh();
  expect(resource.pending).toBe(true);
  loads[0]?.resolve('build 1');
  await done;
  expect(resource.pending).toBe(false);
  expect(resource.state).toEqual({
    status: 'ready',
    data: 'build 1',
    checkedAt: 1,
    refreshError: null,
  });
});

describe('before there are data', () => {
  test.each([
    [stopped, 'failed'],
    [new ApiError('nothing_published', ''), 'empty'],
    [new Error('a mistake of ours'), 'failed'],
  ])('%s leads to %s', async (reason, status) => {
    const { resource, loads } = manual();
    const done = resource.refresh();
    loads[0]?.reject(reason);
    await done;
    expect(resource.state.status).toBe(status);
  });

  test('a retry recovers', async () => {
    const { resource, loads } = manual();
    const first = resource.refresh();
    loads[0]?.reject(stopped);
    await first;
    const second = resource.refresh();
    expect(resource.state.status).toBe('failed');
    loads[1]?.resolve('build 1');
    await second;
    expect(resource.state.status).toBe('ready');
  });
});

test('a failing refresh leaves the data and is reported beside them', async () => {
  const { resource, loads } = manual();
  const first = resource.refresh();
  loads[0]?.resolve('build 1');
  await first;
  const second = resource.refresh();
  expect(loads[1]?.previous).toBe('build 1');
  loads[1]?.reject(stopped);
  await second;
  expect(resource.state).toEqual({
    status: 'ready',
    data: 'build 1',
    checkedAt: 1,
    refreshError: stopped,
  });
  const third = resource.refresh();
  loads[2]?.resolve('build 2');
  await third;
  expect(resource.state).toMatchObject({ data: 'build 2', refreshError: null });
});

test('an answer that was overtaken is dropped', async () => {
  const { resource, loads } = manual();
  const slow = resource.refresh();
  const fast = resource.refresh();
  loads[1]?.resolve('build 2');
  await fast;
  loads[0]?.resolve('build 1');
  await slow;
  expect(resource.state).toMatchObject({ status: 'ready', data: 'build 2' });
});
