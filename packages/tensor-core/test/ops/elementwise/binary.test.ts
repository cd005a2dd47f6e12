import {
  type BinaryOp,
  binaryForwardOracle,
  binaryOps,
  broadcastShapes,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward } from '../../../src/autograd.ts';
import { Runtime } from '../../../src/index.ts';
import * as all from '../../../src/ops/index.ts';
import { add, compare, type Operand } from '../../../src/ops/index.ts';
import { type Tensor, tensor } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { fromOp } from '../../support/observe.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { broadcastPairs, input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';

const devices = await openTestDevices();

/** Every row of the table: those with gradients are ops of their own, the others are comparisons. */
const rows = Object.values<BinaryOp>(binaryOps);
const differentiable = rows.filter(({ row }) => row.gradient);
const comparisons = rows.filter(({ row }) => !row.gradient);
const ops = all as unknown as Readonly<Record<string, (a: Operand, b: Operand) => Tensor>>;

describe.each(devices)('arithmetic on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(differentiable)('$op broadcasts: value and gradients, frozen operands without', async (binary) => {
    const { op: name, row } = binary;
    const operands = broadcastPairs.chain(([a, b]) => {
      // Operands from ranges of their own neither tie nor divide by 0.
      const [low, high] = row.domainOfB ?? [-1.9, 2.37];
      return fc.tuple(input(a, { frozen: true }), input(b, { low, high, frozen: true }));
    });
    await fc.assert(
      fc.asyncProperty(operands, async ([a, b]) => {
        await checkOp(runtime, {
          name,
          inputs: [a, b],
          op: (x, y) => ops[name](x, y),
          oracle: (x, y) => binaryForwardOracle(binary, x, a.shape, y, b.shape),
          shape: broadcastShapes(a.shape, b.shape),
          step: 1e-6,
          // Gradients of stretched operands are sums that may cancel.
          leastGradient: 0.5,
        });
      }),
      runs(device),
    );
  });

  it.each(differentiable)('$op takes a number', async (binary) => {
    const { op: name } = binary;
    await fc.assert(
      fc.asyncProperty(input([3, 5]), fc.constantFrom(2, -0.75, 1.015625), async (x, number) => {
        await checkOp(runtime, {
          name,
          inputs: [x],
          op: (a) => ops[name](a, number),
          oracle: (a) => binaryForwardOracle(binary, a, x.shape, [number], []),
          shape: x.shape,
          step: 1e-6,
          // Gradients of stretched operands are sums that may cancel.
          leastGradient: 0.5,
        });
      }),
      { numRuns: 4 },
    );
  });

  it.each(differentiable)('$op takes a number on the left', async (binary) => {
    const { op: name, row } = binary;
    const [low, high] = row.domainOfB ?? [-1.9, 2.37];
    await fc.assert(
      fc.asyncProperty(input([3, 5], { low, high }), fc.constantFrom(2.5, -2), async (x, number) => {
        await checkOp(runtime, {
          name,
          inputs: [x],
          op: (b) => ops[name](number, b),
          oracle: (b) => binaryForwardOracle(binary, [number], [], b, x.shape),
          shape: x.shape,
          step: 1e-6,
          leastGradient: 0.5,
        });
      }),
      { numRuns: 4 },
    );
    expect(() => ops[name](1, 2)).toThrow(`${name}: expected a tensor, not 1`);
  });

  it.each(['maximum', 'minimum'] as const)('%s shares the gradient of a tie', async (name) => {
    const a = tensor(runtime, [1, 2, 3], [3]).requiresGrad_();
    const b = tensor(runtime, [1, 5, 0], [3]).requiresGrad_();
    backward(ops[name](a, b), tensor(runtime, [4, 4, 4], [3]));
    const wins = name === 'maximum' ? [2, 0, 4] : [2, 4, 0];
    expect([...(await a.grad!.array())]).toEqual(wins);
    expect([...(await b.grad!.array())]).toEqual(wins.map((value) => 4 - value));
  });

  it.each(comparisons)('compare $op', async (binary) => {
    await fc.assert(
      fc.asyncProperty(broadcastPairs, fc.integer(), async ([a, b], seed) => {
        const values = (shape: readonly number[], by: number) =>
          Float32Array.from(
            { length: rowMajor(shape).size },
            (_, i) => ((i * by + (seed & 7)) % 4) - 1,
          ).slice(
            0,
            shape.reduce((product, n) => product * n, 1),
          );
        const [x, y] = [values(a, 3), values(b, 5)];
        const result = compare(binary.op as 'eq', tensor(runtime, x, a), tensor(runtime, y, b));
        expect(result.requiresGrad).toBe(false);
        const found = fromOp(await result.array(), device, 'compare', 'value');
        expectClose(found, binaryForwardOracle(binary, x, a, y, b), 0);
      }),
      runs(device, 12),
    );
  });
});

describe('errors of arithmetic', () => {
  it('name both shapes', () => {
    const runtime = new Runtime(devices.find(({ name }) => name === 'wasm')!.device);
    const [a, b] = [tensor(runtime, [1, 2], [2]), tensor(runtime, [1, 2, 3], [3])];
    expect(() => add(a, b)).toThrow(/add: shapes \[2\] and \[3\] do not broadcast/);
  });
});
