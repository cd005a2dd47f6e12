import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  datasetFileName,
  datasetInfo,
  datasetNames,
  imageSizes,
  openDataset,
  writeStandIn,
} from '@glassbox/medmnist';
import { AdaptiveAvgPool2d, Flatten, fit, Init, Linear, Sequential, SGD } from '@glassbox/nn';
import { openRuntime } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import { prepareSet } from '../../src/medmnist/prepare.ts';

const work = mkdtempSync(join(tmpdir(), 'glassbox-medmnist-sets-'));
const runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await runtime.destroy();
});

describe.each(datasetNames)('%s', (name) => {
  it.each(imageSizes)('trains from the disk at %d pixels', async (size) => {
    const file = join(work, datasetFileName(name, size));
    const { samples, task, labels, channels } = datasetInfo(name);
    const fraction = 6 / Math.min(samples.train, samples.val, samples.test);
    await writeStandIn(file, { name, size, fraction, compress: size < 128 });
    const dataset = await openDataset({ file, name, size, maxResident: 0 });
    const { splits, input, loss, multiLabel } = prepareSet(runtime, dataset, { name: 'official' }, undefined);
    expect(input).toEqual({ outputs: labels.length, channels, pixels: size, large: false });
    expect(multiLabel).toBe(task === 'multi-label, binary-class');
    const init = new Init(runtime, 0);
    const net = new Sequential(
      new AdaptiveAvgPool2d(1),
      new Flatten(),
      new Linear(init, channels, labels.length),
    );
    const { history } = await fit(net, {
      train: splits.train,
      val: splits.val,
      loss,
      optimizer: new SGD(net.parameters(), { lr: 0.01 }),
      epochs: 1,
      batchSize: 128,
    });
    expect(history[0].valLoss).toBeGreaterThan(0);
    await dataset.close();
    rmSync(file);
  });
});
