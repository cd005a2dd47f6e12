import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  datasetFileName,
  datasetInfo,
  datasetNames,
  imageSizes,
  type OpenDataset,
  openDataset,
  writeStandIn,
} from '@glassbox/medmnist';
import { binaryCrossEntropyLoss, crossEntropyLoss, examples, fit, PracticalNet, SGD } from '@glassbox/nn';
import { devices, openRuntime } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'glassbox-streamed-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const stored = join(folder, 'bloodmnist-stored.npz');
const deflated = join(folder, 'bloodmnist-deflated.npz');
beforeAll(async () => {
  await writeStandIn(stored, { name: 'bloodmnist', fraction: 0.01, compress: false });
  await writeStandIn(deflated, { name: 'bloodmnist', fraction: 0.01 });
});

interface Training {
  readonly file: string;
  readonly maxResident: number;
  readonly state: string;
  readonly device: string;
  /** Kills the process as soon as it has said this. */
  readonly killAt?: string;
}

/** Runs a training in a process of its own; resolves with what it printed. */
function train({ file, maxResident, state, device, killAt }: Training): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      join(import.meta.dirname, 'train-child.ts'),
      file,
      String(maxResident),
      state,
      device,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...(killAt ? { PAUSE: '3000' } : {}) },
    },
  );
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
      if (killAt && text.includes(killAt)) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(text);
      else reject(new Error(`the training ended with ${code ?? signal}`));
    });
  });
}

const computing = devices.filter(({ computes }) => computes).map(({ name }) => name);

describe.each(computing)('a training from a file, on %s', { timeout: 300_000 }, (device) => {
  it('has the bits of one in memory, and goes on to them after a kill', async () => {
    const state = (name: string) => join(folder, `${device}-${name}.safetensors`);
    const run = (file: string, maxResident: number, name: string, killAt?: string) =>
      train({ file, maxResident, state: state(name), device, killAt });
    const resident = await run(stored, 1e9, 'resident');
    const hash = /resident ([0-9a-f]{64})/.exec(resident)![1];
    const begun = await run(stored, 0, 'killed', 'epoch 2');
    expect(begun).not.toContain('streamed');
    expect(existsSync(state('killed'))).toBe(true);
    // How the file is packed makes no difference either.
    const resumed = await run(deflated, 0, 'killed');
    expect(resumed).not.toContain('epoch 1');
    expect(resumed).toContain(`streamed ${hash}`);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('every published shape', async () => {
  const runtime = await openRuntime({ device: 'wasm' });
  afterAll(() => runtime.destroy());
  const everyShape = datasetNames.flatMap((name) => imageSizes.map((size) => [name, size] as const));

  /** One epoch of a small net, with the loss that the set's labels want. */
  const train = async ({ channels, imageSize, labelNames, splits }: OpenDataset) => {
    const { images, labels, labelCount } = splits.train;
    const findings = labelCount > 1;
    const data = examples(runtime, {
      images,
      labels,
      labelColumns: labelCount,
      labelType: findings ? 'f32' : 'u32',
      shape: [channels, imageSize, imageSize],
    });
    const sizes = { inChannels: channels, imageSize, numClasses: labelNames.length };
    const net = new PracticalNet(runtime, { widths: [2, 4], ...sizes });
    const { history } = await fit(net, {
      train: data,
      loss: findings ? binaryCrossEntropyLoss() : crossEntropyLoss(),
      optimizer: new SGD(net.parameters(), { lr: 0.01 }),
      epochs: 1,
      batchSize: 3,
    });
    return { loss: history[0].trainLoss, state: await net.stateDict() };
  };

  it.each(everyShape)('%s at %i trains from its file to the bits of one in memory', async (name, size) => {
    const file = join(folder, datasetFileName(name, size));
    await writeStandIn(file, { name, size, fraction: 6 / datasetInfo(name).samples.train });
    const [streamed, resident] = [await openDataset({ file, maxResident: 0 }), await openDataset({ file })];
    expect([streamed.streamed, resident.streamed]).toEqual([true, false]);
    expect(await train(streamed)).toEqual(await train(resident));
    await streamed.close();
    rmSync(file);
  });
});

it('a training ends with an error that names the file if that is cut off meanwhile', async () => {
  const file = join(folder, 'bloodmnist-cut.npz');
  await writeStandIn(file, { name: 'bloodmnist', fraction: 0.01, compress: false });
  const runtime = await openRuntime({ device: 'wasm' });
  const set = await openDataset({ file, maxResident: 0 });
  const { images, labels } = set.splits.train;
  const net = new PracticalNet(runtime, { widths: [4], inChannels: 3, numClasses: 8 });
  const training = fit(net, {
    train: examples(runtime, { images, labels, shape: [3, 28, 28] }),
    loss: crossEntropyLoss(),
    optimizer: new SGD(net.parameters(), { lr: 0.01 }),
    epochs: 50,
    batchSize: 8,
    onEpoch: ({ epoch }) => {
      if (epoch === 2) truncateSync(file, 5000);
    },
  });
  await expect(training).rejects.toThrow(
    /bloodmnist-cut\.npz: had \d+ bytes when it was opened and has 5000 now/,
  );
  await set.close();
  await runtime.destroy();
});
