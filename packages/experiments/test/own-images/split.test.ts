import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SplitName, splitNames } from '../../src/own-images/find.ts';
import { overlaps, type SplitInput, splitImages } from '../../src/own-images/split.ts';

const classes = ['a', 'b', 'c'];
const input = (labels: number[], change: Partial<SplitInput> = {}): SplitInput => ({
  labels,
  classes: classes.slice(0, Math.max(...labels) + 1),
  given: labels.map(() => undefined),
  keys: labels.map((_, row) => String(row)),
  val: 0.15,
  test: 0.15,
  seed: 0,
  ...change,
});
/** Labels with so many images of each class. */
const labelled = (...counts: number[]) =>
  counts.flatMap((count, label) => new Array<number>(count).fill(label));

describe('splitImages', () => {
  it('gives each image to one split, each class its share, whatever the seed', () => {
    const cases = fc.record({
      counts: fc.array(fc.integer({ min: 3, max: 60 }), { minLength: 2, maxLength: 3 }),
      seed: fc.nat(1000),
      val: fc.double({ min: 0.01, max: 0.5, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ counts, seed, val }) => {
        const labels = labelled(...counts);
        const splits = splitImages(input(labels, { seed, val }));
        expect(splitNames.flatMap((name) => splits[name]).sort((a, b) => a - b)).toEqual([...labels.keys()]);
        counts.forEach((count, label) => {
          const of = (name: SplitName) => splits[name].filter((row) => labels[row] === label).length;
          expect(of('test')).toBe(Math.max(1, Math.round(0.15 * count)));
          expect(of('val')).toBeLessThanOrEqual(Math.max(1, Math.round(val * count)));
          for (const name of splitNames) expect(of(name)).toBeGreaterThanOrEqual(1);
        });
      }),
    );
  });

  it('is the same for a seed, and another one for another seed', () => {
    const labels = labelled(30, 30);
    expect(splitImages(input(labels, { seed: 5 }))).toEqual(splitImages(input(labels, { seed: 5 })));
    expect(splitImages(input(labels, { seed: 6 }))).not.toEqual(splitImages(input(labels, { seed: 5 })));
  });

  it('keeps images of one key together', () => {
    const cases = fc.record({ seed: fc.nat(1000), groups: fc.integer({ min: 8, max: 30 }) });
    fc.assert(
      fc.property(cases, ({ seed, groups }) => {
        const labels = labelled(60, 60);
        const keys = labels.map((label, row) => `${label} ${row % groups}`);
        const splits = splitImages(input(labels, { seed, keys }));
        for (const key of new Set(keys)) {
          const found = splitNames.filter((name) => splits[name].some((row) => keys[row] === key));
          expect(found).toHaveLength(1);
        }
        expect(splits.test.length).toBeGreaterThanOrEqual(2);
        expect(splits.test.length).toBeLessThanOrEqual(40);
      }),
    );
  });

  it('a patient with images of two classes stays together, too', () => {
    const labels = labelled(20, 20);
    const keys = labels.map((_, row) => String(row % 20));
    const splits = splitImages(input(labels, { keys }));
    for (const name of splitNames) {
      const own = new Set(splits[name].map((row) => keys[row]));
      expect(splits[name]).toHaveLength(2 * own.size);
    }
  });

  it('takes the splits that the data have, and draws what is missing', () => {
    const labels = labelled(10, 10);
    const given = labels.map((_, row): SplitName => (row % 10 < 8 ? 'train' : 'test'));
    const splits = splitImages(input(labels, { given }));
    expect(splits.test).toEqual([8, 9, 18, 19]);
    expect(splits.val).toHaveLength(2);
    expect(splits.train).toHaveLength(14);
    const whole = labels.map((_, row) => splitNames[row % 3]);
    expect(splitImages(input(labels, { given: whole })).val).toEqual([1, 4, 7, 10, 13, 16, 19]);
  });

  it('refuses a class with too few images, by its name', () => {
    expect(() => splitImages(input(labelled(10, 2)))).toThrow("class 'b' has 2 images (or groups)");
    const given = labelled(6, 2).map((_, row): SplitName => (row === 7 ? 'test' : splitNames[row % 3]));
    expect(() => splitImages(input(labelled(6, 2), { given }))).toThrow("class 'b' has no image in val");
    const keys = labelled(10, 10).map((label, row) => (label === 1 ? 'one' : String(row)));
    expect(() => splitImages(input(labelled(10, 10), { keys }))).toThrow("class 'b' has 1 image");
  });
});

describe('overlaps', () => {
  it('says which images are in two splits, and which have two labels', () => {
    const splits = { train: [0, 1, 4], val: [2], test: [3] };
    const names = ['0', '1', '2', '3', '4'];
    const said = overlaps(['x', 'y', 'x', 'z', 'y'], names, [0, 0, 0, 1, 1], classes, splits);
    expect(said).toEqual([
      expect.stringMatching(/^1 images of one split .*\(0 and 2\)/),
      expect.stringMatching(/^1 images have a copy with another label \(1 and 4: a, b\)/),
    ]);
    expect(overlaps(['x', 'y'], names, [0, 1], classes, { train: [0], val: [1], test: [] })).toEqual([]);
  });
});
