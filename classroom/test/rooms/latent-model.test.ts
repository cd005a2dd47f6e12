import { pca } from '@glassbox/experiments/embedding';
import { pairwiseDistances } from '@glassbox/metrics';
import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { phantoms } from '../../src/playground/data.ts';
import { defaultState } from '../../src/playground/spec.ts';
import { Training } from '../../src/playground/training.ts';
import { asBytes, Stroke } from '../../src/rooms/latent/brush.ts';
import { confusionOf, imagesIn } from '../../src/rooms/latent/confusion.ts';
import { Epochs, featuresOf, imagesOnDevice } from '../../src/rooms/latent/epochs.ts';
import { defaults, type Fields, maxEpochs, readFields, writeFields } from '../../src/rooms/latent/fields.ts';
import { nearest, neighbourhoodsOf, planeOf, project } from '../../src/rooms/latent/projections.ts';

describe('the confusion matrix', () => {
  const predictions = {
    labels: [0, 0, 0, 1, 1, 1, undefined],
    probabilities: [0.1, 0.9, 0.5, 0.2, 0.6, 0.8, 0.7],
  };

  it('counts what is known; the threshold itself counts as pneumonia', () => {
    const { counts, sensitivity, specificity, accuracy } = confusionOf(predictions, 0.5);
    expect(counts).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect([sensitivity, specificity, accuracy]).toEqual([2 / 3, 1 / 3, 0.5]);
    expect(confusionOf(predictions, 0).sensitivity).toBe(1);
    expect(confusionOf(predictions, 1).specificity).toBe(1);
  });

  it('lists the images of a cell, of which the net is most sure first', () => {
    expect(imagesIn(predictions, 0.5, { truth: 0, predicted: 1 })).toEqual([1, 2]);
    expect(imagesIn(predictions, 0.5, { truth: 1, predicted: 1 })).toEqual([5, 4]);
    expect(imagesIn(predictions, 0.85, { truth: 1, predicted: 0 })).toEqual([3, 4, 5]);
  });
});

describe('the brush', () => {
  const black = new Uint8Array(784);
  const grey = new Float32Array(784).fill(100);

  it('lightens, darkens and brings back, most at its middle and nothing outside of its radius', () => {
    for (const [tool, goal] of [
      ['lighten', 255],
      ['darken', 0],
      ['restore', 0],
    ] as const) {
      const painted = new Stroke(grey, black, { tool, radius: 3, opacity: 0.5 }).to({ x: 10.5, y: 8.5 });
      expect(painted[8 * 28 + 10]).toBeCloseTo(100 + 0.5 * (goal - 100), 4);
      const away = (x: number) => Math.abs(painted[8 * 28 + x] - 100);
      expect(away(11)).toBeLessThan(away(10));
      expect(away(12)).toBeLessThan(away(11));
      expect([away(7), away(13), away(20)]).toEqual([0, 0, 0]);
    }
  });

  it('is no stronger where a stroke crosses itself, and strokes add up', () => {
    const brush = { tool: 'lighten', radius: 4, opacity: 0.4 } as const;
    const once = new Stroke(grey, black, brush);
    once.to({ x: 5, y: 5 });
    const there = once.to({ x: 20, y: 5 });
    expect(once.to({ x: 5, y: 5 })).toEqual(there);
    const twice = new Stroke(there, black, brush).to({ x: 12, y: 5 });
    expect(twice[5 * 28 + 12]).toBeGreaterThan(there[5 * 28 + 12]);
    expect(Math.max(...asBytes(twice))).toBeLessThanOrEqual(255);
  });
});

describe('the address', () => {
  const read = (entries: Record<string, string>) =>
    readFields(Object.fromEntries(Object.entries(entries).map(([key, value]) => [`latent.${key}`, value])));

  it('carries every state there and back', () => {
    const states: fc.Arbitrary<Fields> = fc
      .record({
        epochs: fc.integer({ min: 1, max: maxEpochs }),
        epoch: fc.option(fc.integer({ min: 0, max: maxEpochs }), { nil: undefined }),
        projection: fc.constantFrom('pca' as const, 'tsne' as const),
        image: fc.option(fc.integer({ min: 0, max: 199 }), { nil: undefined }),
        threshold: fc.integer({ min: 0, max: 100 }).map((n) => n / 100),
      })
      .map((state) => ({ ...state, epoch: state.epoch && Math.min(state.epoch, state.epochs) }));
    fc.assert(
      fc.property(states, (state) => {
        const written = Object.entries(writeFields(state)).filter(([, value]) => value !== undefined);
        expect(read(Object.fromEntries(written) as Record<string, string>)).toEqual({
          fields: state,
          problems: [],
        });
      }),
    );
  });

  it.each([
    [{ epoch: '-1' }, 'range'],
    [{ epoch: '13' }, 'range'],
    [{ epochs: '0' }, 'range'],
    [{ epochs: '1e9' }, 'range'],
    [{ image: '200' }, 'range'],
    [{ image: '1.5' }, 'range'],
    [{ threshold: 'NaN' }, 'range'],
    [{ threshold: '1.01' }, 'range'],
    [{ projection: 'umap' }, 'choice'],
    [{ __proto__x: 'x' }, 'unknown'],
    [{ toString: 'x' }, 'unknown'],
  ])('%j: says what is wrong, and takes the default', (entries, kind) => {
    const { fields, problems } = read(entries as Record<string, string>);
    expect(problems.map((problem) => problem.kind)).toEqual([kind]);
    expect(fields).toEqual(defaults);
  });
});

describe('projections', () => {
  const [count, width] = [30, 7];
  const cloud = (shift: number) =>
    Float32Array.from({ length: count * width }, (_, i) => {
      const [n, j] = [Math.floor(i / width), i % width];
      return Math.sin(n * (j + 1) + shift) * (width - j) + 3 * j;
    });

  it('of the epoch that made the plane are its principal components and their shares', () => {
    const points = cloud(0);
    const { scores, explainedVarianceRatio } = pca(points, count, width, 2);
    const { layout, shares, spread } = project(points, count, planeOf(points, count));
    const { explainedVariance } = pca(points, count, width, 1);
    const total = explainedVariance.reduce((sum, each) => sum + each, 0);
    expect(spread ** 2).toBeCloseTo((total * (count - 1)) / count, 8);
    for (const [i, score] of scores.entries()) expect(layout[i]).toBeCloseTo(score, 10);
    for (const c of [0, 1]) expect(shares[c]).toBeCloseTo(explainedVarianceRatio[c], 10);
  });

  it('of another epoch lie on the same axes, around its own mean', () => {
    const plane = planeOf(cloud(0), count);
    const before = project(cloud(0), count, plane).layout;
    const moved = project(
      cloud(0).map((value) => value + 5),
      count,
      plane,
    ).layout;
    for (const [i, value] of before.entries()) expect(moved[i]).toBeCloseTo(value, 4);
    const { shares } = project(new Float32Array(count * width), count, plane);
    expect(shares).toEqual([0, 0]);
    const single = Float32Array.from({ length: 9 }, (_, n) => n);
    expect([...project(single, 9, planeOf(single, 9)).layout].filter((_, i) => i % 2 === 1)).toEqual(
      Array(9).fill(0),
    );
  });

  it('by t-SNE are the same every time, and go on from the epoch before', () => {
    const start = project(cloud(0), count, planeOf(cloud(0), count)).layout;
    const first = neighbourhoodsOf(cloud(0), count, undefined, start);
    expect(neighbourhoodsOf(cloud(0), count, undefined, start)).toEqual(first);
    const next = neighbourhoodsOf(cloud(0.01), count, first.layout, start);
    const size = Math.hypot(...first.layout);
    expect(Math.hypot(...next.layout.map((value, i) => value - first.layout[i]))).toBeLessThan(size);
    expect(next.klDivergence).toBeLessThan(1);
  });

  it('know the nearest neighbours', () => {
    const line = Float32Array.of(0, 1, 3, 7, 15, 31, 63);
    const found = nearest(pairwiseDistances(line, 7, 1), 7);
    expect([...found.subarray(0, 5)]).toEqual([1, 2, 3, 4, 5]);
    expect([...found.subarray(15, 20)]).toEqual([2, 1, 0, 4, 5]);
    expect([...nearest(pairwiseDistances(line.subarray(0, 3), 3, 1), 3)]).toEqual([1, 2, 0, 2, 1, 0]);
  });
});

describe('the epochs of a training', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await openRuntime({ device: 'wasm', threads: 2 });
  });
  afterAll(() => runtime.destroy());

  const spec = { ...defaultState.spec, labels: 96, dropout: 0.25, seed: 3 };
  const { images, labels } = phantoms('test', 40);

  it('are those of the playground: losses and weights have its bits', async () => {
    const epochs = new Epochs(runtime, spec);
    const training = new Training(runtime, spec);
    expect(await epochs.next()).toBeUndefined();
    for (let epoch = 1; epoch <= 2; epoch++) {
      let sum = 0;
      for (let step = 0; step < training.stepsPerEpoch; step++) sum += await training.step();
      expect(await epochs.next()).toBe(sum / training.stepsPerEpoch);
    }
    const walk = await training.walk(images.slice(0, 784));
    const found = await epochs.evaluate(2, imagesOnDevice(runtime, images));
    const width = featuresOf(spec);
    expect(found.embedding.length).toBe(40 * width);
    const features = walk.layers.findLast(({ kind }) => kind !== 'linear')!;
    expect([...found.embedding.subarray(0, width)]).toEqual([...features.output.values]);
    expect(found.probabilities[0]).toBe(walk.probabilities[1]);
    const seen = await epochs.look(2, images.slice(0, 784), { target: 1, layer: 0 });
    expect(seen.probabilities).toEqual(walk.probabilities);
    expect(seen.maps).toEqual(walk.layers[0].output);
    epochs.dispose();
    training.dispose();
  });

  it('can be stopped in an epoch, and go on to the same bits', async () => {
    const whole = new Epochs(runtime, spec);
    const parts = new Epochs(runtime, spec);
    await whole.next();
    await parts.next();
    const loss = await whole.next();
    let steps = 0;
    const stop = async () => {
      if (++steps === 2) throw new Error('stop');
    };
    await expect(parts.next(stop)).rejects.toThrow('stop');
    expect(parts.count).toBe(1);
    expect(await parts.next()).toBe(loss);
    const test = imagesOnDevice(runtime, images);
    expect(await parts.evaluate(1, test)).toEqual(await whole.evaluate(1, test));
  });

  it('look: the gradient by the input is that of central differences; the maps are those of the layer', async () => {
    const epochs = new Epochs(runtime, spec);
    for (let epoch = 0; epoch <= 3; epoch++) await epochs.next();
    const pixels = images.slice(0, 784);
    const { gradient, cam, layers, layer } = await epochs.look(3, pixels, { target: 1, layer: undefined });
    expect(layers.map(({ kind, number }) => `${kind} ${number}`).slice(0, 4)).toEqual([
      'conv 1',
      'relu 1',
      'norm 1',
      'conv 2',
    ]);
    expect([layer.kind, layer.number]).toEqual(['conv', 3]);
    expect(cam.shape).toEqual([7, 7]);
    expect(Math.min(...cam.values)).toBeGreaterThanOrEqual(0);

    // Brighter by a grey level where that speaks for the class most: the logit rises by what the gradient says.
    const most = [...gradient.keys()]
      .filter((i) => pixels[i] > 5 && pixels[i] < 250)
      .sort((a, b) => Math.abs(gradient[b]) - Math.abs(gradient[a]))
      .slice(0, 40);
    const logit = async (by: number) => {
      const moved = pixels.slice();
      for (const i of most) moved[i] += by * Math.sign(gradient[i]);
      return (await epochs.look(3, moved, { target: 1, layer: undefined })).logits[1];
    };
    const expected = most.reduce((sum, i) => sum + Math.abs(gradient[i]) / 127.5, 0);
    const risen = ((await logit(1)) - (await logit(-1))) / 2;
    expect(Math.abs(risen / expected - 1)).toBeLessThan(0.05);
    const other = await epochs.look(3, pixels, { target: 0, layer: 0 });
    expect(other.gradient).not.toEqual(gradient);
    expect(other.cam.shape).toEqual([28, 28]);
  });

  it('a lesion that is painted on normal phantoms raises the probability of pneumonia', async () => {
    const epochs = new Epochs(runtime, defaultState.spec);
    for (let epoch = 0; epoch <= 12; epoch++) await epochs.next();
    const changes: number[] = [];
    for (let n = 0; n < 40; n++) {
      if (labels[n] === 1) continue;
      const pixels = images.slice(784 * n, 784 * (n + 1));
      const stroke = new Stroke(Float32Array.from(pixels), pixels, {
        tool: 'lighten',
        radius: 5,
        opacity: 0.7,
      });
      stroke.to({ x: 8, y: 13 });
      const painted = asBytes(stroke.to({ x: 9, y: 18 }));
      const [before, after] = await Promise.all(
        [pixels, painted].map((each) => epochs.look(12, each, { target: 1, layer: undefined })),
      );
      changes.push(after.probabilities[1] - before.probabilities[1]);
    }
    expect(changes.length).toBeGreaterThan(10);
    expect(Math.min(...changes)).toBeGreaterThan(0);
  });
});
