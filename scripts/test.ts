/**
 * `npm test [-- FILTER…]`: formatting, lint and layer rules, types, then every test. Ends with the line
 * `N passed, N failed` (and `, N skipped`).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const help = `
npm test [-- FILTER… | vitest's options]

Checks formatting, lint, layers and types, then runs every test; with filters only the tests whose file names hold one
of them, as in npm test -- packages/nn. Options, such as -t NAME, go to vitest. The last line is: N passed, N failed, N
skipped.

Tests on real data and recorded trajectories are skipped unless GLASSBOX_DATA and GLASSBOX_GOLDEN name folders of them.
npm run soak does for hours what a few tests do for seconds.
`.trim();

const root = resolve(import.meta.dirname, '..');
const filters = process.argv.slice(2);
if (filters.includes('--help') || filters.includes('-h')) {
  console.log(help);
  process.exit(0);
}
const windows = process.platform === 'win32';

function run(name: string, args: readonly string[], env: Record<string, string> = {}): boolean {
  const file = join(root, 'node_modules', '.bin', windows ? `${name}.CMD` : name);
  const done = spawnSync(file, args, {
    cwd: root,
    stdio: 'inherit',
    shell: windows,
    env: {
      ...process.env,
      ...env,
      PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`,
    },
  });
  if (done.error) console.error(`${name}: ${done.error.message}`);
  return done.status === 0;
}

const report = mkdtempSync(join(tmpdir(), 'glassbox-test-'));
const json = join(report, 'results.json');
let failed = 0;
let passed = 0;
let skipped = 0;

if (filters.length === 0) {
  for (const task of ['lint', 'typecheck']) {
    const ok = run('turbo', ['run', `//#${task}`, '--output-logs=errors-only'], {
      TURBO_TELEMETRY_DISABLED: '1',
    });
    if (ok) passed++;
    else failed++;
    console.log(`${task}: ${ok ? 'ok' : 'failed'}`);
  }
}
const ok = run('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${json}`,
  ...filters,
]);
try {
  const result = JSON.parse(readFileSync(json, 'utf8')) as Record<string, number>;
  passed += result.numPassedTests;
  failed += result.numFailedTests;
  skipped += result.numPendingTests + result.numTodoTests;
  // A file that cannot be loaded, or an error outside of any test, has no failed test of its own.
  if (!ok && result.numFailedTests === 0) failed++;
} catch {
  console.error('The test runner left no results.');
  failed++;
}
rmSync(report, { recursive: true, force: true });
if (skipped > 0) {
  console.log(
    'Skipped tests say what they need: GLASSBOX_DATA and GLASSBOX_GOLDEN name folders of real data.',
  );
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exit(failed > 0 ? 1 : 0);
