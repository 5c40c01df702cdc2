import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crossLook } from './looks';

const TILES = readFileSync(new URL('../../../pipeline/tiles.toml', import.meta.url), 'utf8');

test('shares are drawn of what the server’s intervals are of', () => {
  const crosses = TILES.split(/^\[tiles\./m)
    .slice(1)
    .filter((text) => /^by = \[".*", ".*"\]$/m.test(text))
    .map(
      (text) => [text.slice(0, text.indexOf(']')), text.includes('shares_of = "group"')] as const,
    );
  expect(crosses.length).toBeGreaterThan(5);
  for (const [name, ofGroup] of crosses) {
    expect([name, crossLook(name).sharesOf]).toEqual([name, ofGroup ? 'row' : 'tile']);
  }
});
