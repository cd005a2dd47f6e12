import * as k from '@glassbox/wgsl-kernels';
import { unaryForward, unaryForwardOracle, unaryGradient, unaryGradientOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openTestDevices } from '../../support/devices.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { centralDifferences, expectWithin, largest, layoutOf, numbers, runInto, shapes } from '../outputs.ts';

const devices = await openTestDevices();
const ops: k.UnaryOp[] = [
  ...Object.values(k.unaryOps),
  k.leakyReluOp({ slope: 0.2 }),
  k.eluOp({ alpha: 0.5 }),
  k.softplusOp({ beta: 2, threshold: 4 }),
  k.hardtanhOp({ min: -0.5, max: 2 }),
  k.clampOp({ min: -1, max: 1.5 }),
  k.clampOp({ min: 0.5, max: null }),
  ...[0, 1, 2, 3, 9, 0.5, 1.75, -1, -2, -0.5, 12].map((exponent) => k.powOp({ exponent })),
  k.affineOp({ scale: -1.5, shift: 0.25 }),
  k.affineOp({ scale: 3, shift: 0 }),
];
const cases = ops.map((op) => ({
  op,
  name: Object.entries(op)
    .map(([key, value]) => (key === 'op' ? value : `${key} ${value}`))
    .join(' '),
}));

const inputs = (op: k.UnaryOp) =>
  shapes().chain((shape) => {
    const [low, high] = op.row.domain;
    const count = k.elementCount(shape);
    return fc.tuple(layoutOf(shape), numbers(count, low, high), numbers(count));
  });

describe.each(cases)('$name', ({ op }) => {
  it('has an oracle whose gradient agrees with central differences', () => {
    const { domain, corners = [0] } = op.row;
    const [low, high] = domain;
    fc.assert(
      fc.property(numbers(20, low, high), numbers(20), (values, dy) => {
        const x = values.map((value) =>
          corners.some((corner) => Math.abs(value - corner) < 1e-3) ? value + 2e-3 : value,
        );
        const expected = centralDifferences((moved) => unaryForwardOracle(op, moved), x, dy);
        expectWithin(unaryGradientOracle(op, dy, x), expected, 10);
      }),
      { numRuns: 10 },
    );
  });

  describe.each(devices)('on $name', ({ device }) => {
    it('equals the oracle in any layout, forward and backward', async () => {
      await fc.assert(
        fc.asyncProperty(inputs(op), async ([layout, x, dy]) => {
          const forward = unaryForward(op, layout, device.machine);
          const [y] = await runInto(device, forward, [{ layout, data: x }], [{ layout }]);
          expectClose(y, unaryForwardOracle(op, x), 3e-6);
          const { saves } = op.row;
          const saved = saves === 'none' ? [] : [{ layout, data: saves === 'input' ? x : y }];
          const backward = unaryGradient(op, layout, device.machine);
          const [dx] = await runInto(device, backward, [{ layout, data: dy }, ...saved], [{ layout }]);
          const expected = unaryGradientOracle(op, dy, x);
          expectWithin(dx, expected, Math.max(largest(dy), largest(expected)), 2e-6);
        }),
        { numRuns: 8 },
      );
    });
  });
});

describe.each(devices)('unary kernels on $name', ({ device }) => {
  it('saturate instead of overflowing', async () => {
    const layout = k.rowMajor([5]);
    const x = [-1e30, -200, 0, 200, 1e30];
    const run = async (op: k.UnaryOp) =>
      (await runInto(device, unaryForward(op, layout), [{ layout, data: x }], [{ layout }]))[0];
    expect([...Array.from(await run(k.sigmoidOp))]).toEqual([0, 0, 0.5, 1, 1]);
    expect([...Array.from(await run(k.tanhOp))]).toEqual([-1, -1, 0, 1, 1]);
  });

  it('keep the relative accuracy of tanh near 0', async () => {
    const layout = k.rowMajor([40]);
    const x = Float32Array.from({ length: 40 }, (_, i) => 1.5 ** (i - 38));
    const [y] = await runInto(device, unaryForward(k.tanhOp, layout), [{ layout, data: x }], [{ layout }]);
    x.forEach((value, i) => {
      expect(Math.abs(y[i] / Math.tanh(value) - 1)).toBeLessThan(1e-6);
    });
  });

  it('keep GELU and SiLU finite for inputs of any size, and their slopes at 0 and 1', async () => {
    const layout = k.rowMajor([6]);
    const x = [-3.4e38, -1e30, -200, 200, 1e30, 3.4e38];
    const one = x.map(() => 1);
    for (const op of [k.geluOp, k.geluTanhOp, k.siluOp]) {
      const [y] = await runInto(device, unaryForward(op, layout), [{ layout, data: x }], [{ layout }]);
      expect(Array.from(y, Math.abs), op.op).toEqual([0, 0, 0, 200, Math.fround(1e30), Math.fround(3.4e38)]);
      const inputs = [one, x].map((data) => ({ layout, data }));
      const [dx] = await runInto(device, unaryGradient(op, layout), inputs, [{ layout }]);
      expect(Array.from(dx, Math.abs), op.op).toEqual([0, 0, 0, 1, 1, 1]);
    }
  });

  it('compute erf to float32’s rounding', async () => {
    // gelu(x) = x (1 + erf(x / √2)) / 2, and where x is positive nothing in that cancels.
    const layout = k.rowMajor([4000]);
    const x = Float32Array.from({ length: 4000 }, (_, i) => 6 * ((i + 1) / 4000) ** 3);
    const [y] = await runInto(device, unaryForward(k.geluOp, layout), [{ layout, data: x }], [{ layout }]);
    const exact = unaryForwardOracle(k.geluOp, x);
    const worst = Math.max(...Array.from(y, (value, i) => Math.abs(value / exact[i] - 1)));
    expect(worst).toBeLessThan(2.5e-7);
  });

  it('cover large tensors, where one invocation processes several vec4s', async () => {
    for (const layout of [
      k.imageLayout([8, 17, 31, 29]),
      k.filterLayout([67, 43, 5, 5]),
      k.rowMajor([70001]),
    ]) {
      const count = k.elementCount(layout.shape);
      const [x] = fc.sample(numbers(count), 1);
      const kernel = unaryForward(k.sigmoidOp, layout, device.machine);
      const [y] = await runInto(device, kernel, [{ layout, data: x }], [{ layout }]);
      expectClose(y, unaryForwardOracle(k.sigmoidOp, x), 2e-6);
    }
  });
});
