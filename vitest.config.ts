import { defineConfig } from 'vitest/config';

// One process without isolation: module scope holds no state, so files can share it and the suite stays quick.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/counterparts/**', 'node_modules/**'],
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
