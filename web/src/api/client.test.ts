import { describe, expect, test } from 'vitest';
import { exampleBuild, exampleDefinitions } from '../state/example';
import { ApiError, createClient, isAbort } from './client';

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
    await answering(200, '{}', seen).tables();
    await answering(200, '{}', seen).table('visual_tables.all_count');
    expect(seen).toEqual([
      'https://host.test/observatory/api/v1/tables',
      'https://host.test/observatory/api/v1/tables/visual_tables.all_count',
    ]);
  });
});

describe('failures', () => {
  test('nothing published yet is not an error', async () => {
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

  test('an answer of another shape is malformed', async () => {
    for (const body of ['{}', 'null', '[]', '"up"', '{"build":"12"}', '{"dimensions":{}}']) {
      expect((await failure(answering(200, body).build())).kind).toBe('malformed');
      expect((await failure(answering(200, body).definitions())).kind).toBe('malformed');
    }
    const build = await answering(200, JSON.stringify(exampleBuild)).build();
    expect(build).toEqual(exampleBuild);
    const definitions = await answering(200, JSON.stringify(exampleDefinitions)).definitions();
    expect(definitions).toEqual(exampleDefinitions);
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

test('queries have more time than other requests', async () => {
  const client = createClient({
    base: 'https://host.test/',
    timeoutMs: 5,
    queryTimeoutMs: 60_000,
    fetch: (_input, init) =>
      new Promise((resolve, reject) => {
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
        setTimeout(() => resolve(new Response('{}')), 50);
      }),
  });
  expect((await failure(client.build())).message).toContain('no answer in time');
  await client.sql('select 1');
  expect(await (await client.sqlFile('select 1', 'csv')).text()).toBe('{}');
});

describe('questions about a selection', () => {
  const query = new URLSearchParams('role=de&skill=C%2B%2B&vs.role=');

  test('keep their order, and name their tiles once', async () => {
    const seen: string[] = [];
    const client = answering(200, '{"selections":[{"tiles":{"roles":{"kind":"groups"}}}]}', seen);
    await client.tiles(['roles'], query);
    await client.facets({ dimensions: ['skill', 'role'], query, contains: 'ja', limit: 5 });
    await client.explain('roles/x', query);
    await client.posting('saramin/1');
    await client.posting('-81', 7);
    expect(
      seen.map((address) => address.replace('https://host.test/observatory/api/v1/', '')),
    ).toEqual([
      'tiles?role=de&skill=C%2B%2B&vs.role=&tiles=roles',
      'facets?role=de&skill=C%2B%2B&vs.role=&dimension=skill&dimension=role&contains=ja&limit=5',
      'tiles/roles%2Fx/explain?role=de&skill=C%2B%2B&vs.role=',
      'postings/saramin%2F1',
      'postings/-81?build=7',
    ]);
    expect(query.toString()).toBe('role=de&skill=C%2B%2B&vs.role=');
  });

  test('an answer without a tile that was asked for cannot be shown', async () => {
    const answer = '{"selections":[{"tiles":{}}]}';
    const error = await failure(answering(200, answer).tiles(['roles'], query));
    expect([error.kind, error.message]).toEqual([
      'malformed',
      '`api/v1/tiles` answered without the tile `roles`',
    ]);
  });

  test('a refusal keeps the server’s word for it', async () => {
    const body = JSON.stringify({ error: { code: 'unknown_build', message: 'gone', hint: null } });
    const error = await failure(answering(404, body).tiles(['roles'], query));
    expect([error.kind, error.code, error.status]).toEqual(['refused', 'unknown_build', 404]);
  });

  test('one that was given up is no failure', async () => {
    const client = createClient({
      base: 'https://host.test/',
      fetch: (_input, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error));
        }),
    });
    const given = new AbortController();
    const caught = client.tiles(['roles'], query, given.signal).catch((error: unknown) => error);
    given.abort();
    expect(isAbort(await caught)).toBe(true);
  });
});
