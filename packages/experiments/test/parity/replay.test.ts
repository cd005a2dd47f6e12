import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Golden, readGolden } from '../../src/parity/golden.ts';
import { readParityImages } from '../../src/parity/images.ts';
import { parityLimits, perturbed, replay } from '../../src/parity/replay.ts';

const fixtures = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const names = readdirSync(fixtures)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', '.npz'));

const software = await openRuntime({ device: 'webgpu', adapter: 'software' });
const runtime: Runtime = await openRuntime({ device: 'wasm' });
const devices = [
  { device: 'wasm', runtime },
  { device: 'webgpu (software)', runtime: software },
];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-parity-'));
});
afterAll(async () => {
  await Promise.all(devices.map((each) => each.runtime.destroy()));
  await rm(folder, { recursive: true });
});

describe('trajectories recorded in PyTorch on generated images', () => {
  it('are there for every net and optimiser', () => {
    expect(names.length).toBe(5);
  });

  const cases = devices.flatMap((each) => names.map((name) => ({ ...each, name })));
  it.each(cases)('$name is replayed within the limits on $device', async ({ name, runtime: on }) => {
    const golden = await readGolden(join(fixtures, name));
    const { differences, pass } = await replay(
      on,
      golden,
      await readParityImages(fixtures, golden.spec.dataset),
    );
    for (const [quantity, limit] of Object.entries(parityLimits)) {
      const { value, where } = differences[quantity as keyof typeof parityLimits];
      expect(value, `${quantity} at ${where}`).toBeLessThanOrEqual(limit);
    }
    expect(pass).toBe(true);
  });

  it('are replayed from weights within one unit in the last place, if repeated', async () => {
    const { initial } = await readGolden(join(fixtures, 'practical-nesterov.npz'));
    const moved = perturbed(initial, 1);
    let changed = 0;
    for (const [name, { dtype, data }] of initial) {
      const other = moved.get(name)!;
      if (dtype !== 'F32') expect(other.data).toEqual(data);
      else {
        for (let i = 0; i < data.length; i++) {
          const [a, b] = [Number(data[i]), Number(other.data[i])];
          expect(Math.abs(a - b)).toBeLessThanOrEqual(Math.abs(a) * 2 ** -23);
          changed += Number(a !== b);
        }
      }
    }
    expect(changed).toBeGreaterThan(400);
  });

  it('are seen to differ when the recording is another, however often they are repeated', async () => {
    const golden = await readGolden(join(fixtures, 'practical-nesterov.npz'));
    const images = await readParityImages(fixtures, golden.spec.dataset);
    const { optimizer } = golden.spec;
    if (optimizer.kind !== 'sgd') throw new Error('the fixture is one of SGD');
    const slower: Golden = {
      ...golden,
      spec: { ...golden.spec, optimizer: { ...optimizer, weightDecay: 0 } },
    };
    const { differences, pass } = await replay(runtime, slower, images, { retries: 2 });
    expect(differences.gradient0.value).toBeLessThan(parityLimits.gradient0);
    expect(differences.final.value).toBeGreaterThan(parityLimits.final);
    expect(pass).toBe(false);
  });
});

/** The real recordings and data, where the machine has them. */
const goldenFolder = process.env.GLASSBOX_GOLDEN;
const dataFolder = process.env.GLASSBOX_DATA;
describe.runIf(goldenFolder && dataFolder)(
  'trajectories in GLASSBOX_GOLDEN on the data in GLASSBOX_DATA',
  () => {
    const recorded = goldenFolder ? readdirSync(goldenFolder).filter((name) => name.endsWith('.npz')) : [];
    it.each(recorded)('%s is replayed within the limits', async (name) => {
      const golden = await readGolden(join(goldenFolder!, name));
      const result = await replay(runtime, golden, await readParityImages(dataFolder!, golden.spec.dataset));
      expect(result.differences).toSatisfy(() => result.pass);
    });
  },
);

describe('bad input', () => {
  const fixture = (name: string) => readGolden(join(fixtures, name));

  it('names the file that is missing', async () => {
    await expect(readGolden('absent.npz')).rejects.toThrow(/absent\.npz/);
    await expect(readGolden('absent.zip')).rejects.toThrow(/absent\.zip: is not an \.npz file/);
    await copyFile(join(fixtures, 'medmnist-sgd.npz'), join(folder, 'alone.npz'));
    await expect(readGolden(join(folder, 'alone.npz'))).rejects.toThrow(
      /alone\.json: cannot be read .*lies beside it/,
    );
    await expect(readParityImages(folder, 'absentmnist')).rejects.toThrow(/absentmnist\.npz/);
  });

  it('names the array that disagrees with the description', async () => {
    const { spec } = await fixture('medmnist-sgd.npz');
    await copyFile(join(fixtures, 'medmnist-sgd.npz'), join(folder, 'steps.npz'));
    await writeFile(join(folder, 'steps.json'), JSON.stringify({ ...spec, steps: 3 }));
    await expect(readGolden(join(folder, 'steps.npz'))).rejects.toThrow(
      /rows is i32 \[15,16\], but .* \[3,16\]/,
    );
  });

  it('says when weights and description belong to different nets', async () => {
    const golden = await fixture('medmnist-sgd.npz');
    const images = await readParityImages(fixtures, golden.spec.dataset);
    const as = (spec: Partial<Golden['spec']>): Golden => ({ ...golden, spec: { ...golden.spec, ...spec } });
    await expect(replay(runtime, as({ model: 'practical-net' }), images)).rejects.toThrow(
      /initial\/fc\.weight/,
    );
    await expect(replay(runtime, as({ widths: [1, 2] }), images)).rejects.toThrow(
      /\[4,3,6,5,8\] channels.*\[1,2\]/,
    );
    await expect(replay(runtime, as({ model: 'autoencoder', loss: 'mse' }), images)).rejects.toThrow(
      /no trajectory of autoencoder .*missing: deconv1\.weight/,
    );
    await expect(replay(runtime, as({ loss: 'mse' }), images)).rejects.toThrow(/mse is for the autoencoder/);
  });

  it('says when the data are others', async () => {
    const golden = await fixture('medmnist-sgd.npz');
    const images = await readParityImages(fixtures, golden.spec.dataset);
    await expect(replay(runtime, golden, { ...images, trainCount: 5 })).rejects.toThrow(
      /training image \d+, but there are 5/,
    );
    await expect(replay(runtime, golden, { ...images, testCount: 5 })).rejects.toThrow(
      /there are 5 test images/,
    );
    await expect(replay(runtime, golden, { ...images, labels: null })).rejects.toThrow(/trained with labels/);
    const labels = images.labels!.map(() => 7);
    await expect(replay(runtime, golden, { ...images, labels })).rejects.toThrow(
      /2 classes, but an image has the label 7/,
    );
    const rgb = await readParityImages(fixtures, 'generated-rgb');
    await expect(replay(runtime, golden, { ...rgb, trainCount: 1000, testCount: 1000 })).rejects.toThrow(
      /no trajectory of medmnist-net on images of 17 pixels/,
    );
  });
});
