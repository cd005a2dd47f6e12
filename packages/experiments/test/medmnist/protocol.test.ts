import { datasetNames } from '@glassbox/medmnist';
import { batches } from '@glassbox/nn';
import { openRuntime, type Tensor } from '@glassbox/tensor-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neighbourShares } from '../../src/medmnist/knn.ts';
import { prepareSet } from '../../src/medmnist/prepare.ts';
import { protocols } from '../../src/medmnist/protocol.ts';
import { publishedCell } from '../../src/medmnist/published.ts';
import type { CellResult, SetSummary } from '../../src/medmnist/results.ts';
import { meanOfBatches, probabilitiesOf } from '../../src/medmnist/scores.ts';
import { summarise, summaryLines } from '../../src/medmnist/summary.ts';
import { smallSet } from './support.ts';

describe('the official protocol', () => {
  it('has the rates of MultiStepLR at 50 and 75 of 100 epochs', () => {
    const schedule = protocols.official.schedule(100);
    const rates = Array.from({ length: 100 }, (_, epoch) => schedule(epoch));
    expect(rates.filter((rate) => rate === 1)).toHaveLength(50);
    expect(rates[49]).toBe(1);
    expect(rates[50]).toBeCloseTo(0.1, 12);
    expect(rates[74]).toBeCloseTo(0.1, 12);
    expect(rates[75]).toBeCloseTo(0.01, 12);
  });

  it('has a published cell for both ResNets on every set, at 28 pixels and enlarged', () => {
    for (const set of datasetNames) {
      for (const net of ['resnet18', 'resnet50']) {
        for (const enlarged of [undefined, 224]) {
          const form = `${net}-${enlarged ? 'torchvision' : 'medmnist'}`;
          const place = {
            protocol: 'official',
            set,
            net,
            form,
            size: 28,
            enlarged,
            mode: 'end-to-end',
          } as const;
          const cell = publishedCell(place)!;
          expect(cell.auc).toBeGreaterThan(0.7);
          expect(cell.accuracy).toBeGreaterThan(0.49);
          // Another size or form was not published.
          expect(publishedCell({ ...place, size: 64 })).toBeUndefined();
          expect(publishedCell({ ...place, form: net })).toBeUndefined();
        }
      }
    }
  });

  it('has the cells of the paper', () => {
    const place = { protocol: 'official', net: 'resnet18', size: 28, mode: 'end-to-end' } as const;
    const small = { ...place, form: 'resnet18-medmnist', enlarged: undefined };
    expect(publishedCell({ ...small, set: 'breastmnist' })).toMatchObject({ auc: 0.901, accuracy: 0.863 });
    expect(publishedCell({ ...small, set: 'pneumoniamnist' })).toMatchObject({ auc: 0.944, accuracy: 0.854 });
    const large = { ...place, form: 'resnet18-torchvision', enlarged: 224 };
    expect(publishedCell({ ...large, set: 'breastmnist' })).toMatchObject({ auc: 0.891, accuracy: 0.833 });
    expect(publishedCell({ ...small, set: 'toString' })).toBeUndefined();
  });
});

describe('the plus protocol', () => {
  it('keeps the full rate for two epochs, then follows the cosine', () => {
    const schedule = protocols.plus.schedule(100);
    expect([schedule(0), schedule(1)]).toEqual([1, 1]);
    expect(schedule(51)).toBeCloseTo(0.5, 12);
    expect(schedule(99)).toBeCloseTo((1 + Math.cos(0.98 * Math.PI)) / 2, 12);
  });

  it('has the published cells', () => {
    const place = {
      protocol: 'plus',
      net: 'resnet18',
      form: 'resnet18-torchvision',
      enlarged: undefined,
    } as const;
    const cell = publishedCell({ ...place, set: 'pneumoniamnist', size: 64, mode: 'end-to-end' })!;
    expect(cell.auc).toBeCloseTo(0.9434, 12);
    expect(cell.accuracyDeviation).toBeCloseTo(0.0144, 12);
    const chest = publishedCell({ ...place, set: 'chestmnist', size: 224, mode: 'end-to-end' })!;
    expect(chest.auc).toBeCloseTo(0.7896, 12);
    expect(chest).not.toHaveProperty('accuracy');
    expect(publishedCell({ ...place, set: 'chestmnist', size: 224, mode: 'knn' })).toBeUndefined();
  });
});

describe('probabilities', () => {
  it('are those of float64, rounded, and do not overflow', () => {
    const logits = fc.array(fc.double({ min: -200, max: 200, noNaN: true }), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(logits, (values) => {
        const z = Float32Array.from(values);
        const softmax = probabilitiesOf(z, 3, false);
        const sigmoid = probabilitiesOf(z, 3, true);
        for (const row of [0, 3]) {
          const powers = [0, 1, 2].map((k) =>
            Math.exp(z[row + k] - Math.max(z[row], z[row + 1], z[row + 2])),
          );
          const sum = powers[0] + powers[1] + powers[2];
          for (const k of [0, 1, 2]) {
            expect(Math.abs(softmax[row + k] - powers[k] / sum)).toBeLessThan(1e-7);
            expect(Math.abs(sigmoid[row + k] - 1 / (1 + Math.exp(-z[row + k])))).toBeLessThan(1e-7);
          }
        }
      }),
    );
  });
});

describe('the loss that the plus protocol watches', () => {
  const values = Float32Array.of(2, -1, 0.5, 0.25, -3, 3);

  it('is the mean of batches, a smaller one as much as the others', () => {
    const entropy = (a: number, b: number) => Math.log(1 + Math.exp(b - a));
    const first = (entropy(2, -1) + entropy(0.25, 0.5)) / 2;
    const options = { multiLabel: false, batchSize: 2 };
    const loss = meanOfBatches({ values, width: 2 }, [0, 1, 0], options);
    expect(loss).toBeCloseTo((first + entropy(-3, 3)) / 2, 12);
  });

  it('of findings is binary', () => {
    const entropy = (z: number, label: number) => Math.log(1 + Math.exp(label ? -z : z));
    const labels = [1, 0, 0, 1, 1, 0];
    const all = labels.map((label, at) => entropy(values[at], label));
    const loss = meanOfBatches({ values, width: 2 }, labels, { multiLabel: true, batchSize: 3 });
    expect(loss).toBeCloseTo(all.reduce((sum, one) => sum + one, 0) / 6, 12);
  });
});

describe('what the plus protocol shows its nets', () => {
  it('is three channels of ImageNet with zeros around; the official one enlarges', async () => {
    const runtime = await openRuntime({ device: 'wasm', threads: 1 });
    const set = smallSet('breastmnist', 28, { train: 2, val: 1, test: 1 });
    const seen = async (name: 'plus' | 'official') => {
      const { splits, transform, input } = prepareSet(
        runtime,
        set,
        { name },
        name === 'official' ? 224 : undefined,
      );
      const [batch] = batches(splits.train, { batchSize: 2, shuffle: false });
      const images = (transform as (images: Tensor) => Tensor)(batch.images);
      expect(images.shape).toEqual([2, input.channels, 224, 224]);
      const values = await images.array();
      return (n: number, c: number, y: number, x: number) =>
        values[((n * input.channels + c) * 224 + y) * 224 + x] as number;
    };
    const pixel = (n: number, y: number, x: number) => set.splits.train.images[(n * 28 + y) * 28 + x] / 255;
    const plus = await seen('plus');
    const official = await seen('official');
    const [mean, std] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ];
    for (const [n, y, x] of [
      [0, 0, 0],
      [1, 27, 27],
      [1, 13, 5],
    ]) {
      for (const c of [0, 1, 2]) {
        expect(plus(n, c, 98 + y, 98 + x)).toBeCloseTo((pixel(n, y, x) - mean[c]) / std[c], 5);
        expect(plus(n, c, y, 98 + x)).toBe(0);
        expect(plus(n, c, 98 + 28, x)).toBe(0);
      }
      for (const step of [0, 7]) {
        expect(official(n, 0, 8 * y + step, 8 * x + step)).toBeCloseTo((pixel(n, y, x) - 0.5) / 0.5, 6);
      }
    }
    await runtime.destroy();
  });
});

describe('the nearest images', () => {
  it('vote as in a sorted list of all distances', () => {
    const input = fc.record({
      images: fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 2 }), {
        minLength: 1,
        maxLength: 30,
      }),
      query: fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 2 }),
      k: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(input, ({ images, query, k }) => {
        const labels = Uint8Array.from(images, ([x]) => Math.abs(x) % 3);
        const votes = Math.min(k, images.length);
        const distance = (row: number) => (images[row][0] - query[0]) ** 2 + (images[row][1] - query[1]) ** 2;
        const nearest = [...images.keys()].sort((a, b) => distance(a) - distance(b) || a - b).slice(0, votes);
        const wanted = [0, 1, 2].map((c) => nearest.filter((row) => labels[row] === c).length / votes);
        const shares = neighbourShares(
          { values: Float32Array.from(images.flat()), width: 2 },
          { values: Float32Array.from(query), width: 2 },
          { labels, outputs: 3, multiLabel: false, k },
        );
        expect([...shares]).toEqual(wanted.map(Math.fround));
      }),
    );
  });

  it('vote on each finding', () => {
    const found = { labels: Uint8Array.of(1, 0, 1, 1, 0, 0), outputs: 2, multiLabel: true, k: 2 };
    const images = { values: Float32Array.of(0, 1, 9), width: 1 };
    expect([...neighbourShares(images, { values: Float32Array.of(0.2), width: 1 }, found)]).toEqual([1, 0.5]);
  });
});

describe('a summary', () => {
  const scores = (auc: number | null, accuracy: number) => ({
    auc,
    accuracy,
    meanRecall: 0.5,
    calibrationError: 0.1,
  });
  const cell = (seed: number, best: number | null, last: number) =>
    ({
      id: `breastmnist-resnet18-28-seed${seed}`,
      set: 'breastmnist',
      net: 'resnet18',
      form: 'resnet18-medmnist',
      size: 28,
      mode: 'end-to-end',
      seed,
      kept: { best: { test: { scores: scores(best, 0.8) } }, last: { test: { scores: scores(last, 0.86) } } },
    }) as unknown as CellResult;
  const sets = [{ set: 'breastmnist', size: 28, published: true }] as unknown as SetSummary[];

  it('has both kept epochs, an interval from two seeds on, and the published cell', () => {
    const [best, last] = summarise(
      [cell(0, 0.898, 0.8), cell(1, 0.917, 0.81), cell(2, 0.889, 0.82)],
      sets,
      protocols.official,
      undefined,
    );
    expect(best).toMatchObject({ kept: 'best', seeds: [0, 1, 2], auc: { published: 0.901, inside: true } });
    expect(best.auc!.mean).toBeCloseTo(0.90133, 5);
    expect(best.auc!.interval![0]).toBeCloseTo(0.86582, 5);
    expect(last).toMatchObject({ kept: 'last', auc: { inside: false }, accuracy: { published: 0.863 } });
    expect(summaryLines([best, last]).join('\n')).toMatch(
      /0.901 ± 0.014 \(0.901\) .* best on validation +breastmnist/,
    );
  });

  it('of one seed has no interval, and a file that was not published no cell', () => {
    const [one] = summarise([cell(0, 0.9, 0.8)], sets, protocols.official, undefined);
    expect(one.auc).toMatchObject({ values: [0.9], published: 0.901 });
    expect(one.auc).not.toHaveProperty('inside');
    const mine = sets.map((set) => ({ ...set, published: false }));
    expect(summarise([cell(0, 0.9, 0.8)], mine, protocols.official, undefined)[0].auc).not.toHaveProperty(
      'published',
    );
    expect(summarise([cell(0, null, 0.8)], sets, protocols.official, undefined)[0]).not.toHaveProperty('auc');
  });
});
