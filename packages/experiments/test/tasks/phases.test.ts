import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchNorm2d, crossEntropyLoss, fit, gatherBatch, PracticalNet, SGD } from '@glassbox/nn';
import { openRuntime, tensor } from '@glassbox/tensor-core';
import { afterAll, describe, expect, it } from 'vitest';
import { RunFolder } from '../../src/run/folder.ts';
import { RunProgress } from '../../src/run/progress.ts';
import { tasks } from '../../src/tasks/index.ts';
import { recipesOf } from '../../src/tasks/task.ts';
import { prepareData } from '../../src/training/data.ts';
import { loadNet, trainRow, weightsFile } from '../../src/training/train.ts';
import { protocol, sets } from './support.ts';

const path = mkdtempSync(join(tmpdir(), 'glassbox-phases-'));
const runtime = await openRuntime({ device: 'wasm', threads: 1 });
afterAll(async () => {
  await runtime.destroy();
  rmSync(path, { recursive: true, force: true });
});

const short = { ...protocol, epochs: 3, probeEpochs: 2 };
/**
 * Wrong labels on validation: the better the probe learns, the worse it looks there, so that its best epoch is the
 * first.
 */
const { val } = sets.pneumonia.splits;
const misled = {
  ...sets.pneumonia,
  splits: { ...sets.pneumonia.splits, val: { ...val, labels: val.labels.map((label) => 1 - label) } },
};
const context = {
  runtime,
  folder: RunFolder.create(path),
  data: prepareData(runtime, { ...sets, pneumonia: misled }, short),
  protocol: short,
  signal: new AbortController().signal,
  note: () => {},
  progress: new RunProgress([]),
};

describe('linear probe, then fine-tune', () => {
  it('hands the last net of the probe to the fine-tuning, and counts its epochs on from there', async () => {
    const known = recipesOf(tasks, short);
    const find = (variant: string) => known.find((recipe) => recipe.variant === variant)!;
    await trainRow(context, find('2-chest-all'), 0);
    const row = await trainRow(context, find('3-linear-probe-fine-tune'), 0);

    // The same two phases written out.
    const { train, val } = context.data.pneumonia;
    const net = new PracticalNet(runtime, { seed: 0 });
    const source = await context.folder.readTensors(weightsFile('2-chest-all', 0));
    net.loadStateDict(new Map([...source.tensors].filter(([name]) => !name.startsWith('fc.'))), {
      strict: false,
    });
    const common = { train, val, loss: crossEntropyLoss(), batchSize: 64, seed: 0 };
    for (const [name, layer] of net.namedChildren()) {
      if (name !== 'fc') layer.freeze(layer instanceof BatchNorm2d ? { batchNorm: 'eval' } : {});
    }
    const head = net.namedChildren().get('fc')!.parameters();
    const probe = await fit(net, {
      ...common,
      optimizer: new SGD(head, { lr: 1e-3, momentum: 0.9 }),
      epochs: 2,
      restoreBest: false,
    });
    expect(probe.bestEpoch).toBe(1);
    net.unfreeze();
    const tune = await fit(net, {
      ...common,
      optimizer: new SGD(net.parameters(), { lr: 3e-4, momentum: 0.9 }),
      epochs: 3,
      earlyStopping: { patience: short.patience },
    });

    const losses = [...probe.history, ...tune.history].map(({ trainLoss, valLoss }) => [trainLoss, valLoss]);
    expect(row.history.map(({ trainLoss, valLoss }) => [trainLoss, valLoss])).toEqual(losses);
    expect(row.history.map(({ epoch, phase }) => [epoch, phase])).toEqual([
      [1, 'linear probe'],
      [2, 'linear probe'],
      ...tune.history.map(({ epoch }) => [2 + epoch, 'fine-tune']),
    ]);
    expect(row.bestEpoch).toBe(2 + tune.bestEpoch);
    expect(row.train?.accuracy).toBe(tune.history[tune.bestEpoch - 1].trainAccuracy);
    const kept = await loadNet(context, '3-linear-probe-fine-tune', 0);
    expect(await kept.stateDict()).toEqual(await net.stateDict());
  });
});

describe('a limited set', () => {
  it('has the first 300 images first, then others, none of them twice, with their own labels', async () => {
    const { chest } = prepareData(runtime, sets, { ...short, chestImages: 310 });
    const { train } = sets.chest.splits;
    expect(chest.train.rows).toHaveLength(310);
    const rows = tensor(runtime, chest.train.rows, [310], { dtype: 'u32' });
    const batch = gatherBatch(chest.train, rows);
    const pixels = 28 * 28;
    const images = (await batch.images.array()).map((value) => Math.round((value + 1) * 127.5));
    const labels = await batch.labels!.array();
    const keyOf = (bytes: ArrayLike<number>, row: number) =>
      Array.prototype.slice.call(bytes, row * pixels, (row + 1) * pixels).join();
    const original = new Map(
      Array.from({ length: train.count }, (_, row) => [keyOf(train.images, row), row]),
    );
    expect(original.size).toBe(train.count);
    const taken = Array.from({ length: 310 }, (_, row) => original.get(keyOf(images, row)));
    expect(new Set(taken).size).toBe(310);
    expect(taken.slice(0, 300)).toEqual(Array.from({ length: 300 }, (_, row) => row));
    const findings = train.labelCount;
    expect([...labels]).toEqual(
      taken.map((row) => Number(train.labels.subarray(row! * findings, (row! + 1) * findings).includes(1))),
    );
  });
});
