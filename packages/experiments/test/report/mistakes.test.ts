import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packImages, sprite, unpackImages } from '../../src/report/images.ts';
import { mistakesOf } from '../../src/report/mistakes.ts';
import { fakeRun } from './fake-run.ts';

describe('images in results.json', () => {
  const images = Uint8Array.from({ length: 10 * 9 }, (_, i) => (i * 7) % 256);

  it('come back byte for byte, each row once, in order', () => {
    const packed = packImages(images, 3, [7, 2, 7, 0]);
    expect(packed.rows).toEqual([0, 2, 7]);
    expect(unpackImages(packed)).toEqual(
      Uint8Array.from([0, 2, 7].flatMap((row) => [...images.subarray(9 * row, 9 * row + 9)])),
    );
  });

  it('are refused where they are not there or damaged', () => {
    expect(() => packImages(images, 3, [10])).toThrow(/row 10 of 10 images of 3x3/);
    expect(() => packImages(images, 3, [-1])).toThrow(/row -1/);
    expect(() => unpackImages({ ...packImages(images, 3, [1, 2]), rows: [1] })).toThrow(
      /18 bytes for 1 images/,
    );
  });

  it('lie in the one picture where the page looks for them', () => {
    const packed = packImages(images, 3, [0, 1, 2, 3, 4]);
    const png = Buffer.from(sprite(packed, 2));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([6, 9]);
    const data = png.indexOf('IDAT') + 4;
    const raw = inflateSync(png.subarray(data, png.indexOf('IEND') - 8));
    const pixel = (x: number, y: number) => raw[y * 7 + 1 + x];
    for (let i = 0; i < 5; i++)
      for (let at = 0; at < 9; at++)
        expect(pixel((i % 2) * 3 + (at % 3), Math.floor(i / 2) * 3 + Math.floor(at / 3))).toBe(
          images[9 * i + at],
        );
    expect(pixel(3, 6)).toBe(0);
  });
});

describe('mistakes', () => {
  const run = fakeRun({ points: 12, iterations: 5, tasks: ['2'], seeds: 1 });
  const row = run.rows.find(({ target }) => target === 'pneumonia')!;
  const truth = run.truth.pneumonia!.test;

  it('are the wrong answers at 0.5, by kind, the surest first', () => {
    const { falseAlarms, misses } = mistakesOf(row, run)!;
    const wrong = truth.filter((label, i) => Number(row.logOdds.test[i] >= 0) !== label).length;
    expect(falseAlarms.length + misses.length).toBe(wrong);
    expect(1 - wrong / truth.length).toBeCloseTo(row.test.accuracy, 12);
    for (const [kind, label] of [
      [falseAlarms, 0],
      [misses, 1],
    ] as const) {
      const sure = kind.map(({ row: i }) => Math.abs(row.logOdds.test[i]));
      expect(sure).toEqual([...sure].sort((a, b) => b - a));
      for (const one of kind) expect([one.label, truth[one.row]]).toEqual([label, label]);
    }
  });

  it('rank nets that are too sure for probabilities to tell apart', () => {
    const sure = structuredClone(row);
    sure.logOdds.test = sure.logOdds.test.map((z) => 100 * z);
    expect(mistakesOf(sure, run)!.falseAlarms.map((m) => m.row)).toEqual(
      mistakesOf(row, run)!.falseAlarms.map((m) => m.row),
    );
  });

  it('are none where scores were not kept', () => {
    expect(mistakesOf({ ...row, logOdds: { val: [], test: [] } }, run)).toBeUndefined();
  });
});
