import { describe, expect, it } from 'vitest';
import { datasetInfo } from '../src/catalogue.ts';
import { toBinary } from '../src/labels.ts';
import { md5Bytes } from '../src/md5.ts';
import { findingTable } from '../src/phantoms/findings.ts';
import { phantomDataset, phantomSplit } from '../src/phantoms/generate.ts';
import { drawFindings, findingCount, labelledImages, prevalences } from '../src/phantoms/label-sets.ts';
import { KeyedRandom } from '../src/random.ts';

const mean = (values: ArrayLike<number>) =>
  (Array.prototype.reduce.call(values, (a, b) => (a as number) + b, 0) as number) / values.length;

/** Mean of a rectangle (in shares of the field) over all images of a class. */
function brightness(images: Uint8Array, rows: number[], box: [number, number, number, number]): number {
  const [left, top, right, bottom] = box.map((each) => Math.round(each * 28));
  let sum = 0;
  let pixels = 0;
  for (const row of rows) {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) {
        sum += images[row * 784 + y * 28 + x];
        pixels++;
      }
    }
  }
  return sum / pixels;
}

const chest = phantomSplit('chest', 'train', 3000, 1);
const sick = toBinary(chest.labels, chest.labelCount);
const rowsOf = (wanted: number) => [...sick.keys()].filter((i) => sick[i] === wanted);

describe('label combinations', () => {
  it('have the prevalences of ChestX-ray14 on ChestMNIST training split', () => {
    expect(labelledImages).toBe(78_468);
    // 100 x the column means of the real label array.
    const published = [10.19, 2.49, 11.8, 17.73, 5.08, 5.58, 1.25, 4.72, 4.16, 2.15, 2.29, 1.48, 2.9, 0.18];
    prevalences.forEach((each, i) => {
      expect(100 * each).toBeCloseTo(published[i], 1);
    });
  });

  it('are drawn with their frequencies, alone and together', () => {
    const random = new KeyedRandom(3);
    const n = 40_000;
    let healthy = 0;
    let edemaAndEffusion = 0;
    const counts = new Array<number>(findingCount).fill(0);
    for (let i = 0; i < n; i++) {
      const findings = drawFindings(random);
      if (findings === 0) healthy++;
      if ((findings >> 2) & (findings >> 9) & 1) edemaAndEffusion++;
      for (let f = 0; f < findingCount; f++) counts[f] += (findings >> f) & 1;
    }
    expect(Math.abs(healthy / n - 0.5404)).toBeLessThan(0.01);
    counts.forEach((count, f) => {
      const p = prevalences[f];
      expect(Math.abs(count / n - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
    });
    // Oedema comes with an effusion far more often than chance has it.
    expect(edemaAndEffusion / n).toBeGreaterThan(1.5 * prevalences[2] * prevalences[9]);
  });

  it('name the findings as the catalogue does', () => {
    expect(findingTable.map((finding) => finding.name)).toEqual(datasetInfo('chestmnist').labels);
  });
});

describe('phantomDataset', () => {
  it('has the shape of a loaded set and calls itself synthetic', () => {
    const set = phantomDataset({
      domain: 'chest',
      counts: { train: 20, val: 5, test: 6 },
      unlabelled: 3,
      seed: 4,
    });
    expect(set).toMatchObject({
      name: 'phantom-chest',
      task: 'multi-label, binary-class',
      imageSize: 28,
      channels: 1,
      source: {
        real: false,
        published: false,
        file: expect.stringMatching(/^generated: phantom-chest v\d+, seed 4$/),
      },
    });
    expect(set.labelNames.length).toBe(14);
    expect(set.splits.val).toMatchObject({ count: 5, labelCount: 14 });
    expect(set.splits.train.images.length).toBe(20 * 784);
    expect(set.unlabelled!.length).toBe(3 * 784);
    expect(set.source.md5).toMatch(/^[0-9a-f]{32}$/);
  });

  it('takes the published sizes, scaled', () => {
    const set = phantomDataset({ domain: 'pneumonia', fraction: 0.05 });
    expect(Object.values(set.splits).map((split) => split.count)).toEqual([235, 26, 31]);
    expect(set.labelNames).toEqual(['normal', 'pneumonia']);
    expect(phantomDataset({ domain: 'chest', fraction: 1e-9 }).splits.val.count).toBe(1);
  });

  it('depends on seed, domain, split and index alone', () => {
    const few = phantomSplit('chest', 'train', 10, 1);
    expect(Buffer.from(few.images).equals(chest.images.subarray(0, few.images.length))).toBe(true);
    expect(Buffer.from(few.labels).equals(chest.labels.subarray(0, few.labels.length))).toBe(true);
    const later = phantomSplit('chest', 'train', 5, 1, 28, 2000);
    expect(Buffer.from(later.images).equals(chest.images.subarray(2000 * 784, 2005 * 784))).toBe(true);
    const others = [
      phantomSplit('chest', 'train', 10, 2),
      phantomSplit('chest', 'val', 10, 1),
      phantomSplit('pneumonia', 'train', 10, 1),
    ];
    for (const other of others) expect(Buffer.from(other.images).equals(few.images)).toBe(false);
  });

  it('has the same bits on every machine', () => {
    // Changes here mean other images for every user: raise phantomVersion with them.
    const sum = (domain: 'chest' | 'pneumonia') => {
      const split = phantomSplit(domain, 'test', 50, 9);
      return md5Bytes(split.images, split.labels);
    };
    expect([sum('chest'), sum('pneumonia')]).toMatchInlineSnapshot(`
      [
        "9ace0bba5c0e51a21206808c397774f3",
        "538bd333379794816a3a2593923bdbde",
      ]
    `);
  });

  it('repeats no image', () => {
    const seen = new Set<string>();
    for (let i = 0; i < chest.count; i++) seen.add(md5Bytes(chest.images.subarray(i * 784, (i + 1) * 784)));
    expect(seen.size).toBe(chest.count);
  });

  it('draws any size, each a finer picture of the same patient', () => {
    const small = phantomSplit('chest', 'test', 20, 5, 28);
    const large = phantomSplit('chest', 'test', 20, 5, 56);
    expect([...large.labels]).toEqual([...small.labels]);
    for (let image = 0; image < 20; image++) {
      // 56 x 56 averaged over 2 x 2 against 28 x 28.
      const a: number[] = [];
      const b: number[] = [];
      for (let y = 0; y < 28; y++) {
        for (let x = 0; x < 28; x++) {
          const at = image * 3136 + 2 * y * 56 + 2 * x;
          a.push(
            (large.images[at] + large.images[at + 1] + large.images[at + 56] + large.images[at + 57]) / 4,
          );
          b.push(small.images[image * 784 + y * 28 + x]);
        }
      }
      expect(correlation(a, b)).toBeGreaterThan(0.97);
    }
  });

  it('looks like a chest: dark lungs, bright middle and abdomen, about the published brightness', () => {
    const rows = rowsOf(0);
    const right = brightness(chest.images, rows, [0.22, 0.3, 0.38, 0.55]);
    const left = brightness(chest.images, rows, [0.62, 0.3, 0.74, 0.5]);
    const middle = brightness(chest.images, rows, [0.46, 0.3, 0.54, 0.6]);
    const abdomen = brightness(chest.images, rows, [0.3, 0.85, 0.7, 0.98]);
    expect(middle - right).toBeGreaterThan(60);
    expect(middle - left).toBeGreaterThan(60);
    expect(abdomen - right).toBeGreaterThan(60);
    // The heart lies to the patient's left, on the right of the picture.
    expect(brightness(chest.images, rows, [0.56, 0.55, 0.66, 0.68])).toBeGreaterThan(
      brightness(chest.images, rows, [0.34, 0.55, 0.44, 0.68]) + 20,
    );
    expect(mean(chest.images)).toBeGreaterThan(110);
    expect(mean(chest.images)).toBeLessThan(160);
  });

  it('shows each finding where it belongs', () => {
    const healthy = rowsOf(0);
    const only = (finding: number) =>
      [...sick.keys()].filter((i) => {
        const row = chest.labels.subarray(i * 14, (i + 1) * 14);
        return row[finding] === 1 && row.reduce((a, b) => a + b, 0) === 1;
      });
    const difference = (finding: number, box: [number, number, number, number]) =>
      brightness(chest.images, only(finding), box) - brightness(chest.images, healthy, box);
    expect(difference(2, [0.14, 0.58, 0.3, 0.75])).toBeGreaterThan(8); // effusion: lower outer corners
    expect(difference(3, [0.2, 0.35, 0.8, 0.65])).toBeGreaterThan(3); // infiltration: the lungs
    expect(difference(1, [0.64, 0.48, 0.74, 0.62])).toBeGreaterThan(8); // cardiomegaly: left border of the heart
    expect(difference(10, [0.2, 0.25, 0.36, 0.6])).toBeLessThan(0); // emphysema: darker
  });

  it('has the published share of pneumonia in each split', () => {
    for (const split of ['train', 'val', 'test'] as const) {
      const { labels } = phantomSplit('pneumonia', split, 3000, 2, 8);
      const share = { train: 0.742, val: 0.742, test: 0.625 }[split];
      expect(Math.abs(mean(labels) - share)).toBeLessThan(0.035);
    }
  });

  it('can be learnt, but not at a glance', () => {
    // Fisher's discriminant on 14 x 14 means: a weak model. On real data the like of it reaches about .6 and .9.
    const auc = (domain: 'chest' | 'pneumonia') => {
      const train = domain === 'chest' ? chest : phantomSplit(domain, 'train', 2000, 11);
      const test = phantomSplit(domain, 'test', 1000, 1);
      const binary = (labels: Uint8Array, count: number) => toBinary(labels, count);
      return linearAuc(
        shrink(train.images),
        binary(train.labels, train.labelCount),
        shrink(test.images),
        binary(test.labels, test.labelCount),
      );
    };
    const chestAuc = auc('chest');
    const pneumoniaAuc = auc('pneumonia');
    expect(chestAuc).toBeGreaterThan(0.56);
    expect(chestAuc).toBeLessThan(0.8);
    expect(pneumoniaAuc).toBeGreaterThan(0.75);
    expect(pneumoniaAuc).toBeLessThan(0.97);
  });

  it.each([
    [{ size: 7 }, /size is 7; give a whole number from 8/],
    [{ seed: -1 }, /seed is -1/],
    [{ seed: 1.5 }, /seed is 1\.5/],
    [{ counts: { train: 0 } }, /counts\.train is 0/],
    [{ fraction: 0 }, /fraction is 0/],
    [{ unlabelled: -5 }, /unlabelled is -5/],
  ])('refuses %j', (options, message) => {
    expect(() => phantomDataset({ domain: 'chest', fraction: 1e-9, ...options })).toThrow(message);
  });
});

function correlation(a: number[], b: number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) ** 2;
    bb += (b[i] - mb) ** 2;
  }
  return ab / Math.sqrt(aa * bb);
}

/** 28 x 28 bytes to 14 x 14 means about zero. */
function shrink(images: Uint8Array): Float64Array[] {
  return Array.from({ length: images.length / 784 }, (_, i) => {
    const out = new Float64Array(197).fill(1);
    for (let y = 0; y < 14; y++) {
      for (let x = 0; x < 14; x++) {
        const at = i * 784 + 2 * y * 28 + 2 * x;
        out[y * 14 + x] = (images[at] + images[at + 1] + images[at + 28] + images[at + 29]) / 510 - 1;
      }
    }
    return out;
  });
}

/** Ridge regression by conjugate gradients, scored by the area under the ROC curve. */
function linearAuc(x: Float64Array[], y: Uint8Array, testX: Float64Array[], testY: Uint8Array): number {
  const d = x[0].length;
  const dot = (a: Float64Array, b: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < d; i++) sum += a[i] * b[i];
    return sum;
  };
  const normal = (w: Float64Array) => {
    const out = w.map((value) => value * 0.01 * x.length);
    for (const row of x) {
      const s = dot(row, w);
      for (let i = 0; i < d; i++) out[i] += s * row[i];
    }
    return out;
  };
  const w = new Float64Array(d);
  let r = new Float64Array(d);
  x.forEach((row, n) => {
    for (let i = 0; i < d; i++) r[i] += row[i] * (2 * y[n] - 1);
  });
  let p = r.slice();
  for (let step = 0; step < 30; step++) {
    const q = normal(p);
    const rr = dot(r, r);
    const alpha = rr / dot(p, q);
    for (let i = 0; i < d; i++) w[i] += alpha * p[i];
    const next = r.map((value, i) => value - alpha * q[i]);
    const beta = dot(next, next) / rr;
    p = next.map((value, i) => value + beta * p[i]);
    r = next;
  }
  const scores = testX.map((row) => dot(row, w));
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  order.forEach((row, rank) => {
    if (testY[row]) rankSum += rank + 1;
  });
  const positives = testY.reduce((a, b) => a + b, 0);
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (testY.length - positives));
}
