/**
 * Workers that do not start, in Node: the sources are copied, and the file of the worker is spoilt. `browser.test.ts`
 * has the same for browsers.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));

/** Opens and reads; prints at which of them it failed, and how. */
const SCRIPT = `
import { openWasmRuntime } from './index.ts';
let step = 'open';
let runtime;
try {
  runtime = await openWasmRuntime({ threads: 2, startTimeout: Number(process.argv[2]), worker: process.argv[3] });
  step = 'read';
  const x = runtime.createBuffer(64, 'x');
  await runtime.read(x, 0, 64);
  step = 'done with ' + runtime.threads;
  await runtime.read(x, 0, 64);
} catch (error) {
  step += ': ' + error.message;
  if (runtime) step += '; then ' + await runtime.synchronize().catch((e) => e === runtime.lost);
}
await runtime?.destroy();
console.log(step);
`;

describe('a worker in Node', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'glassbox-worker-'));
    cpSync(SOURCES, folder, { recursive: true });
    symlinkSync(join(SOURCES, '../node_modules'), join(folder, 'node_modules'), 'junction');
    writeFileSync(join(folder, 'script.ts'), SCRIPT);
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** `seconds` that a worker has to start: many, since a busy machine starts it late. */
  const run = async (worker: string | null, { seconds = 60, other = [] as string[] } = {}) => {
    const file = join(folder, 'runtime/worker.ts');
    if (worker === null) rmSync(file, { force: true });
    else writeFileSync(file, worker);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(folder, 'script.ts'), String(seconds), ...other],
      {
        timeout: 90_000,
      },
    );
    return stdout.trim();
  };

  it('that says nothing in time is an error of the first read', async () => {
    expect(await run('setInterval(() => {}, 1000);', { seconds: 0.5 })).toMatch(
      /^read: worker thread 1 did not start \(nothing of it within 0\.5 s\); .*threads: 1; then true$/,
    );
  });

  it('that throws when it starts is an error of the first read, with its message', async () => {
    expect(await run("throw new Error('no such luck');")).toMatch(
      /^read: worker thread 1 did not start \(Error: no such luck\); .*threads: 1; then true$/,
    );
  });

  it('that ends at once is an error', async () => {
    expect(await run('process.exit(3);')).toMatch(/^read: .*did not start \(it exited with code 3\)/);
  });

  it('whose file is missing is an error of opening', async () => {
    expect(await run(null)).toMatch(
      /^open: worker thread 1 did not start \(there is no file file:.*worker\.ts\)/,
    );
  });

  it('may be another file: the option worker names it, as a path or a URL', async () => {
    const other = join(folder, 'runtime/other.ts');
    writeFileSync(other, "import './beside.ts';");
    cpSync(join(SOURCES, 'runtime/worker.ts'), join(folder, 'runtime/beside.ts'));
    for (const name of [other, pathToFileURL(other).href])
      expect(await run(null, { other: [name] })).toBe('done with 2');
    expect(await run(null, { other: ['nowhere.ts'] })).toMatch(
      /^open: .*there is no file file:.*nowhere\.ts\).*option worker/,
    );
  });
});
