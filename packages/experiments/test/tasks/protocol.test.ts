import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Autoencoder } from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import type { ResultRow } from '../../src/report/index.ts';
import { RunFolder } from '../../src/run/folder.ts';
import { RunProgress } from '../../src/run/progress.ts';
import { tasks } from '../../src/tasks/index.ts';
import { recipesOf } from '../../src/tasks/task.ts';
import { prepareData } from '../../src/training/data.ts';
import { trainRow, weightsFile } from '../../src/training/train.ts';
import { autoencoderSeed, protocol, recorded, sets } from './support.ts';

interface Recorded {
  bestEpoch: number;
  history: { trainLoss: number; valLoss: number; valAuc: number }[];
  logOdds: number[];
}
/** What PyTorch made of the same weights, images and orders: ../fixtures/protocol/record.py. */
const pytorch: Record<string, Recorded> = JSON.parse(
  readFileSync(new URL('../fixtures/protocol.json', import.meta.url), 'utf8'),
);

/** Float32 against float64 over at most 60 steps. */
const tolerance = 2e-4;

const path = mkdtempSync(join(tmpdir(), 'glassbox-protocol-'));
const runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(async () => {
  await runtime.destroy();
  rmSync(path, { recursive: true, force: true });
});
const context = {
  runtime,
  folder: RunFolder.create(path),
  data: prepareData(runtime, sets, protocol),
  protocol,
  signal: new AbortController().signal,
  note: () => {},
  progress: new RunProgress([]),
};
// Untrained: that its convolutions are handed over, and nothing else, is what is compared.
await context.folder.writeTensors(
  weightsFile('autoencoder', 0),
  await new Autoencoder(runtime, { seed: autoencoderSeed }).stateDict(),
);

/** Largest difference between two lists. */
const apart = (a: readonly number[], b: readonly number[]) =>
  Math.max(...a.map((value, i) => Math.abs(value - b[i])));

describe('the protocol of the practical is that of the same program in PyTorch', { timeout: 120_000 }, () => {
  it.each(recorded.map((variant) => [variant]))('%s', async (variant) => {
    const recipe = recipesOf(tasks, protocol).find((one) => one.variant === variant)!;
    // In the order of the run: later rows start from the weights of earlier ones.
    const row: ResultRow = await trainRow(context, recipe, 0);
    const { history, bestEpoch, logOdds } = pytorch[variant];
    expect(row.history).toHaveLength(history.length);
    expect(row.bestEpoch).toBe(bestEpoch);
    for (const value of ['trainLoss', 'valLoss', 'valAuc'] as const) {
      expect(
        apart(
          row.history.map((record) => record[value]!),
          history.map((record) => record[value]),
        ),
        value,
      ).toBeLessThan(value === 'valAuc' ? 0.004 : tolerance);
    }
    expect(apart(row.logOdds.test, logOdds), 'log-odds of the kept net on test').toBeLessThan(10 * tolerance);
  });
});
