import { describe, expect, test } from 'vitest';
import { loadOverview } from './data';
import { exampleBuild, exampleClient, exampleTable } from './example';

test('every figure comes from the published tables', async () => {
  const data = await loadOverview(exampleClient(), null);
  expect(data.dataJobs).toEqual({ dataJobs: 120, postings: 1000 });
  expect(data.dataRoles).toMatchObject({ dataJobs: 120 });
  expect(data.roles[1]).toEqual({ role: 'de', total: 40, experienced: 30, open: 8, entry: 1 });
  expect(data.keywords[0]).toEqual({ keyword: 'Java', count: 310 });
  expect(data.dataKeywords).toEqual([{ keyword: '머신러닝', de: 5, da: 10, ds: 60, total: 70 }]);
});

describe('a refresh', () => {
  test('keeps the very same data while the build is the same, and reads no table', async () => {
    const data = await loadOverview(exampleClient(), null);
    const table = () => Promise.reject(new Error('no table should be read'));
    expect(await loadOverview(exampleClient({ table }), data)).toBe(data);
  });

  test('reads all again when a build was published, also one of the same number', async () => {
    const data = await loadOverview(exampleClient(), null);
    for (const change of [{ build: 13 }, { published_at: '2023-07-11T00:00:00Z' }]) {
      const build = { ...exampleBuild, ...change };
      const client = exampleClient({
        build: async () => build,
        table: async (name) => exampleTable(name, build.build),
      });
      expect((await loadOverview(client, data)).build).toEqual(build);
    }
  });
});

describe('a build that is published while its tables are read', () => {
  test('is read again, never mixed', async () => {
    let published = 12;
    let reads = 0;
    const client = exampleClient({
      build: async () => ({ ...exampleBuild, build: published }),
      table: async (name) => {
        if (++reads === 3) published = 13;
        return exampleTable(name, published);
      },
    });
    expect((await loadOverview(client, null)).build.build).toBe(13);
    expect(reads).toBe(12);
  });

  test('gives up when it never holds still', async () => {
    let published = 12;
    const client = exampleClient({
      build: async () => ({ ...exampleBuild, build: ++published }),
      table: async (name) => exampleTable(name, 0),
    });
    await expect(loadOverview(client, null)).rejects.toMatchObject({ kind: 'unreachable' });
  });
});

test.each([
  ['visual_tables.data_job_ratio', [{ is_data_job: true, count: 1001 }], 'more than the 1000'],
  ['visual_tables.data_job_detail_ratio', [{ role: 'ds', count: 121 }], 'more than the 120'],
  ['visual_tables.top_keywords', [{ job_name: 'Java' }], 'column `count` holds nothing'],
])('%s that cannot be true is refused', async (broken, rows, message) => {
  const client = exampleClient({
    table: async (name) => ({ ...exampleTable(name), ...(name === broken ? { rows } : {}) }),
  });
  await expect(loadOverview(client, null)).rejects.toMatchObject({
    kind: 'malformed',
    message: expect.stringContaining(message),
  });
});

test('a build without postings has figures of zero', async () => {
  const client = exampleClient({ table: async (name) => ({ ...exampleTable(name), rows: [] }) });
  const data = await loadOverview(client, null);
  expect(data.dataJobs).toEqual({ dataJobs: 0, postings: 0 });
});
