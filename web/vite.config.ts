import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { layout } from './scripts/layout.mjs';
import { mapShapes } from './scripts/map-shapes.mjs';
import { withoutUnusedParts } from './scripts/unused-parts.mjs';

/** What the first page loads without asking for it, found once the graph of all modules is there. */
function firstPage(): (id: string, graph: Graph) => string | null {
  let modules: Set<string> | null = null;
  const reach = (graph: Graph): Set<string> => {
    const found = new Set([fileURLToPath(new URL('index.html', import.meta.url))]);
    for (const id of found) {
      for (const imported of graph.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
    }
    return found;
  };
  return (id, graph) => {
    modules ??= reach(graph);
    return modules.has(id) ? 'first' : null;
  };
}
interface Graph {
  getModuleInfo(id: string): { importedIds: readonly string[] } | null;
}

export default defineConfig({
  // Relative addresses: the same files work at the root and behind a proxy under a sub-path.
  base: './',
  plugins: [svelte(), mapShapes(), layout(), withoutUnusedParts()],
  build: {
    outDir: 'dist',
    // The oldest browsers that know light-dark(), which the design tokens are written in.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
    // 2 % smaller than Vite's own minifier makes it, which is what the first page has left.
    minify: 'terser',
    terserOptions: { ecma: 2020, module: true, compress: { passes: 2 } },
    // Nothing as data: address, so that a strict content security policy can hold.
    assetsInlineLimit: 0,
    // Which files a page loads: read, and taken away again, by scripts/check-size.mjs.
    manifest: true,
    rolldownOptions: {
      output: {
        // One file for what is always needed: as many small ones it takes a twentieth more.
        codeSplitting: { groups: [{ name: firstPage() }] },
      },
    },
    // ECharts in one lazy chunk; scripts/check-size.mjs watches what is sent.
    chunkSizeWarningLimit: 600,
  },
  server: {
    // `npm run dev` shows the figures of a running `jobtide serve` or `jobtide demo`.
    proxy: { '/api': process.env.JOBTIDE_URL ?? 'http://127.0.0.1:8080' },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    // In tests no page brings its messages.
    setupFiles: ['src/i18n/messages/all.ts'],
  },
});
