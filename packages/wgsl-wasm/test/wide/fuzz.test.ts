/** V8's pass for 256 bits (`--experimental-wasm-revectorize`) changes no bit: generated kernels with it off and on. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amount } from '../../../../scripts/soak/amount.ts';
import type { FuzzResult } from './fuzz-child.ts';

const KERNELS = amount(150, 1_000_000);
/** So many in one process: V8 keeps code for a while. */
const CHUNK = 2500;

const args = (first: number, count: number, ...flags: string[]) => [
  '--disable-warning=ExperimentalWarning',
  '--no-liftoff',
  '--no-wasm-lazy-compilation',
  ...flags,
  join(import.meta.dirname, 'fuzz-child.ts'),
  String(first),
  String(count),
];
const env = { ...process.env, NODE_OPTIONS: '' };

function fuzz(first: number, count: number): Promise<FuzzResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args(first, count), { env });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (data) => {
      out += data;
    });
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) resolve(JSON.parse(out));
      else reject(new Error(`seeds from ${first}: status ${status}\n${errors}`));
    });
  });
}

const traced = spawnSync(process.execPath, args(0, 100, '--trace-wasm-revectorize'), {
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
  env,
});
const packed = traced.stdout
  .split('Begin revec')
  .filter((part) => part.includes('Decided to vectorize')).length;

const skipped = ' (skipped: this engine has no such pass, or the processor no AVX2)';
describe.skipIf(packed === 0)(`generated kernels in 256 bits${packed === 0 ? skipped : ''}`, () => {
  it('are such that V8 packs most of them', () => {
    expect(packed).toBeGreaterThan(50);
  });

  it('are not packed where V8 would do it wrongly', () => {
    const text = readFileSync(join(import.meta.dirname, 'mixed.wgsl'), 'utf8');
    const found = spawnSync(process.execPath, args(0, 0, '--trace-wasm-revectorize'), {
      encoding: 'utf8',
      env: { ...env, GLASSBOX_WIDE_KERNEL: text },
    });
    expect(found.stdout).toContain('@given');
    expect(found.stdout.split('@given')[1]).not.toContain('Decided to vectorize');
  });

  it(`give the bits that they give in 128: ${KERNELS} kernels`, async () => {
    // The seed of this run of fast-check, so that `--seed` repeats it.
    const start = fc.sample(fc.nat(2 ** 30), { numRuns: 1, seed: fc.readConfigureGlobal()?.seed })[0];
    let [done, invalid] = [0, 0];
    for (; done < KERNELS; done += CHUNK) {
      const result = await fuzz(start + done, Math.min(CHUNK, KERNELS - done));
      const [worst] = result.differences;
      expect(result.differences, worst && `seed ${worst.seed}: ${worst.words}\n${worst.wgsl}`).toEqual([]);
      invalid += result.invalid;
      if (KERNELS > CHUNK)
        console.log(`${Math.min(done + CHUNK, KERNELS)} kernels, ${invalid} of them not valid`);
    }
    expect(invalid).toBeLessThan(KERNELS / 10);
  });
});
