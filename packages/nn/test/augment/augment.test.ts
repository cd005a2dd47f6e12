import { openRuntime, type Runtime, type Tensor, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  ColorJitter,
  crossEntropyLoss,
  decodeFitState,
  encodeFitState,
  type FitOptions,
  type FitState,
  fit,
  GaussianNoise,
  Init,
  type Module,
  RandomAffine,
  RandomCrop,
  RandomErasing,
  RandomGamma,
  RandomHorizontalFlip,
  RandomVerticalFlip,
  Sequential,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet } from '../support/plain-training.ts';
import { openTestRuntimes } from '../support/runtime.ts';

const runtimes = await openTestRuntimes();
const unnormalised = { mean: 0, std: 1 };

const every: Readonly<Record<string, (init: Init) => Module>> = {
  RandomHorizontalFlip: (init) => new RandomHorizontalFlip(init),
  RandomVerticalFlip: (init) => new RandomVerticalFlip(init, { p: 0.6 }),
  RandomCrop: (init) => new RandomCrop(init, { size: 8, padding: 2 }),
  RandomAffine: (init) =>
    new RandomAffine(init, { degrees: 20, translate: [0.2, 0.1], scale: [0.8, 1.2], shear: 10 }),
  ColorJitter: (init) => new ColorJitter(init, { brightness: 0.4, contrast: [0.5, 1.5] }),
  RandomGamma: (init) => new RandomGamma(init, { gamma: [0.5, 2] }),
  GaussianNoise: (init) => new GaussianNoise(init),
  RandomErasing: (init) => new RandomErasing(init, { p: 0.9, scale: [0.1, 0.3] }),
};

/** 16 times the same image, of values from -0.9 to 0.9. */
const copies = 16;
const image = Float32Array.from({ length: 64 }, (_, i) => ((i * 37) % 64) / 35 - 0.9);

/** A short training with all of them. */
async function trained(runtime: Runtime, options: Partial<FitOptions>) {
  const data = brightHalves(runtime, 20, 8, 1);
  const net = new SmallNet(runtime);
  const init = new Init(runtime, 9);
  const { history } = await fit(net, {
    train: data,
    val: data,
    loss: crossEntropyLoss(),
    optimizer: new SGD(net.parameters(), { lr: 0.05, momentum: 0.9 }),
    epochs: 2,
    batchSize: 5,
    restoreBest: false,
    transform: new Sequential(...Object.values(every).map((make) => make(init))),
    ...options,
  });
  return { losses: history.map(({ trainLoss }) => trainLoss), state: await net.stateDict() };
}

describe.each(runtimes)('augmentation on $name', ({ runtime }) => {
  const batch = () =>
    tensor(runtime, Array.from({ length: copies }, () => [...image]).flat(), [copies, 1, 8, 8]);
  const parts = async (y: Tensor) => {
    const values = await y.array();
    const size = values.length / copies;
    return Array.from({ length: copies }, (_, n) => [...values.subarray(n * size, (n + 1) * size)]);
  };

  it.each(Object.entries(every))(
    '%s: each image has its own, each step too, none in evaluation',
    async (_, make) => {
      const module = make(new Init(runtime, 5));
      const x = batch();
      const first = await parts(module.forward(x));
      const second = await parts(module.forward(x));
      expect(new Set(first.map(String)).size).toBeGreaterThan(1);
      expect(second).not.toEqual(first);
      for (const value of first.flat()) expect(value).toBeGreaterThanOrEqual(-1);
      for (const value of first.flat()) expect(value).toBeLessThanOrEqual(1);
      const again = make(new Init(runtime, 5));
      expect([await parts(again.forward(x)), await parts(again.forward(x))]).toEqual([first, second]);
      expect(await parts(make(new Init(runtime, 6)).forward(x))).not.toEqual(first);
      expect(again.eval().forward(x)).toBe(x);
    },
  );

  it('mirrors some of the images, and only mirrors them', async () => {
    const mirrored = [...image].map((_, i) => image[i - (i % 8) + 7 - (i % 8)]);
    const found = await parts(new RandomHorizontalFlip(new Init(runtime, 1)).forward(batch()));
    const kinds = found.map((y) => [String([...image]), String(mirrored)].indexOf(String(y)));
    expect(new Set(kinds)).toEqual(new Set([0, 1]));
    for (const y of await parts(new RandomHorizontalFlip(new Init(runtime), { p: 1 }).forward(batch()))) {
      expect(y).toEqual(mirrored);
    }
  });

  it('crops windows of another size, and fills with black, a grey or the edge', async () => {
    const windows = new RandomCrop(new Init(runtime, 2), { size: [3, 5] }).forward(batch());
    expect(windows.shape).toEqual([copies, 1, 3, 5]);
    for (const y of await parts(windows)) {
      const at = [...image].indexOf(y[0]);
      expect(y).toEqual([0, 1, 2].flatMap((line) => [...image.subarray(at + 8 * line, at + 8 * line + 5)]));
    }
    const padded = async (options: { fill?: number; paddingMode?: 'edge'; mean?: number; std?: number }) =>
      (
        await parts(
          new RandomCrop(new Init(runtime, 2), { size: 8, padding: 4, ...options }).forward(batch()),
        )
      ).flat();
    expect(await padded({})).toContain(-1);
    expect(await padded({ fill: 0.75 })).toContain(0.5);
    expect(await padded({ ...unnormalised, fill: 0.75 })).toContain(0.75);
    for (const value of await padded({ paddingMode: 'edge' })) expect([...image]).toContain(value);
    const crop = new RandomCrop(new Init(runtime), { size: 11, padding: 1 });
    expect(() => crop.forward(batch())).toThrow(/11x11 pixels does not fit.*more padding/);
  });

  it('draws the same in a training that goes on', async () => {
    const states: FitState[] = [];
    const whole = await trained(runtime, { checkpoint: (state) => void states.push(state) });
    expect(whole).not.toEqual(await trained(runtime, { transform: undefined }));
    // Each batch advances each counter once; the colours have two.
    expect(Object.values(states[0].transform ?? {})).toEqual(Array(9).fill(4));
    const { tensors, metadata } = encodeFitState(states[0]);
    const resume = decodeFitState({ tensors, metadata: new Map(Object.entries(metadata)) });
    expect(await trained(runtime, { resume })).toEqual(whole);
  });

  it('says what it is, and what options it takes', () => {
    const init = new Init(runtime);
    expect(String(new Sequential(...Object.values(every).map((make) => make(init))))).toMatchInlineSnapshot(`
      "Sequential(
        (0): RandomHorizontalFlip(p: 0.5)
        (1): RandomVerticalFlip(p: 0.6)
        (2): RandomCrop(size: 8, padding: 2)
        (3): RandomAffine(degrees: 20, translate: 0.2x0.1, scale: 0.8x1.2, shear: 10, interpolation: 'nearest')
        (4): ColorJitter(
          (brightness): RandomAdjustment(brightness: 0.6x1.4)
          (contrast): RandomAdjustment(contrast: 0.5x1.5)
        )
        (5): RandomGamma(gamma: 0.5x2)
        (6): GaussianNoise(sigma: 0.1)
        (7): RandomErasing(p: 0.9, scale: 0.1x0.3, ratio: 0.3x3.3, value: 0)
      )"
    `);
    expect(() => new RandomHorizontalFlip({ p: 0.5 } as never)).toThrow(
      /RandomHorizontalFlip: the first argument must be an Init/,
    );
    expect(() => new RandomHorizontalFlip(init, { p: 2 })).toThrow(/p must be a number from 0 to 1, not 2/);
    expect(() => new RandomAffine(init, { degrees: [10, -10] })).toThrow(
      /degrees must be a number of degrees/,
    );
    expect(() => new RandomAffine(init, {} as never)).toThrow(/degrees/);
    expect(() => new RandomAffine(init, { degrees: 0, translate: [2, 0] })).toThrow(
      /shares of width and height/,
    );
    expect(() => new RandomAffine(init, { degrees: 0, scale: [0, 1] })).toThrow(/scale must be two numbers/);
    expect(() => new RandomAffine(init, { degrees: 0, shear: 90 })).toThrow(/shear must be/);
    expect(() => new ColorJitter(init, { brightness: -1 })).toThrow(/brightness must be/);
    expect(() => new ColorJitter(init, { hue: 0.1 } as never)).toThrow(/hue/);
    expect(() => new RandomGamma(init, { gamma: [0, 1] })).toThrow(/gamma must be/);
    expect(() => new RandomErasing(init, { value: [0, 1], mean: 0.5 }).forward(batch())).toThrow(
      /2 numbers for 1/,
    );
    const leaf = batch().requiresGrad_();
    expect(() => new GaussianNoise(init).forward(leaf)).toThrow(/images that require a gradient/);
  });
});

it('the same bits on any number of threads', async () => {
  const found: unknown[] = [];
  for (const threads of [1, 3]) {
    const runtime = await openRuntime({ device: 'wasm', threads });
    found.push(await trained(runtime, {}));
    await runtime.destroy();
  }
  expect(found[1]).toEqual(found[0]);
});
