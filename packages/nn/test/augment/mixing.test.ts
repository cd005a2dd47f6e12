import { mean, square, type Tensor, tensor } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import {
  binaryCrossEntropyLoss,
  CutMix,
  crossEntropyLoss,
  decodeFitState,
  encodeFitState,
  type FitOptions,
  type FitState,
  fit,
  Init,
  MixUp,
  RandomHorizontalFlip,
  Sequential,
  SGD,
} from '../../src/index.ts';
import { brightHalves } from '../support/data.ts';
import { SmallNet } from '../support/plain-training.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

describe.each(await openTestRuntimes())('mixing on $name', ({ runtime }) => {
  /** Image n holds the number n everywhere, so that its pixels tell its share. */
  const n = 6;
  const images = () =>
    tensor(
      runtime,
      Array.from({ length: n * 16 }, (_, i) => Math.floor(i / 16)),
      [n, 1, 4, 4],
    );
  const whole = (values: readonly number[]) => tensor(runtime, values, [values.length], { dtype: 'u32' });
  const classes = [0, 1, 2, 0, 1, 2];

  it('MixUp: each image with the one before it, and its label by the same share', async () => {
    const mix = new MixUp(new Init(runtime, 3), { numClasses: 3, alpha: 0.6 });
    const { images: mixed, labels } = mix.mixed(images(), whole(classes));
    const values = (await mixed.tolist()) as number[][][][];
    const shares = (await labels!.tolist()) as number[][];
    const found = new Set<number>();
    for (let k = 0; k < n; k++) {
      const before = (k + n - 1) % n;
      const share = (values[k][0][0][0] - before) / (k - before);
      found.add(share);
      expect(share >= 0 && share <= 1).toBe(true);
      for (const pixel of values[k][0].flat()) expect(pixel).toBe(values[k][0][0][0]);
      const expected = [0, 0, 0];
      expected[classes[k]] += share;
      expected[classes[before]] += 1 - share;
      expect(largestDifference(shares[k], expected)).toBeLessThan(1e-5);
    }
    expect(found.size).toBe(n);
  });

  it('CutMix: a box of the one before it, and its label by the area', async () => {
    const mix = new CutMix(new Init(runtime, 3));
    const findings = tensor(runtime, [1, 0, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], [n, 2]);
    const given = (await findings.tolist()) as number[][];
    const { images: mixed, labels } = mix.mixed(images(), findings);
    const values = (await mixed.tolist()) as number[][][][];
    const shares = (await labels!.tolist()) as number[][];
    let cut = 0;
    for (let k = 0; k < n; k++) {
      const before = (k + n - 1) % n;
      const pixels = values[k][0].flat();
      for (const pixel of pixels) expect([k, before]).toContain(pixel);
      const share = pixels.filter((pixel) => pixel === k).length / 16;
      if (share < 1) cut++;
      const expected = given[k].map((own, c) => own * share + given[before][c] * (1 - share));
      expect(largestDifference(shares[k], expected)).toBeLessThan(1e-6);
    }
    expect(cut).toBeGreaterThan(2);
  });

  it('draws anew for each batch, the same from the same seed, and nothing in evaluation', async () => {
    const draw = async (mix: MixUp) => (await mix.mixed(images(), null).images.array()).slice();
    const [one, other] = [1, 1].map((seed) => new MixUp(new Init(runtime, seed)));
    const [first, second] = [await draw(one), await draw(one)];
    expect(second).not.toEqual(first);
    expect([await draw(other), await draw(other)]).toEqual([first, second]);
    const [x, labels] = [images(), whole(classes)];
    const kept = one.eval().mixed(x, labels);
    expect(kept.images).toBe(x);
    expect(kept.labels).toBe(labels);
    expect(one.forward(x)).toBe(x);
    expect(one.calls.value).toBe(2);
  });

  /** A short training with a flip, then a mix. */
  async function trained(options: Partial<FitOptions>, make: (init: Init) => Sequential) {
    const data = brightHalves(runtime, 20, 8, 1);
    const net = new SmallNet(runtime);
    const { history } = await fit(net, {
      train: data,
      val: data,
      loss: crossEntropyLoss(),
      optimizer: new SGD(net.parameters(), { lr: 0.05, momentum: 0.9 }),
      epochs: 3,
      batchSize: 5,
      restoreBest: false,
      transform: make(new Init(runtime, 9)),
      ...options,
    });
    return {
      losses: history.map(({ trainLoss }) => trainLoss),
      validation: history.map(({ valAccuracy }) => valAccuracy),
      state: await net.stateDict(),
    };
  }
  const mixing = (init: Init) =>
    new Sequential(new RandomHorizontalFlip(init), new Sequential(new MixUp(init, { numClasses: 2 })));
  const cutting = (init: Init) => new Sequential(new CutMix(init, { numClasses: 2 }));

  it('is a part of recorded steps, and draws the same in a training that goes on', async () => {
    const states: FitState[] = [];
    const all = await trained({ checkpoint: (state) => void states.push(state), checkEvery: 1 }, mixing);
    expect(all.validation.every((accuracy) => accuracy !== undefined)).toBe(true);
    expect(states[0].transform).toEqual({ '0.calls': 4, '1.0.calls': 4 });
    const { tensors, metadata } = encodeFitState(states[0]);
    const resume = decodeFitState({ tensors, metadata: new Map(Object.entries(metadata)) });
    expect(await trained({ resume }, mixing)).toEqual(all);
    const cut = await trained({}, cutting);
    expect(cut.losses).not.toEqual(all.losses);
    for (const loss of [...cut.losses, ...all.losses]) expect(Number.isFinite(loss)).toBe(true);
  });

  it('mixes findings in fit, and images without labels', async () => {
    const given = {
      images: Float32Array.from({ length: 8 * 64 }, (_, i) => Math.sin(i)),
      shape: [1, 8, 8] as const,
    };
    const labels = Float32Array.from({ length: 16 }, (_, i) => i % 2);
    const trainings = [
      { train: () => [{ ...given, labels, labelColumns: 2 }], loss: binaryCrossEntropyLoss() },
      { train: () => [given], loss: (output: Tensor) => mean(square(output)) },
    ];
    for (const training of trainings) {
      const net = new SmallNet(runtime);
      const { history } = await fit(net, {
        ...training,
        optimizer: new SGD(net.parameters(), { lr: 0.1 }),
        epochs: 1,
        transform: new MixUp(new Init(runtime, 9)),
      });
      expect(history[0].trainLoss).toBeGreaterThan(0);
    }
  });

  it('says what it is, and what does not fit', () => {
    const init = new Init(runtime, 0);
    expect(String(new MixUp(init, { numClasses: 2 }))).toBe('MixUp(alpha: 1, numClasses: 2)');
    expect(() => new MixUp(init).forward(images())).toThrow(/MixUp: it changes labels, too/);
    expect(() => new CutMix(init).mixed(images(), whole(classes))).toThrow(
      /CutMix: labels are class numbers; say how many classes there are/,
    );
    expect(() => new MixUp(init, { numClasses: 2 }).mixed(images(), whole(classes))).toThrow(
      /oneHot: label 2, number 2 of them, is out of bounds/,
    );
    expect(() => new MixUp(init, { alpha: 0 })).toThrow(/MixUp: alpha must be/);
  });
});
