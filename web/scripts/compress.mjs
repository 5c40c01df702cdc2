// Writes a .br file next to every text file of dist, compressed as far as it goes: what takes a second
// here would be too slow for a server to do at each request.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const dist = new URL('../dist', import.meta.url).pathname;
const TEXT = /\.(js|css|svg)$/;
/** What fits into one packet anyway is not worth a second file. */
const LEAST_BYTES = 1024;

for (const name of readdirSync(dist, { recursive: true }).map(String)) {
  if (!TEXT.test(name)) continue;
  const bytes = readFileSync(join(dist, name));
  if (bytes.length < LEAST_BYTES) continue;
  const params = {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  writeFileSync(join(dist, `${name}.br`), brotliCompressSync(bytes, { params }));
}
