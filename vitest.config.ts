import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// One process without isolation: module scope holds no state, so files can share it and the suite stays quick.
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['test/counterparts/**', 'node_modules/**'],
    isolate: false,
    // Output is compared letter by letter; colours would come where CI or FORCE_COLOR is set.
    env: { NO_COLOR: '1' },
    // Journeys mostly wait: two at once fit also where there are two cores, of which one would be used.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // What is looked for again and again may take long where the machine is busy.
    expect: { poll: { timeout: 10_000 } },
  },
});
