import { readFileSync } from 'node:fs';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';

const DOCUMENT = new URL('../../../docs/openapi.json', import.meta.url);
const SCHEMA = new URL('./schema.d.ts', import.meta.url);

test('schema.d.ts is what docs/openapi.json generates: else run `npm run types`', async () => {
  const generated = astToString(await openapiTypescript(DOCUMENT));
  expect(readFileSync(SCHEMA, 'utf8')).toContain(generated);
});
