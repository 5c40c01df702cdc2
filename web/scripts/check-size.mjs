// Fails when what the first page loads outgrows its budget: the entry of index.html with its styles, tiles
// and pages as the server writes them into the page, and what the overview then loads by itself. Each file counts as it is sent to a browser: compressed by
// scripts/compress.mjs where that made it smaller, else as it is; the sum that a reader without Brotli
// gets is reported beside it. Further pages are reported, each with what it loads on top of the first one.
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { productLayout } from './layout.mjs';

const BUDGET_KB = 195;
/** Lazy chunks that the overview asks for when it is shown, by name: its charts. */
const OF_THE_FIRST_PAGE = ['echarts-bars'];

const dist = new URL('../dist', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));
// It is no part of the page, and everything in dist is served.
rmSync(join(dist, '.vite'), { recursive: true });

function keyOf(name) {
  const found = Object.keys(manifest).find((key) => manifest[key].name === name);
  if (found !== undefined) return found;
  console.error(`error: no chunk is called \`${name}\`\nhint: scripts/check-size.mjs expects it`);
  process.exit(1);
}

/** Files of chunks and of everything that these load without being asked. */
function filesOf(keys) {
  const files = new Set();
  const seen = new Set();
  const add = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    const { file, css = [], imports = [] } = manifest[key];
    for (const name of [file, ...css]) files.add(name);
    imports.forEach(add);
  };
  keys.forEach(add);
  return files;
}

function sentKb(file) {
  const compressed = join(dist, `${file}.br`);
  return statSync(existsSync(compressed) ? compressed : join(dist, file)).size / 1000;
}
const gzipKb = (file) => gzipSync(readFileSync(join(dist, file))).length / 1000;
const sum = (files, size) => [...files].reduce((total, file) => total + size(file), 0);
const say = (kb, what) => console.log(`${kb.toFixed(1).padStart(7)} kB  ${what}`);

const first = filesOf(['index.html', ...OF_THE_FIRST_PAGE.map(keyOf)]);
for (const file of first) say(sentKb(file), file);
// The server compresses them with each answer, at a level that is fast.
const layout = JSON.stringify(productLayout());
const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
const layoutKb = brotliCompressSync(layout, { params }).length / 1000;
say(layoutKb, 'tiles and pages');
const total = sum(first, sentKb) + layoutKb;
say(total, `first page, Brotli (budget ${BUDGET_KB} kB)`);
say(sum(first, gzipKb) + gzipSync(layout).length / 1000, 'first page, gzip');

for (const key of Object.keys(manifest).sort()) {
  if (!/^src\/(pages|series|tiles|charts)\//.test(key) || manifest[key].isDynamicEntry !== true)
    continue;
  const further = [...filesOf([key])].filter((file) => !first.has(file));
  say(sum(further, sentKb), `on top: ${manifest[key].name}`);
}

if (total > BUDGET_KB) {
  console.error(
    `error: the first page takes ${total.toFixed(1)} kB, more than ${BUDGET_KB} kB\n` +
      'hint: import chart parts one by one in src/charts/echarts-*.ts, and load pages with import()',
  );
  process.exit(1);
}
