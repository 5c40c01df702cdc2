// Fails when the first page's scripts and styles outgrow their budget: everything in dist is counted,
// compressed one by one as a server would send it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET_KB = 200;
const dist = new URL('../dist', import.meta.url).pathname;

const files = readdirSync(dist, { recursive: true })
  .map(String)
  .filter((name) => /\.(js|css)$/.test(name))
  .map((name) => ({ name, bytes: gzipSync(readFileSync(join(dist, name))).length }));
const totalKb = files.reduce((sum, file) => sum + file.bytes, 0) / 1000;

for (const file of files)
  console.log(`${(file.bytes / 1000).toFixed(1).padStart(7)} kB  ${file.name}`);
console.log(`${totalKb.toFixed(1).padStart(7)} kB  gzip in all (budget ${BUDGET_KB} kB)`);
if (totalKb > BUDGET_KB) {
  console.error(
    `error: the page's scripts and styles take ${totalKb.toFixed(1)} kB, more than ${BUDGET_KB} kB\n` +
      'hint: import chart parts one by one in src/charts/echarts.ts, and split pages with import()',
  );
  process.exit(1);
}
