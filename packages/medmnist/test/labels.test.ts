import fc from 'fast-check';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import type { Split } from '../src/dataset.ts';
import {
  binarySplit,
  classBalance,
  concatBytes,
  concatSplits,
  findingCounts,
  stratifiedRows,
  takeFirst,
  takeRows,
  takeStratified,
  toBinary,
} from '../src/labels.ts';
import { montage, montagePng } from '../src/montage.ts';
import { KeyedRandom } from '../src/random.ts';

/** Images of 2 x 2 whose every pixel is the row's number. */
function splitOf(labels: number[], labelCount = 1): Split {
  const count = labels.length / labelCount;
  const images = Uint8Array.from({ length: count * 4 }, (_, i) => Math.floor(i / 4));
  return { images, labels: Uint8Array.from(labels), count, labelCount };
}

describe('labels', () => {
  it('any finding means diseased', () => {
    const labels = Uint8Array.of(0, 0, 0, 0, 1, 0, 1, 1, 1);
    expect([...toBinary(labels, 3)]).toEqual([0, 1, 1]);
    expect(findingCounts(labels, 3)).toEqual([1, 2, 1]);
    expect(binarySplit(splitOf([0, 0, 1, 0], 2))).toMatchObject({
      labelCount: 1,
      labels: Uint8Array.of(0, 1),
    });
    expect(() => toBinary(labels, 2)).toThrow(/9 labels do not make rows of 2/);
  });

  it('class balance gives what always answering the same would score', () => {
    expect(classBalance(Uint8Array.of(1, 1, 1, 0))).toEqual({
      counts: [1, 3],
      fractions: [0.25, 0.75],
      majority: 0.75,
      majorityClass: 1,
    });
    expect(classBalance(Uint8Array.of(0, 0)).counts).toEqual([2, 0]);
    expect(classBalance(Uint8Array.of(2), 5).counts).toEqual([0, 0, 1, 0, 0]);
  });

  it('takes the first n, and rows by number', () => {
    const split = splitOf([0, 1, 2, 3]);
    expect(takeFirst(split, 2)).toEqual({
      images: Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1),
      labels: Uint8Array.of(0, 1),
      count: 2,
      labelCount: 1,
    });
    const rows = takeRows(split, [3, 0]);
    expect([...rows.labels]).toEqual([3, 0]);
    expect([...rows.images]).toEqual([3, 3, 3, 3, 0, 0, 0, 0]);
    expect(() => takeFirst(split, 5)).toThrow(/5 images asked for, the split has 4/);
    expect(() => takeRows(split, [4])).toThrow(/row 4 is outside/);
  });

  it('takes a stratified n: each share kept to within one, no row twice, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (labels, share, seed) => {
          const split = splitOf(labels);
          const n = Math.floor(share * labels.length);
          const rows = stratifiedRows(split, n, seed);
          expect(rows.length).toBe(n);
          expect(new Set(rows).size).toBe(n);
          expect(rows).toEqual([...rows].sort((a, b) => a - b));
          expect(stratifiedRows(split, n, seed)).toEqual(rows);
          for (let label = 0; label < 4; label++) {
            const all = labels.filter((each) => each === label).length;
            const taken = rows.filter((row) => labels[row] === label).length;
            expect(Math.abs(taken - (all * n) / labels.length)).toBeLessThan(1);
          }
        },
      ),
    );
  });

  it('gives what is left over to the classes with the largest remainders, of equal ones to the lower class', () => {
    const takes = (counts: readonly number[], n: number) => {
      const labels = counts.flatMap((count, label) => new Array<number>(count).fill(label));
      const rows = stratifiedRows(splitOf(labels), n, 3);
      return counts.map((_, label) => rows.filter((row) => labels[row] === label).length);
    };
    expect(takes([5, 3, 2], 4)).toEqual([2, 1, 1]); // shares 2, 1.2, 0.8
    expect(takes([1, 3, 6], 5)).toEqual([1, 1, 3]); // 0.5, 1.5, 3: a tie of the first two
    expect(takes([2, 2], 3)).toEqual([2, 1]); // 1.5, 1.5
    expect(takes([7, 2, 1], 3)).toEqual([2, 1, 0]); // 2.1, 0.6, 0.3
  });

  it('draws stratified rows evenly, differently for each seed, by healthy/diseased where there are findings', () => {
    const hits = new Array<number>(20).fill(0);
    const split = splitOf(new Array(20).fill(0));
    for (let seed = 0; seed < 2000; seed++) for (const row of stratifiedRows(split, 5, seed)) hits[row]++;
    // 500 expected; the standard deviation is 19.
    for (const each of hits) expect(Math.abs(each - 500)).toBeLessThan(100);
    const findings = splitOf([0, 0, 0, 0, 0, 1, 1, 1], 2);
    expect([...toBinary(takeStratified(findings, 2, 1).labels, 2)].sort()).toEqual([0, 1]);
    expect(() => stratifiedRows(split, 2, 1, [1, 2])).toThrow(/2 classes for 20 images/);
  });

  it('puts splits one after the other', () => {
    const both = concatSplits(splitOf([1, 2]), splitOf([3]));
    expect(both.count).toBe(3);
    expect([...both.labels]).toEqual([1, 2, 3]);
    expect(both.images.length).toBe(12);
    expect(() => concatSplits(splitOf([1]), splitOf([1, 1], 2))).toThrow(/do not go with/);
    expect(() => concatSplits()).toThrow(/no split/);
    expect([...concatBytes([Uint8Array.of(1), Uint8Array.of(2, 3)])]).toEqual([1, 2, 3]);
  });
});

describe('random streams', () => {
  it('are the same everywhere: fixed values', () => {
    const stream = new KeyedRandom(1, 2, 3);
    expect([stream.next(), stream.next(), stream.next()]).toMatchInlineSnapshot(`
      [
        701416957,
        479647215,
        4103166122,
      ]
    `);
  });

  it('differ by every part of their key, and by its order', () => {
    const firsts = new Set<number>();
    for (let a = 0; a < 50; a++) for (let b = 0; b < 50; b++) firsts.add(new KeyedRandom(a, b).next());
    expect(firsts.size).toBe(2500);
    expect(new KeyedRandom(2 ** 40).next()).not.toBe(new KeyedRandom(0).next());
  });

  it('are uniform and nearly normal', () => {
    const stream = new KeyedRandom(42);
    const n = 40_000;
    const bins = new Array<number>(10).fill(0);
    for (let i = 0; i < n; i++) bins[stream.below(10)]++;
    const chiSquare = bins.reduce((sum, each) => sum + (each - n / 10) ** 2 / (n / 10), 0);
    expect(chiSquare).toBeLessThan(27.9); // 99.9th percentile with 9 degrees of freedom
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < n; i++) {
      const value = stream.normal();
      sum += value;
      squares += value * value;
    }
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(squares / n - 1)).toBeLessThan(0.03);
  });
});

describe('montage', () => {
  const gray = { images: Uint8Array.of(10, 20, 30, 40, 50, 60, 70, 80), imageSize: 2, channels: 1 } as const;

  it('lays gray images out in a grid with gaps', () => {
    const { width, height, data } = montage(gray, { columns: 2, scale: 1, gap: 1, background: 5 });
    expect([width, height]).toEqual([7, 4]);
    const red = Array.from({ length: 28 }, (_, i) => data[3 * i]);
    expect(red).toEqual([
      5, 5, 5, 5, 5, 5, 5, 5, 10, 20, 5, 50, 60, 5, 5, 30, 40, 5, 70, 80, 5, 5, 5, 5, 5, 5, 5, 5,
    ]);
  });

  it('enlarges pixels and keeps colours; the PNG says the same', () => {
    const rgb = { images: Uint8Array.of(1, 2, 3), imageSize: 1, channels: 3 } as const;
    const image = montage(rgb, { scale: 3, gap: 0 });
    expect([image.width, image.height]).toEqual([3, 3]);
    expect([...image.data.subarray(24)]).toEqual([1, 2, 3]);
    const png = PNG.sync.read(Buffer.from(montagePng(rgb, { scale: 3, gap: 0 })));
    expect([png.width, png.height]).toEqual([3, 3]);
    expect([...png.data.subarray(32)]).toEqual([1, 2, 3, 255]);
  });

  it('frames the images asked for', () => {
    const { width, data } = montage(gray, {
      columns: 2,
      scale: 1,
      frame: (i) => (i === 1 ? [255, 0, 0] : undefined),
    });
    expect([...data.subarray(3 * 4, 3 * 4 + 3)]).toEqual([255, 0, 0]);
    expect(data[3 * (width + 4)]).toBe(50);
    expect(data[0]).toBe(0);
  });

  it('refuses to show more images than there are', () => {
    expect(() => montage({ ...gray, count: 3 })).toThrow(/8 bytes do not hold 3 images of 2x2x1/);
    expect(() => montage({ ...gray, images: new Uint8Array(0) })).toThrow(/do not hold 0 images/);
  });
});
