import { defineConfig } from 'vitest/config';

/** One config for all packages. `forks`: a GPU driver reads its environment from the process, not from a thread. */
export default defineConfig({
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      '{benchmarks,classroom}/test/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    globalSetup: ['classroom/test/site-folder.ts'],
    setupFiles: ['scripts/fast-check-setup.ts'],
    // Whatever was measured on this machine: tests run with the tiles that every machine has.
    env: { GLASSBOX_TILES: 'none' },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
