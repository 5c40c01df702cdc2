import { describe, expect, test } from 'vitest';
import { ApiError } from '../api/client';
import type { TilesAnswer } from '../api/types';
import { exampleAnswer } from '../state/example';
import { NO_FILTERS, readFilters, writeFilters } from '../state/filters';
import { TilesLoader } from './view.svelte';

/** A loader whose requests are answered one by one by the test. */
function manual() {
  const requests: {
    query: string;
    signal: AbortSignal | undefined;
    resolve: (answer: TilesAnswer) => void;
    reject: (reason: unknown) => void;
  }[] = [];
  const loader = new TilesLoader({
    tiles: (_names, query, signal) =>
      new Promise((resolve, reject) =>
        requests.push({ query: query.toString(), signal, resolve, reject }),
      ),
  });
  const ask = (query: string, names = ['roles']) => {
    const filters = readFilters(new URLSearchParams(query));
    return loader.load({ names, filters, query: writeFilters(filters) });
  };
  return { loader, requests, ask };
}

test('one request, then ready', async () => {
  const { loader, requests, ask } = manual();
  const done = ask('role=de');
  expect(loader.status).toBe('loading');
  requests[0]?.resolve(exampleAnswer());
  await done;
  expect([loader.status, loader.answer?.build]).toEqual(['ready', 12]);
  expect(loader.asked?.values).toEqual({ role: ['de'] });
});

test('the answer before stays, with its own filters, until the next is there', async () => {
  const { loader, requests, ask } = manual();
  const first = ask('role=de');
  requests[0]?.resolve(exampleAnswer());
  await first;
  const second = ask('role=da');
  expect([loader.status, loader.answer?.build]).toEqual(['refreshing', 12]);
  expect(loader.asked?.values).toEqual({ role: ['de'] });
  requests[1]?.resolve(exampleAnswer({ build: 13 }));
  await second;
  expect([loader.status, loader.answer?.build]).toEqual(['ready', 13]);
  expect(loader.asked?.values).toEqual({ role: ['da'] });
});

test('a request that was overtaken is given up and changes nothing', async () => {
  const { loader, requests, ask } = manual();
  const slow = ask('role=de');
  const fast = ask('role=da');
  expect(requests[0]?.signal?.aborted).toBe(true);
  requests[1]?.resolve(exampleAnswer({ build: 13 }));
  await fast;
  requests[0]?.resolve(exampleAnswer({ build: 11 }));
  await slow;
  expect(loader.answer?.build).toBe(13);
  const third = ask('role=ds');
  const fourth = ask('role=de');
  requests[2]?.reject(new DOMException('given up', 'AbortError'));
  await third;
  expect(loader.status).toBe('refreshing');
  requests[3]?.resolve(exampleAnswer({ build: 14 }));
  await fourth;
  expect(loader.status).toBe('ready');
});

test('figures of another page are not shown', async () => {
  const { loader, requests, ask } = manual();
  const first = ask('');
  requests[0]?.resolve(exampleAnswer());
  await first;
  void ask('', ['flow']);
  expect([loader.status, loader.answer]).toEqual(['loading', null]);
});

test('a page without tiles asks for nothing', async () => {
  const { loader, requests, ask } = manual();
  await ask('role=de', []);
  expect([requests.length, loader.status, loader.answer]).toEqual([0, 'ready', null]);
});

describe('a failure', () => {
  const stopped = new ApiError('unreachable', 'refused');

  test('is reported when there is nothing to show', async () => {
    const { loader, requests, ask } = manual();
    const done = ask('');
    requests[0]?.reject(stopped);
    await done;
    expect([loader.status, loader.error, loader.answer]).toEqual(['failed', stopped, null]);
  });

  test('leaves the figures before, of their filters', async () => {
    const { loader, requests, ask } = manual();
    const first = ask('');
    requests[0]?.resolve(exampleAnswer());
    await first;
    const second = ask('role=da');
    requests[1]?.reject(new Error('a mistake of ours'));
    await second;
    expect([loader.status, loader.error?.kind, loader.answer?.build]).toEqual([
      'failed',
      'malformed',
      12,
    ]);
    expect(loader.asked).toEqual(NO_FILTERS);
  });

  test('is over with the next answer', async () => {
    const { loader, requests, ask } = manual();
    const first = ask('');
    requests[0]?.reject(stopped);
    await first;
    const second = ask('');
    requests[1]?.resolve(exampleAnswer());
    await second;
    expect([loader.status, loader.error]).toEqual(['ready', null]);
  });
});
