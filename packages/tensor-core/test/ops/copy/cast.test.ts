import { castOracle, elementCount } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/index.ts';
import {
  add,
  argmax,
  batchNorm,
  cast,
  conv2d,
  convTranspose2d,
  crossEntropy,
  dropout,
  linear,
  matmul,
  maxPool2d,
  mseLoss,
  relu,
  softmax,
  sum,
} from '../../../src/ops/index.ts';
import { hostArrayOf } from '../../../src/runtime/storage.ts';
import { type Tensor, tensor, zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { fromOp } from '../../support/observe.ts';
import { expectClose } from '../../support/run-kernel.ts';
import { runs } from '../../support/runs.ts';
import { layoutsOf, shapes } from '../arbitrary.ts';
import { expectZeroPadding } from '../check-op.ts';

const devices = await openTestDevices();
const dtypes = fc.constantFrom('f32', 'u32', 'i32' as const);

describe.each(devices)('cast on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('between any two types, in any layout', async () => {
    const cases = shapes(0, 4).chain((shape) =>
      fc.record({
        layout: layoutsOf(shape),
        from: dtypes,
        to: dtypes,
        values: fc.array(fc.constantFrom(0, 1, 2.5, 7, 300, 16777216, -1, -2.5), {
          minLength: elementCount(shape),
          maxLength: elementCount(shape),
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ layout, from, to, values }) => {
        const data = new hostArrayOf[from](values.length);
        data.set(values);
        const y = cast(tensor(runtime, data, layout.shape, { dtype: from, layout }), to);
        expect(y.dtype).toBe(to);
        await expectZeroPadding(y, 'cast');
        const expected = from === to ? data : castOracle(from, to, data);
        expectClose(fromOp(await y.array(), device, 'cast', 'value'), expected, 0);
      }),
      runs(device, 18),
    );
  });

  it('ends gradients', () => {
    const x = zeros(runtime, [3]).requiresGrad_();
    expect(cast(x, 'u32').requiresGrad).toBe(false);
    expect(cast(x, 'f32')).toBe(x);
  });
});

describe('operands that ops refuse', () => {
  const [runtime, other] = devices.map(({ device }) => new Runtime(device));
  const f = (...shape: number[]) => zeros(runtime, shape);
  const u = (...shape: number[]) =>
    tensor(runtime, new Uint32Array(elementCount(shape)), shape, { dtype: 'u32' });
  const source = { seed: 1, stream: 1, step: () => 0 };
  const norm = { weight: f(2), bias: f(2), runningMean: f(2), runningVar: f(2), training: false };

  it.each<[string, () => Tensor]>([
    ['relu', () => relu(u(2))],
    ['add', () => add(f(2), u(2))],
    ['sum', () => sum(u(2))],
    ['argmax', () => argmax(u(2))],
    ['softmax', () => softmax(u(2))],
    ['matmul', () => matmul(u(2, 2), f(2, 2))],
    ['linear', () => linear(f(2, 2), f(2, 2), u(2))],
    ['conv2d', () => conv2d(u(1, 1, 3, 3), f(1, 1, 3, 3), null)],
    ['convTranspose2d', () => convTranspose2d(f(1, 1, 3, 3), u(1, 1, 3, 3), null)],
    ['maxPool2d', () => maxPool2d(u(1, 1, 2, 2), { kernelSize: 2 })],
    ['batchNorm', () => batchNorm(u(1, 2, 2, 2), norm)],
    ['dropout', () => dropout(u(2), 0.5, source)],
    ['crossEntropy', () => crossEntropy(u(2, 2), u(2))],
    ['mse', () => mseLoss(f(2), u(2))],
  ])('%s: integers', (name, call) => {
    expect(call).toThrow(TypeError);
    expect(call).toThrow(
      new RegExp(`^${name}: expected f32 tensors, but \\[.*\\] is u32; convert it with cast`),
    );
  });

  it('tensors of two devices', () => {
    expect(() => add(f(2), zeros(other, [2]))).toThrow(
      /^add: \[2\] and \[2\] are on different devices .*one runtime/,
    );
  });
});
