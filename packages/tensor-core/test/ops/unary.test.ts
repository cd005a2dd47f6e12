import { type UnaryOp, unaryForwardOracle, unaryRow } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  abs,
  exp,
  leakyRelu,
  log,
  neg,
  reciprocal,
  relu,
  sigmoid,
  sqrt,
  square,
  tanh,
} from '../../src/ops/index.ts';
import { Runtime } from '../../src/runtime/runtime.ts';
import type { Tensor } from '../../src/tensor.ts';
import { openTestDevices } from '../support/devices.ts';
import { runs } from '../support/runs.ts';
import { input, shapes } from './arbitrary.ts';
import { checkOp } from './check-op.ts';

const devices = await openTestDevices();

const ops: readonly (readonly [name: string, op: (x: Tensor) => Tensor, row: UnaryOp])[] = [
  ['relu', relu, 'relu'],
  ['leakyRelu', (x) => leakyRelu(x, 0.2), { op: 'leakyRelu', slope: Math.fround(0.2) }],
  ['sigmoid', sigmoid, 'sigmoid'],
  ['tanh', tanh, 'tanh'],
  ['exp', exp, 'exp'],
  ['log', log, 'log'],
  ['sqrt', sqrt, 'sqrt'],
  ['square', square, 'square'],
  ['neg', neg, 'neg'],
  ['abs', abs, 'abs'],
  ['reciprocal', reciprocal, 'reciprocal'],
];

describe.each(devices)('functions of one tensor on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it.each(ops)('%s: value and gradient', async (name, op, row) => {
    // Where sigmoid and tanh are flat, y (1 - y) has few digits in float32, here as in PyTorch.
    const flat = name === 'sigmoid' || name === 'tanh';
    const [low, high] = flat ? [-3, 3] : unaryRow(row).domain;
    await fc.assert(
      fc.asyncProperty(
        shapes(0, 4).chain((shape) => input(shape, { low, high })),
        async (x) => {
          const oracle = (values: Float64Array) => unaryForwardOracle(row, values);
          await checkOp(runtime, { name, inputs: [x], op, oracle, shape: x.shape, gradientTolerance: 5e-5 });
        },
      ),
      runs(device, 15),
    );
  });
});
