import { defineConfig } from 'vitest/config';

// Drives a real browser against a running server: see README.md.
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    environment: 'node',
    // In tests Vite puts its own `base` into BASE_URL: the server's address travels under another name.
    env: { SERVER_URL: process.env.BASE_URL ?? '' },
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
