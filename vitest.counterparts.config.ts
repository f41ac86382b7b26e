import { defineConfig } from 'vitest/config';

// Foreign clients: slower, and skipped one by one (with a sentence) where a client is not installed. .ci/counterparts prepares them.
export default defineConfig({
  test: {
    include: ['test/counterparts/**/*.test.ts'],
    isolate: false,
    // Output is compared letter by letter; colours would come where CI or FORCE_COLOR is set.
    env: { NO_COLOR: '1' },
    // Each starts servers of its own on ports of its own; mostly they wait for them.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
