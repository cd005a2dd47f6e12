import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { peerFile } from '../../../../benchmarks/src/peers/install.ts';
import { difference } from '../../conformance/libraries/cases.ts';
import type { LibraryName, Message, Work } from '../../conformance/libraries/rows.ts';

const floats = (...data: number[]) => [{ exact: false, data }];
const wholes = (...data: number[]) => [{ exact: true, data }];

describe('difference', () => {
  it('is a share of the value and of the mean size', () => {
    expect(difference(floats(1, 2), floats(1, 2))).toBe(0);
    expect(difference(floats(1, 3.5), floats(1, 3))).toBeCloseTo(0.5 / (3 + 2));
  });
  it('is infinite for whole numbers that differ, and where only one is NaN or infinite', () => {
    expect(difference(wholes(1, 2), wholes(1, 3))).toBe(Number.POSITIVE_INFINITY);
    expect(difference(floats(1, Number.NaN), floats(1, 2))).toBe(Number.POSITIVE_INFINITY);
    expect(difference(floats(1, 2), floats(1, Number.NaN))).toBe(Number.POSITIVE_INFINITY);
    expect(difference(floats(1, 2), floats(1, Number.POSITIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
    expect(difference(floats(Number.NaN), floats(Number.NaN))).toBe(0);
  });
  it('refuses results of other sizes', () => {
    expect(() => difference(floats(1), floats(1, 2))).toThrow('1 values, not 2');
    expect(() => difference([], floats(1))).toThrow('0 results, not 1');
  });
});

/** A part of an operation's name for each, that few have; `npm run conformance -- libraries` runs all. */
const samples: readonly (readonly [LibraryName, string])[] = [
  ['tfjs', 'Softmax'],
  ['jax', 'nn.softmax'],
  ['onnx', 'Gemm'],
];

describe.skipIf(!existsSync(peerFile('.installed')))('the libraries, since they are installed here', () => {
  it.each(samples)('%s: %s is as on the processor', (library, filter) => {
    const work: Work = { library, filter, gpu: 'ours', from: 0, times: library === 'tfjs' };
    const file = join(import.meta.dirname, '../../conformance/libraries/worker.ts');
    const args = ['--disable-warning=ExperimentalWarning', file, JSON.stringify(work)];
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    const messages = stdout.split('\n').filter((line) => line.startsWith('@'));
    const rows = messages.flatMap((line) => (JSON.parse(line.slice(1)) as Message).row ?? []);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(row).toMatchObject({ status: 'passed', dispatches: expect.any(Number) });
      if (work.times) expect(Math.min(row.robustMs!, row.uncheckedMs!)).toBeGreaterThan(0);
    }
  });
});
