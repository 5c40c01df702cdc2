import { expect, test } from 'vitest';
import { exampleBuild, exampleClient, exampleDefinitions } from './example';
import { Published } from './published.svelte';

test('definitions are read again only with another build', async () => {
  let build = exampleBuild;
  let reads = 0;
  const client = exampleClient({
    build: async () => build,
    definitions: async () => {
      reads += 1;
      return exampleDefinitions;
    },
  });
  const published = new Published(client, () => 1);
  await published.resource.refresh();
  await published.resource.refresh();
  expect([reads, published.version]).toEqual([1, 0]);
  // The same number, published again.
  build = { ...exampleBuild, published_at: '2023-07-11T00:00:00Z' };
  await published.resource.refresh();
  expect([reads, published.version, published.build]).toEqual([2, 1, build]);
});
