import {
  affineImages,
  affineImagesOracle,
  elementCount,
  imageLayout,
  type RandomMatricesSpec,
  randomBits,
  randomMatrices,
  randomMatricesOracle,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/device/device.ts';
import { openTestDevices } from '../../support/devices.ts';
import { anyMachine } from '../../support/machines.ts';
import { random } from '../../support/numbers.ts';
import { expectClose, runKernel } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';

const devices = await openTestDevices();

const uniforms = (batch: number, seed: number) =>
  Float32Array.from(randomBits([batch, 8], { seed, stream: 1, step: 0 }), (word) => (word >>> 8) * 2 ** -24);

const rangeOf = (low: number, high: number) =>
  fc
    .tuple(fc.double({ min: low, max: high, noNaN: true }), fc.double({ min: low, max: high, noNaN: true }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const specs: fc.Arbitrary<Omit<RandomMatricesSpec, 'batch'>> = fc.record({
  flip: optional(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 0.5, 1))),
  degrees: optional(rangeOf(-180, 180)),
  scale: optional(rangeOf(0.5, 2)),
  shear: optional(fc.tuple(rangeOf(-40, 40), rangeOf(-40, 40)).map(([x, y]) => [...x, ...y] as const)),
  places: optional(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))),
});

/** Multiples of 1/16: sums of products with places of pixels are exact in float32, so ties are the same. */
const exactMatrix = fc.array(fc.integer({ min: -32, max: 32 }), { minLength: 6, maxLength: 6 });
const images = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  c: fc.constantFrom(1, 2, 3, 4, 5, 8),
  from: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
  to: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })),
  interpolation: fc.constantFrom('nearest' as const, 'bilinear' as const),
  edge: fc.boolean(),
});

function pixels(shape: readonly number[], seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: elementCount(shape) }, () => next());
}

interface Sampled {
  readonly shape: readonly number[];
  readonly size: readonly [number, number];
  readonly interpolation: 'nearest' | 'bilinear';
  readonly fill: number | readonly number[] | 'edge';
}

async function sample(
  device: Device,
  x: ArrayLike<number>,
  matrices: ArrayLike<number>,
  { shape, size, interpolation, fill }: Sampled,
  machine = device.machine,
) {
  const [n, c] = shape;
  const [from, to] = [imageLayout(shape), imageLayout([n, c, ...size])];
  const results = await runKernel(device, affineImages({ x: from, y: to, interpolation, fill }, machine), [
    { layout: from, data: x },
    { layout: rowMajor([n, 2, 3]), data: matrices },
    { layout: to, data: new Float32Array(elementCount(to.shape)).fill(9) },
  ]);
  return results[2];
}

describe.each(devices)('affine images on $name', ({ device }) => {
  it('draws the matrices of the oracle', async () => {
    await fc.assert(
      fc.asyncProperty(specs, fc.nat(), anyMachine, async (spec, seed, machine) => {
        const u = uniforms(5, seed);
        const full = { batch: 5, ...spec };
        const [, matrices] = await runKernel(device, randomMatrices(full, machine), [
          { layout: rowMajor([5, 8]), data: u },
          { layout: rowMajor([5, 2, 3]) },
        ]);
        expectClose(matrices, randomMatricesOracle(u, full), 1e-5);
      }),
      runs(device, 20),
    );
  });

  it('draws the shifts of the oracle, in whole pixels', async () => {
    const spec = { batch: 64, translate: [7.3, 4.8] } as const;
    const u = uniforms(64, 2);
    const [, matrices] = await runKernel(device, randomMatrices(spec, device.machine), [
      { layout: rowMajor([64, 8]), data: u },
      { layout: rowMajor([64, 2, 3]) },
    ]);
    expectClose(matrices, randomMatricesOracle(u, spec), 0);
  });

  it('samples as the oracle, in any layout, size and with any fill', async () => {
    await fc.assert(
      fc.asyncProperty(
        images,
        exactMatrix,
        fc.nat(),
        anyMachine,
        async (drawn, sixteenths, seed, machine) => {
          const { n, c, from, to, interpolation, edge } = drawn;
          const shape = [n, c, ...from];
          const next = random(seed);
          const matrices = Float32Array.from({ length: 6 * n }, (_, k) =>
            k < 6 ? sixteenths[k] / 16 : Math.round(next() * 32) / 16,
          );
          const x = pixels(shape, seed + 1);
          const fill = edge ? ('edge' as const) : Array.from({ length: c }, (_, k) => 0.5 + k);
          const y = await sample(device, x, matrices, { shape, size: to, interpolation, fill }, machine);
          expectClose(y, affineImagesOracle(x, matrices, shape, to, { interpolation, fill }), 2e-6);
        },
      ),
      runs(device, 40),
    );
  });

  it.each(['nearest', 'bilinear'] as const)(
    '%s: identity, mirror images and quarter turns keep every bit',
    async (interpolation) => {
      for (const c of [1, 3, 6]) {
        const shape = [2, c, 5, 5];
        const x = pixels(shape, c);
        const asIs = { shape, size: [5, 5], interpolation, fill: 0 } as const;
        const through = async (spec: Omit<RandomMatricesSpec, 'batch'>, from: ArrayLike<number> = x) => {
          const [, matrices] = await runKernel(
            device,
            randomMatrices({ batch: 2, ...spec }, device.machine),
            [{ layout: rowMajor([2, 8]), data: uniforms(2, 1) }, { layout: rowMajor([2, 2, 3]) }],
          );
          return sample(device, from, matrices, asIs);
        };
        expect(await through({})).toEqual(x);
        expect(await through({ degrees: [0, 0], scale: [1, 1], shear: [0, 0, 0, 0] })).toEqual(x);
        const mirrored = await through({ flip: [1, 0] });
        expect(mirrored).toEqual(Float32Array.from(x, (_, i) => x[i - (i % 5) + 4 - (i % 5)]));
        expect(await through({ flip: [1, 0] }, mirrored)).toEqual(x);
        const upsideDown = await through({ flip: [0, 1] });
        expect(upsideDown).toEqual(
          Float32Array.from(x, (_, i) => x[i - (i % 25) + 20 - (i % 25) + 2 * (i % 5)]),
        );
        const turned = await through({ degrees: [90, 90] });
        // Clockwise: the first line of the result is the first column, from the bottom.
        const [j, line] = [(i: number) => i % 5, (i: number) => Math.floor(i / 5) % 5];
        expect(turned).toEqual(Float32Array.from(x, (_, i) => x[i - (i % 25) + (4 - j(i)) * 5 + line(i)]));
        const again = await through({ degrees: [-180, -180] }, await through({ degrees: [90, 90] }, turned));
        expect(again).toEqual(x);
        expect(await through({ shear: [0, 0, 0, 0], degrees: [270, 270] }, turned)).toEqual(x);
      }
    },
  );

  it('samples and draws as PyTorch 1.13', async () => {
    const { default: recorded } = await import('../../fixtures/affine-images.json', {
      with: { type: 'json' },
    });
    // The draws as ranges of one number; a shift is not drawn but multiplied out.
    for (const [n, [angle, shift, scale, shear]] of (
      recorded.draws as [number, number[], number, number[]][]
    ).entries()) {
      const fixed = {
        degrees: [angle, angle],
        scale: [scale, scale],
        translate: [shift[0], shift[1]],
      } as const;
      const spec = { batch: 1, ...fixed, shear: [shear[0], shear[0], shear[1], shear[1]] } as const;
      // Shifts are from -t to t: a number near 1 gives t.
      const u = [0.5, 1 - 2 ** -24, 1 - 2 ** -24, 0.5, 0.5, 0.5, 0.5, 0.5];
      const [, matrix] = await runKernel(device, randomMatrices({ ...spec }, device.machine), [
        { layout: rowMajor([1, 8]), data: u },
        { layout: rowMajor([1, 2, 3]) },
      ]);
      expectClose(matrix, recorded.matrices.slice(6 * n, 6 * n + 6), 1e-6);
    }
    for (const { shape, size, x, results } of recorded.cases) {
      for (const [name, expected] of Object.entries(results)) {
        const [mode, padding] = name.split(' ');
        const y = await sample(device, x, recorded.matrices, {
          shape,
          size: [size[0], size[1]],
          interpolation: mode as 'nearest',
          fill: padding === 'zeros' ? 0 : 'edge',
        });
        expectClose(y, expected, 2e-6);
      }
    }
  });

  it('gives the fill, or the edge, for places that are no numbers or far away', async () => {
    const shape = [1, 1, 3, 4];
    const x = pixels(shape, 1);
    for (const far of [1e30, -1e30, Number.NaN, Number.POSITIVE_INFINITY]) {
      const matrices = [0, 0, far, 0, 0, far];
      const spec = { shape, size: [3, 4], interpolation: 'nearest' } as const;
      const filled = await sample(device, x, matrices, { ...spec, fill: 0.25 });
      if (!Number.isNaN(far)) expect([...filled]).toEqual(Array(12).fill(0.25));
      for (const value of await sample(device, x, matrices, { ...spec, fill: 'edge' }))
        expect([...x]).toContain(value);
    }
  });
});

describe('draws of affine images', () => {
  const batch = 4000;
  const u = uniforms(batch, 7);
  const column = (spec: Omit<RandomMatricesSpec, 'batch'>, k: number) => {
    const matrices = randomMatricesOracle(u, { batch, ...spec });
    return Array.from({ length: batch }, (_, n) => matrices[6 * n + k]);
  };

  it('mirror with their probability, and use every window and shift', () => {
    const mirrored = column({ flip: [0.3, 0] }, 0).filter((a) => a === -1).length / batch;
    expect(Math.abs(mirrored - 0.3)).toBeLessThan(0.03);
    const places = column({ places: [5, 1] }, 2);
    for (const place of [-2, -1, 0, 1, 2]) {
      expect(Math.abs(places.filter((p) => p === place).length / batch - 0.2)).toBeLessThan(0.03);
    }
    // Shifts are rounded: the largest have half the share.
    const shifts = column({ translate: [2, 0] }, 2);
    for (const shift of [-2, -1, 0, 1, 2]) {
      const expected = Math.abs(shift) === 2 ? 1 / 8 : 1 / 4;
      expect(
        Math.abs(shifts.filter((s) => Math.abs(s - shift) < 1e-9).length / batch - expected),
      ).toBeLessThan(0.03);
    }
  });

  it('turn and enlarge evenly over their range', () => {
    const angles = column({ degrees: [-10, 30] }, 1).map((sine) => (Math.asin(sine) * 180) / Math.PI);
    expect(Math.min(...angles)).toBeGreaterThanOrEqual(-10);
    expect(Math.max(...angles)).toBeLessThanOrEqual(30);
    for (let part = -10; part < 30; part += 10) {
      const share = angles.filter((angle) => angle >= part && angle < part + 10).length / batch;
      expect(Math.abs(share - 0.25)).toBeLessThan(0.03);
    }
    const factors = column({ scale: [0.5, 1.5] }, 0).map((a) => 1 / a);
    expect(Math.abs(factors.reduce((sum, s) => sum + s, 0) / batch - 1)).toBeLessThan(0.02);
  });

  it('refuses images of another number or channels, and another layout', () => {
    const spec = { interpolation: 'nearest', fill: 0 } as const;
    const x = imageLayout([2, 4, 3, 3]);
    expect(() => affineImages({ ...spec, x, y: imageLayout([2, 5, 3, 3]) })).toThrow(/channels must stay/);
    expect(() => affineImages({ ...spec, x: rowMajor([2, 4, 3, 3]), y: x })).toThrow(/imageLayout/);
    expect(() => affineImages({ ...spec, x, y: x, fill: [1, 2] })).toThrow(/2 numbers for 4 channels/);
  });
});
