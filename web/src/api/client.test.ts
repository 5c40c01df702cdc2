import { describe, expect, test } from 'vitest';
import { ApiError, createClient, downloadHref } from './client';

function answering(status: number, body: string, seen: string[] = []) {
  return createClient({
    base: 'https://host.test/observatory/',
    fetch: async (input) => {
      seen.push(String(input));
      return new Response(body, { status });
    },
  });
}

async function failure(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe('addresses', () => {
  test('stay below the path prefix of the page', async () => {
    const seen: string[] = [];
    await answering(200, '{}', seen).build();
    await answering(200, '{}', seen).table('visual_tables.all_count');
    expect(seen).toEqual([
      'https://host.test/observatory/api/v1/build',
      'https://host.test/observatory/api/v1/tables/visual_tables.all_count',
    ]);
    expect(downloadHref('visual_tables.all_count', 'csv')).toBe(
      'api/v1/tables/visual_tables.all_count.csv',
    );
  });
});

describe('failures', () => {
  test('nothing published yet is told apart from an error', async () => {
    const body = JSON.stringify({
      error: { code: 'nothing_published', message: 'no build', hint: 'run `jobtide build`' },
    });
    const error = await failure(answering(503, body).build());
    expect(error).toMatchObject({ kind: 'nothing_published', hint: 'run `jobtide build`' });
  });

  test('the words of the server are kept', async () => {
    const body = JSON.stringify({
      error: { code: 'unknown_table', message: 'no `x`', hint: 'see `tables`' },
    });
    const error = await failure(answering(404, body).table('visual_tables.x'));
    expect(error).toMatchObject({ kind: 'refused', hint: 'see `tables`' });
    expect(error.message).toBe('`/observatory/api/v1/tables/visual_tables.x`: no `x`');
  });

  test('a proxy that speaks for a stopped server means unreachable', async () => {
    for (const status of [502, 503, 504]) {
      const error = await failure(answering(status, '<html>Bad Gateway</html>').build());
      expect(error.kind).toBe('unreachable');
    }
  });

  test('other statuses without an error body name the status', async () => {
    const error = await failure(answering(500, '').build());
    expect(error).toMatchObject({
      kind: 'refused',
      message: '`/observatory/api/v1/build`: HTTP 500',
    });
  });

  test('an answer that is not JSON is malformed', async () => {
    expect((await failure(answering(200, '<html>').build())).kind).toBe('malformed');
  });

  test('a refused connection and a missed deadline are unreachable', async () => {
    for (const cause of [new TypeError('refused'), new DOMException('late', 'TimeoutError')]) {
      const client = createClient({
        base: 'http://host.test/',
        fetch: () => Promise.reject(cause),
      });
      expect((await failure(client.build())).kind).toBe('unreachable');
    }
  });
});
