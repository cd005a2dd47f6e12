import { readFileSync } from 'node:fs';
import {
  adaptiveMeanTaps,
  adaptiveWindows,
  imageLayout,
  linearTaps,
  nearestTaps,
  padTaps,
  placeTaps,
  resampleOracle,
  type Taps,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  flip,
  interpolate,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  reshape,
  roll,
} from '../../../src/ops/index.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { type Tensor, tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { input } from '../arbitrary.ts';
import { checkOp, expectScaled } from '../check-op.ts';
import { permuted } from '../oracles.ts';

const devices = await openTestDevices();

type Op = (x: Tensor, ...args: readonly unknown[]) => Tensor;
const named = {
  adaptiveAvgPool2d,
  adaptiveMaxPool2d,
  flip,
  interpolate,
  pad,
  pixelShuffle,
  pixelUnshuffle,
  roll,
};
const opNamed = (name: string) => (named as unknown as Record<string, Op>)[name];

interface Case {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly shape: readonly number[];
  readonly to: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly dy: readonly number[];
  readonly dx: readonly number[];
}

/** Recorded by `../../fixtures/resample.py`. */
const recorded = JSON.parse(
  readFileSync(new URL('../../fixtures/resample.json', import.meta.url), 'utf8'),
) as readonly Case[];

const titled = recorded.map((each) => ({
  ...each,
  title: `${each.op}([${each.shape}], ${JSON.stringify(each.args)})`,
}));

/** An op as what it makes of height and width (dimensions 2 and 3). */
interface Separable {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly height: (from: number) => Taps;
  readonly width: (from: number) => Taps;
}

const turned = (from: number) =>
  placeTaps(
    from,
    Array.from({ length: from }, (_, j) => from - 1 - j),
  );
const moved = (from: number) =>
  placeTaps(
    from,
    Array.from({ length: from }, (_, j) => (j + from - 1) % from),
  );

const separable: readonly Separable[] = [
  {
    name: 'interpolate',
    args: [{ size: [5, 3] }],
    height: (from) => nearestTaps(from, { to: 5 }),
    width: (from) => nearestTaps(from, { to: 3 }),
  },
  {
    name: 'interpolate',
    args: [{ scaleFactor: 2, mode: 'bilinear' }],
    height: (from) => linearTaps(from, { to: 2 * from }, false),
    width: (from) => linearTaps(from, { to: 2 * from }, false),
  },
  {
    name: 'pad',
    args: [[1, 2, 3, 0], { mode: 'replicate' }],
    height: (from) => padTaps(from, [3, 0], 'replicate'),
    width: (from) => padTaps(from, [1, 2], 'replicate'),
  },
  {
    name: 'adaptiveAvgPool2d',
    args: [[2, 3]],
    height: (from) => adaptiveMeanTaps(from, 2),
    width: (from) => adaptiveMeanTaps(from, 3),
  },
  { name: 'flip', args: [[2, 3]], height: turned, width: turned },
  {
    name: 'roll',
    args: [
      [1, 1],
      [2, 3],
    ],
    height: moved,
    width: moved,
  },
];

const images = fc
  .tuple(
    fc.constantFrom(1, 2),
    fc.constantFrom(1, 3, 4, 5, 8),
    fc.constantFrom(3, 4, 7),
    fc.constantFrom(3, 5, 8),
  )
  .chain((shape) => input(shape));

describe.each(devices)('resampling on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(titled)('$title is PyTorch’s', async ({ op, args, shape, to, x, y, dy, dx, title }) => {
    for (const layout of [undefined, imageLayout(shape)]) {
      const source = tensor(runtime, x, shape, layout && { layout }).requiresGrad_();
      const result = opNamed(op)(source, ...args);
      expect(result.shape, title).toEqual(to);
      backward(result, tensor(runtime, dy, to));
      expectScaled(title, await result.array(), y, 3, 1e-6);
      expectScaled(`${title}: gradient`, await source.grad!.array(), dx, 8, 1e-6);
    }
  });

  it.each(separable)(
    '$name: value and gradient of images of any size',
    async ({ name, args, height, width }) => {
      await fc.assert(
        fc.asyncProperty(images, async (x) => {
          const [n, c, h, w] = x.shape;
          const [rows, columns] = [height(h), width(w)];
          await checkOp(runtime, {
            name,
            inputs: [x],
            op: (a) => opNamed(name)(a, ...args),
            oracle: (a) =>
              resampleOracle(resampleOracle(a, x.shape, 2, rows), [n, c, rows.to, w], 3, columns),
            shape: [n, c, rows.to, columns.to],
          });
        }),
        runs(device, 8),
      );
    },
  );

  it('adaptiveMaxPool2d: value and gradient of images of any size', async () => {
    await fc.assert(
      fc.asyncProperty(images, async (x) => {
        const [n, c, h, w] = x.shape;
        const oracle = (a: Float64Array) =>
          Float64Array.from({ length: n * c * 6 }, (_, i) => {
            const [plane, p, q] = [Math.floor(i / 6), Math.floor((i % 6) / 3), i % 3];
            const [top, bottom] = adaptiveWindows(h, 2)[p];
            const [left, right] = adaptiveWindows(w, 3)[q];
            let most = Number.NEGATIVE_INFINITY;
            for (let row = top; row < bottom; row++)
              for (let column = left; column < right; column++)
                most = Math.max(most, a[(plane * h + row) * w + column]);
            return most;
          });
        // Values further apart than central differences reach, in an order that the drawn ones give.
        const ranks = [...x.data.keys()].sort((a, b) => x.data[a] - x.data[b]);
        const data = new Float32Array(x.data.length);
        for (const [rank, at] of ranks.entries()) data[at] = rank / 64;
        await checkOp(runtime, {
          name: 'adaptiveMaxPool2d',
          inputs: [{ ...x, data }],
          op: (a) => adaptiveMaxPool2d(a, [2, 3]),
          oracle,
          shape: [n, c, 2, 3],
        });
      }),
      runs(device, 8),
    );
  });

  it.each([
    ['pixelShuffle', [2, 8, 3, 5], [2, 2, 2, 2, 3, 5], [0, 1, 4, 2, 5, 3], [2, 2, 6, 10]],
    ['pixelUnshuffle', [2, 2, 6, 4], [2, 2, 3, 2, 2, 2], [0, 1, 3, 5, 2, 4], [2, 8, 3, 2]],
  ] as const)('%s: value and gradient', async (name, shape, split, order, to) => {
    await fc.assert(
      fc.asyncProperty(input(shape), async (x) => {
        await checkOp(runtime, {
          name,
          inputs: [x],
          op: (a) => opNamed(name)(a, 2),
          oracle: (a) => permuted(a, split, order),
          shape: to,
        });
      }),
      runs(device, 3),
    );
  });

  it('says what does not fit', () => {
    const x = tensor(runtime, new Float32Array(24), [1, 2, 3, 4]);
    expect(() => interpolate(x, {})).toThrow(/either size or scaleFactor/);
    expect(() => interpolate(x, { size: 2, alignCorners: true })).toThrow(
      /alignCorners is for mode 'bilinear'/,
    );
    expect(() => interpolate(x, { scaleFactor: 0.1 })).toThrow(/leaves nothing of \[1,2,3,4\]/);
    expect(() => interpolate(reshape(x, [6, 4]), { size: 2 })).toThrow(/expected images \[N,C,H,W\]/);
    expect(() => pad(x, [1])).toThrow(/two numbers for each of the last dimensions/);
    expect(() => pad(x, [4, 0], { mode: 'reflect' })).toThrow(/does not fit dimension 3 .* it takes 0 to 3/);
    expect(() => pad(x, [0, -4])).toThrow(/of which nothing would remain/);
    expect(() => pad(x, [1, 1], { mode: 'reflect', value: 2 })).toThrow(/value is for mode 'constant'/);
    expect(() => roll(x, [1, 2], 3)).toThrow(/2 shifts for 1 dimensions/);
    expect(() => flip(x, 4)).toThrow(/flip: dimension 4 does not exist/);
    expect(() => adaptiveAvgPool2d(x, 0)).toThrow(/outputSize/);
  });
});
