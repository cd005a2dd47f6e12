/**
 * `npm run coverage:ops`: runs the tests of kernels, ops and autograd on every device, notes how far each was from its
 * float64 oracle, and writes docs/coverage.md. Exit status 1 if something has no oracle, no test or no gradient check.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Observation } from '../packages/tensor-core/test/support/observe.ts';
import { kernelItems, root } from './coverage-table/inventory.ts';
import { collect } from './coverage-table/observations.ts';
import { gaps, page } from './coverage-table/table.ts';

const help = `
npm run coverage:ops

Runs the tests of kernels, ops and autograd on every device (minutes), notes how far each was from its float64 oracle,
and writes docs/coverage.md. Exit status: 0 everything has an oracle, a test and a gradient check, 1 something lacks one
or failed.
`.trim();

const args = process.argv.slice(2).filter((arg) => arg !== '--');
if (args.includes('--help') || args.includes('-h')) {
  console.log(help);
  process.exit(0);
}
if (args.length > 0) {
  console.error(`npm run coverage:ops takes no arguments, not ${args.join(' ')}\nTry --help.`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'glassbox-coverage-'));
const notes = join(folder, 'notes.jsonl');
writeFileSync(notes, '');
const bin = join(root, 'node_modules', '.bin');
const windows = process.platform === 'win32';
const run = spawnSync(
  join(bin, windows ? 'vitest.CMD' : 'vitest'),
  ['run', '--isolate', ...['kernels', 'ops', 'autograd'].map((part) => `packages/tensor-core/test/${part}/`)],
  {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
    env: { ...process.env, GLASSBOX_COVERAGE: notes, PATH: `${bin}${delimiter}${process.env.PATH}` },
  },
);
if (run.status !== 0) {
  rmSync(folder, { recursive: true, force: true });
  console.error('Some tests failed: the table stays as it was.');
  process.exit(1);
}
const observations = readFileSync(notes, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as Observation);
rmSync(folder, { recursive: true, force: true });

const seen = collect(
  observations,
  kernelItems().map(({ name }) => name),
);
const missing = gaps(seen);
writeFileSync(join(root, 'docs', 'coverage.md'), page(seen));
console.log(`docs/coverage.md: ${observations.length} notes.`);
for (const gap of missing) console.error(gap);
process.exit(missing.length > 0 ? 1 : 0);
