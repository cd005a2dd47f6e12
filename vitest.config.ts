import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/**
 * Tests of what only computes: their files follow one another in a process, with the sources loaded once. They leave
 * nothing behind but compiled code; each opens devices of its own. All other files get a fresh process.
 */
const sharingProcess = [
  'packages/tensor-core/test/{autograd,kernels,ops}/**/*.test.ts',
  'packages/wgsl-wasm/test/{check,encode,lower,syntax}/**/*.test.ts',
  'packages/{files,images,medmnist,metrics,wgsl-kernels}/test/**/*.test.ts',
  'packages/nn/test/{layers,optim,random,schedule}/**/*.test.ts',
];

/** One config for all packages. `forks`: a GPU driver reads its environment from the process, not from a thread. */
export default defineConfig({
  test: {
    globalSetup: ['classroom/test/site-folder.ts'],
    setupFiles: ['scripts/fast-check-setup.ts'],
    env: {
      // Whatever was measured on this machine: tests run with the tiles that every machine has.
      GLASSBOX_TILES: 'none',
      // As scripts/run.mjs: programs that tests start keep stripped and compiled sources.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node'),
    },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'own process',
          include: [
            'packages/*/test/**/*.test.ts',
            '{benchmarks,classroom}/test/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', ...sharingProcess],
        },
      },
      { extends: true, test: { name: 'one process', include: sharingProcess, isolate: false } },
    ],
  },
});
