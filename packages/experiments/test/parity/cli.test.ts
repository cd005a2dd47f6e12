import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '@glassbox/host/command-line';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseParityOptions } from '../../src/parity/options.ts';

const fixtures = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const program = fileURLToPath(new URL('../../src/cli/parity.ts', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-parity-cli-'));
});
afterAll(() => rm(folder, { recursive: true }));

function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [program, ...args, '--data', fixtures, '--device', 'wasm'],
      (_, out, err) => {
        resolve({ status: child.exitCode ?? -1, out, err });
      },
    );
  });
}

describe('npm run parity', () => {
  it('says that --retries is gone', () => {
    const parse = () => parseParityOptions(['a.npz', '--data', 'x', '--retries', '3']);
    expect(parse).toThrow(UsageError);
    expect(parse).toThrow(/--retries is gone: each step is judged once/);
  });

  it('ends with 0 where all is right or nothing is judged, and prints a table for each step', async () => {
    const recordings = ['practical-nesterov.npz', 'trajectory-autoencoder.npz'];
    const { status, out, err } = await run(...recordings.map((name) => join(fixtures, name)));
    expect(err).toBe('');
    expect(status).toBe(0);
    expect(out).toMatch(/step 0: right.*ok {3}update\/parameters.*step 12: right.*drift over 12 steps/s);
  });

  it('ends with 1 where a step is wrong, here in the rate, and says so as JSON', async () => {
    const file = join(folder, 'faster.npz');
    await copyFile(join(fixtures, 'practical-rgb-adam.npz'), file);
    const spec = JSON.parse(await readFile(join(fixtures, 'practical-rgb-adam.json'), 'utf8'));
    spec.optimizer.lr *= 1.001;
    await writeFile(join(folder, 'faster.json'), JSON.stringify(spec));
    const { status, out } = await run(file, '--json');
    expect(status).toBe(1);
    const { pass, steps } = JSON.parse(out) as { pass: boolean; steps: { step: number; pass: boolean }[] };
    expect([pass, steps.map(({ step }) => step)]).toEqual([false, [0, 9]]);
  });

  it('ends with 2 where a file cannot be read', async () => {
    const { status, err } = await run(join(folder, 'absent.npz'));
    expect([status, err]).toEqual([2, expect.stringMatching(/absent\.npz/)]);
  });
});
