import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type NpyArray, readNpz, writeNpz } from '@glassbox/medmnist';
import type { Runtime } from '@glassbox/tensor-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestRuntimes } from '../../../nn/test/support/runtime.ts';
import { type Golden, readGolden } from '../../src/parity/golden.ts';
import { readParityImages } from '../../src/parity/images.ts';
import { right } from '../../src/parity/judge.ts';
import { parityLimits, replay } from '../../src/parity/replay.ts';
import { jsonLine, textReport } from '../../src/parity/report.ts';

const fixtures = fileURLToPath(new URL('../fixtures/parity/', import.meta.url));
const names = readdirSync(fixtures)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.replace('.json', '.npz'));

const devices = await openTestRuntimes();
const { runtime } = devices.find(({ name }) => name === 'wasm')!;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'glassbox-parity-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function run(on: Runtime, name: string, images = fixtures) {
  const golden = await readGolden(join(fixtures, name));
  return { golden, result: await replay(on, golden, await readParityImages(images, golden.spec.dataset)) };
}

describe('steps recorded in PyTorch on generated images', () => {
  const recorded = names.filter((name) => !/^(trajectory|one-step)/.test(name));

  it('are there for every net and optimiser', async () => {
    const goldens = await Promise.all(recorded.map((name) => readGolden(join(fixtures, name))));
    const kinds = new Set(goldens.flatMap(({ spec }) => [spec.model, spec.optimizer.kind]));
    expect([...kinds].sort()).toEqual([
      'adam',
      'adamw',
      'autoencoder',
      'medmnist-net',
      'practical-net',
      'sgd',
    ]);
    expect(goldens.flatMap(({ kept }) => kept).length).toBe(10);
  });

  const cases = devices.flatMap((each) => recorded.map((file) => ({ ...each, file })));
  it.each(cases)('$file is right on $name', async ({ file, runtime: on }) => {
    const { golden, result } = await run(on, file);
    expect(result.steps.map(({ step }) => step)).toEqual(golden.kept.map(({ step }) => step));
    for (const { tensors, faults } of result.steps) {
      expect(tensors.filter((tensor) => !right(tensor))).toEqual([]);
      expect(faults).toEqual([]);
      // Every parameter has a gradient and an update that were compared, and the loss.
      const parameters = golden.kept[0].float32Gradient.size;
      const count = (part: string) => tensors.filter((tensor) => tensor.part === part).length;
      expect([count('loss'), count('gradient'), count('update/parameters')]).toEqual([
        1,
        parameters,
        parameters + 1,
      ]);
    }
    expect(result.pass).toBe(true);
  });
});

describe('trainings recorded in float32 alone', () => {
  it.each(devices)('one step is judged by fixed limits on $name', async ({ runtime: on }) => {
    const { golden, result } = await run(on, 'one-step-medmnist.npz');
    expect(result.steps).toEqual([]);
    for (const [quantity, limit] of Object.entries(parityLimits)) {
      const { value, where } = result.drift![quantity as keyof typeof parityLimits];
      expect(value, `${quantity} at ${where}`).toBeLessThanOrEqual(limit);
    }
    expect(result.pass).toBe(true);
    expect(textReport(golden, result)).toMatch(/ok {3}gradient0 .* limit 1e-4/);
  });

  it('one step with another rate is wrong', async () => {
    const golden = await readGolden(join(fixtures, 'one-step-medmnist.npz'));
    const { optimizer } = golden.spec;
    const slower: Golden = { ...golden, spec: { ...golden.spec, optimizer: { ...optimizer, lr: 0.5 } } };
    const result = await replay(runtime, slower, await readParityImages(fixtures, golden.spec.dataset));
    expect(result.pass).toBe(false);
    expect(textReport(slower, result)).toMatch(/FAIL final/);
  });

  it.each(devices)(
    'several show how far they drift, without a verdict, on $name',
    async ({ runtime: on }) => {
      const { golden, result } = await run(on, 'trajectory-autoencoder.npz');
      expect(result.pass).toBeUndefined();
      // An autoencoder has no batch norm and few ReLUs here: this one stays close.
      for (const { value } of Object.values(result.drift!)) expect(value).toBeLessThan(1e-5);
      expect(textReport(golden, result)).toMatch(/drift over 12 steps \(shown, not judged\)/);
      expect(textReport(golden, result)).not.toMatch(/ok|FAIL/);
    },
  );
});

describe('reports', () => {
  it('say what was compared, step by step', async () => {
    const { golden, result } = await run(runtime, 'practical-edges.npz');
    const text = textReport(golden, result);
    expect(text).toMatch(/practical-edges\.npz: practical-net, sgd, batches of 16 of generated-20/);
    expect(text).toMatch(/step 2: right; \d of 4 decisions in doubt \(ReLU, max-pool\) taken the other way/);
    expect(text).toMatch(/ok {3}gradient +\d+ of 14 within 1e-6/);
    const line = JSON.parse(jsonLine(golden, result, runtime.device.info)) as {
      pass: boolean;
      steps: unknown[];
    };
    expect([line.pass, line.steps.length]).toEqual([true, 1]);
  });

  it('name what is wrong', async () => {
    const golden = await readGolden(join(fixtures, 'practical-nesterov.npz'));
    const { optimizer } = golden.spec;
    const other: Golden = {
      ...golden,
      spec: { ...golden.spec, optimizer: { ...optimizer, weightDecay: 0 } },
    };
    const result = await replay(runtime, other, await readParityImages(fixtures, golden.spec.dataset));
    const text = textReport(other, result);
    expect(text).toMatch(/step 12: WRONG/);
    expect(text).toMatch(/FAIL update\/parameters /);
    expect(text).toMatch(/ok {3}gradient /);
    expect(result.pass).toBe(false);
  });
});

/** The real recordings and data, where the machine has them. */
const goldenFolder = process.env.GLASSBOX_GOLDEN;
const dataFolder = process.env.GLASSBOX_DATA;
describe.runIf(goldenFolder && dataFolder)(
  'recordings in GLASSBOX_GOLDEN on the data in GLASSBOX_DATA',
  () => {
    const recorded = goldenFolder ? readdirSync(goldenFolder).filter((name) => name.endsWith('.npz')) : [];
    it.each(recorded)('%s: no step is wrong, and trainings begin alike', async (name) => {
      const golden = await readGolden(join(goldenFolder!, name));
      const result = await replay(runtime, golden, await readParityImages(dataFolder!, golden.spec.dataset));
      expect(result.pass, textReport(golden, result)).not.toBe(false);
      // In float32 alone a ReLU at 0 cannot be told from a fault: its size, about 1e-3, is all that can be asked.
      if (result.drift) expect(result.drift.gradient0.value).toBeLessThan(2e-3);
    });
  },
);

describe('bad input', () => {
  const fixture = (name: string) => readGolden(join(fixtures, name));

  it('names the file that is missing', async () => {
    await expect(readGolden('absent.npz')).rejects.toThrow(/absent\.npz/);
    await expect(readGolden('absent.zip')).rejects.toThrow(/absent\.zip: is not an \.npz file/);
    await copyFile(join(fixtures, 'one-step-medmnist.npz'), join(folder, 'alone.npz'));
    await expect(readGolden(join(folder, 'alone.npz'))).rejects.toThrow(
      /alone\.json: cannot be read .*lies beside it/,
    );
    await expect(readParityImages(folder, 'absentmnist')).rejects.toThrow(/absentmnist\.npz/);
  });

  it('names the array that disagrees with the description', async () => {
    const { spec } = await fixture('one-step-medmnist.npz');
    await copyFile(join(fixtures, 'one-step-medmnist.npz'), join(folder, 'steps.npz'));
    await writeFile(join(folder, 'steps.json'), JSON.stringify({ ...spec, steps: 3 }));
    await expect(readGolden(join(folder, 'steps.npz'))).rejects.toThrow(
      /rows is i32 \[1,16\], but .* \[3,16\]/,
    );
  });

  const faults: [string, string, (array: NpyArray) => NpyArray | undefined, RegExp][] = [
    ['a missing part', 'kept/float64/gradient', () => undefined, /no array 'kept\/float64\/gradient'/],
    ['one entry too few', 'kept/update/parameters', (a) => cut(a, 1), /has to have 2 entries/],
    ['values too few', 'kept/float32/gradient', (a) => narrow(a, 3), /has 3 values for each entry, not \d+/],
    [
      'distances too few',
      'kept/distance/gradient',
      (a) => narrow(a, 3),
      /has 3 values for each entry, not 26/,
    ],
    ['a negative distance', 'kept/distance/loss', (a) => map(a, () => -1), /holds -1, which is no distance/],
    [
      'a distance of NaN',
      'kept/distance/rate',
      (a) => map(a, () => Number.NaN),
      /holds NaN, which is no distance/,
    ],
    [
      'a step beyond the training',
      'kept/step',
      (a) => map(a, () => 99),
      /kept\/step holds 99, which is not from 0 to 6/,
    ],
    ['no step', 'kept/step', (a) => cut(a, 0), /kept\/step is empty/],
    [
      'steps that are no numbers of steps',
      'kept/step',
      (a) => ({ ...a, dtype: 'f32', data: Float32Array.from(a.data as Int32Array) }),
      /kept\/step is f32, not i32/,
    ],
    [
      'weights in bytes',
      'kept/before/fc1.bias',
      (a) => ({ ...a, dtype: 'u8', data: new Uint8Array(a.data.length) }),
      /is u8; numbers are f32 or f64/,
    ],
  ];
  it.each(faults)('says what is wrong with kept steps: %s', async (_, name, change, message) => {
    const arrays = await readNpz(join(fixtures, 'medmnist-sgd.npz'));
    const other = change(arrays.get(name)!);
    if (other) arrays.set(name, other);
    else arrays.delete(name);
    const file = join(folder, 'kept.npz');
    await copyFile(join(fixtures, 'medmnist-sgd.json'), join(folder, 'kept.json'));
    await writeNpz(file, arrays);
    await expect(readGolden(file)).rejects.toThrow(message);
    await expect(readGolden(file)).rejects.toThrow(/kept\.npz: /);
  });

  it('says when weights and description belong to different nets', async () => {
    const golden = await fixture('one-step-medmnist.npz');
    const images = await readParityImages(fixtures, golden.spec.dataset);
    const as = (spec: Partial<Golden['spec']>): Golden => ({ ...golden, spec: { ...golden.spec, ...spec } });
    await expect(replay(runtime, as({ model: 'practical-net' }), images)).rejects.toThrow(
      /no weights 'fc\.weight'/,
    );
    await expect(replay(runtime, as({ widths: [1, 2] }), images)).rejects.toThrow(
      /\[3,2,4,3,4\] channels.*\[1,2\]/,
    );
    await expect(replay(runtime, as({ model: 'autoencoder', loss: 'mse' }), images)).rejects.toThrow(
      /no recording of autoencoder .*missing: deconv1\.weight/,
    );
    await expect(replay(runtime, as({ loss: 'mse' }), images)).rejects.toThrow(/mse is for the autoencoder/);
  });

  it('says when the data are others', async () => {
    const golden = await fixture('one-step-medmnist.npz');
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
      /no recording of medmnist-net on images of 17 pixels/,
    );
  });
});

/** The first entries of an array. */
function cut({ dtype, shape, data }: NpyArray, count: number): NpyArray {
  const size = data.length / shape[0];
  return { dtype, shape: [count, ...shape.slice(1)], data: data.slice(0, count * size) } as NpyArray;
}

/** The first values of each entry. */
function narrow({ dtype, shape, data }: NpyArray, values: number): NpyArray {
  return { dtype, shape: [shape[0], values], data: data.slice(0, shape[0] * values) } as NpyArray;
}

function map(array: NpyArray, change: (value: number) => number): NpyArray {
  return { ...array, data: (array.data as Float64Array).map(change) } as NpyArray;
}
