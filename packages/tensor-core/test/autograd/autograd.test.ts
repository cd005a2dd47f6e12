import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backward, differentiable, isGradEnabled, noGrad } from '../../src/autograd.ts';
import { Runtime } from '../../src/index.ts';
import {
  add,
  batchNorm,
  conv2d,
  flatten,
  linear,
  mean,
  mul,
  permute,
  relu,
  reshape,
  square,
  sum,
} from '../../src/ops/index.ts';
import { ParameterArena } from '../../src/parameter-arena.ts';
import { imageTensor, type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { input } from '../ops/arbitrary.ts';
import { checkOp } from '../ops/check-op.ts';
import { openTestDevices } from '../support/devices.ts';
import { kernelsOf } from '../support/dispatches.ts';

const devices = await openTestDevices();

describe.each(devices)('backward on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const leaf = (...values: number[]) => tensor(runtime, values, [values.length]).requiresGrad_();
  const values = async (x: Tensor | null) => [...(await x!.array())];

  it('adds the gradients of all uses of a tensor, leaf or not', async () => {
    await fc.assert(
      fc.asyncProperty(input([3, 4]), async (x) => {
        await checkOp(runtime, {
          name: 'mul',
          inputs: [x],
          op: (t) => {
            const s = square(t); // used three times
            return add(mul(s, t), add(s, mul(s, 2)));
          },
          oracle: (v) => v.map((a) => a ** 3 + 3 * a ** 2),
          shape: [3, 4],
        });
      }),
      { numRuns: 4 },
    );
  });

  it('adds to what a leaf has from earlier calls, in a step or out of it', async () => {
    const x = leaf(1, 2, 3);
    backward(sum(square(x)));
    runtime.step(() => backward(sum(mul(x, 10))));
    backward(mul(x, x), tensor(runtime, [1, 0, -1], [3]));
    expect(await values(x.grad)).toEqual([2 + 10 + 2, 4 + 10, 6 + 10 - 6]);
  });

  it('gives leaves that share a gradient one each', async () => {
    const [a, b] = [leaf(1, 2), leaf(3, 4)];
    runtime.step(() => backward(add(a, b), tensor(runtime, [5, 6], [2])));
    runtime.step(() => backward(sum(a)));
    expect(await values(a.grad)).toEqual([6, 7]);
    expect(await values(b.grad)).toEqual([5, 6]);
  });

  it.each(['plain leaves', 'leaves in an arena'])(
    'a shared gradient is one for each of %s',
    async (where) => {
      const [a, b] = [leaf(1, 2), leaf(3, 4)];
      if (where !== 'plain leaves') new ParameterArena(runtime, [a, b]);
      backward(sum(add(a, b)));
      backward(sum(mul(a, 2)));
      backward(sum(mul(b, 10)));
      expect([await values(a.grad), await values(b.grad)]).toEqual([
        [3, 3],
        [11, 11],
      ]);
    },
  );

  it.each(['a plain leaf', 'a leaf in an arena'])(
    'a gradient that an op keeps, or hands out again and again, is not changed by %s',
    async (where) => {
      const x = leaf(1, 2);
      if (where !== 'a plain leaf') new ParameterArena(runtime, [x]);
      const always = mul(leaf(1, 1).detach(), 5);
      const seen: Tensor[] = [];
      const constant = () => differentiable('constant', mul(x.detach(), 1), [x], () => [always]);
      const tap = () =>
        differentiable('tap', mul(x.detach(), 1), [x], (dy) => {
          seen.push(dy);
          return [dy];
        });
      for (let i = 0; i < 2; i++) {
        backward(sum(constant()));
        backward(sum(constant()));
        expect(await values(x.grad)).toEqual([10, 10]);
        x.grad = null;
        backward(sum(mul(tap(), i + 1)));
        backward(sum(mul(x, 100)));
        x.grad = null;
      }
      expect(await values(always)).toEqual([5, 5]);
      expect(await Promise.all(seen.map(values))).toEqual([
        [1, 1],
        [2, 2],
      ]);
    },
  );

  it('leaves the gradient that it was given as it is', async () => {
    const given = tensor(runtime, [1, 2], [2]);
    const x = leaf(0, 0);
    const flat = () => reshape(add(x, 0), [2]);
    backward(flat(), given);
    backward(flat(), given);
    expect(await values(given)).toEqual([1, 2]);
    expect(await values(x.grad)).toEqual([2, 4]);
  });

  it('takes a gradient in any layout', async () => {
    const x = zeros(runtime, [1, 5, 2, 2]).requiresGrad_();
    const dy = Float32Array.from({ length: 20 }, (_, i) => i);
    backward(mul(x, 2), imageTensor(runtime, dy, [1, 5, 2, 2]));
    expect(await values(x.grad)).toEqual([...dy].map((v) => 2 * v));
  });

  it('stops at detach(), and shares the memory', async () => {
    const x = leaf(2, 3);
    const fixed = square(x).detach();
    expect(fixed.requiresGrad).toBe(false);
    backward(sum(mul(x, fixed)));
    expect(await values(x.grad)).toEqual([4, 9]);
    expect(await values(fixed)).toEqual([4, 9]);
  });

  it('records nothing inside of noGrad(), which ends with its body or its error', () => {
    const x = leaf(1);
    expect(noGrad(() => noGrad(() => square(x)).requiresGrad || isGradEnabled())).toBe(false);
    expect(() =>
      noGrad(() => {
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    expect(isGradEnabled()).toBe(true);
    const y = noGrad(() => square(x));
    expect(y.node).toBeNull();
    expect(() => backward(y)).toThrow(/nothing to differentiate: .*frozen, detached or inside noGrad/);
  });

  it('frozen leaves cost nothing: no kernel computes their gradient', () => {
    const weight = zeros(runtime, [5, 1, 3, 3]);
    const bias = zeros(runtime, [5]);
    const dense = zeros(runtime, [2, 5 * 4]);
    const x = imageTensor(runtime, new Float32Array(16), [1, 1, 4, 4]);
    const forward = () => {
      const y = relu(conv2d(x, weight, bias, { stride: 1, padding: 0 }));
      return mean(linear(flatten(y), dense, null));
    };
    const kernels = (...wanted: Tensor[]) => {
      for (const t of [x, weight, bias, dense]) t.requiresGrad_(wanted.includes(t));
      return kernelsOf(runtime, () => runtime.step(() => void backward(forward())));
    };
    const plain = kernelsOf(runtime, () => runtime.step(() => void forward()));
    const gradients = (names: readonly string[]) => names.slice(plain.length);
    // Only the dense weight: one stretch of the mean's gradient, one product.
    expect(gradients(kernels(dense))).toEqual(['expand', expect.stringMatching(/^matmul/)]);
    expect(gradients(kernels(bias)).join()).toMatch(/conv2dBiasGradient/);
    expect(gradients(kernels(bias)).join()).not.toMatch(/WeightGradient|InputGradient/);
    expect(gradients(kernels(weight)).join()).toMatch(/conv2dWeightGradient/);
    expect(gradients(kernels(weight)).join()).not.toMatch(/BiasGradient|InputGradient/);
    expect(gradients(kernels(x)).join()).toMatch(/InputGradient/);
    expect(gradients(kernels(x)).join()).not.toMatch(/BiasGradient|WeightGradient/);
    expect(() => kernels()).toThrow(/nothing to differentiate/);
  });

  it('a frozen batch norm in evaluation reads no batch and sums nothing', () => {
    const [weight, bias, runningMean, runningVar] = Array.from({ length: 4 }, () => zeros(runtime, [5]));
    const x = imageTensor(runtime, new Float32Array(5 * 6), [1, 5, 2, 3]).requiresGrad_();
    const names = kernelsOf(runtime, () =>
      runtime.step(() => {
        const y = batchNorm(x, { weight, bias, runningMean, runningVar, training: false });
        backward(y, imageTensor(runtime, new Float32Array(30), [1, 5, 2, 3]));
      }),
    );
    expect(names).toEqual(['batchNormForward', 'batchNormInputGradient']);
    x.grad = null;
  });

  it('goes through long chains without recursion', async () => {
    const x = leaf(1, -1);
    runtime.step(() => {
      let y: Tensor = x;
      for (let i = 0; i < 3000; i++) y = add(y, x);
      backward(sum(y));
    });
    expect(await values(x.grad)).toEqual([3001, 3001]);
  });

  it('frees what ops saved: a second call asks for the loss again', () => {
    const x = leaf(1, 2);
    const y = square(x);
    const loss = sum(y);
    backward(loss);
    expect(() => backward(loss)).toThrow(/sum was differentiated before and has freed what it saved/);
    expect(() => backward(sum(mul(y, 2)))).toThrow(/square was differentiated before/);
  });

  it('a loss that is kept does not keep what led to it', async () => {
    const weight = zeros(runtime, [256, 256]).requiresGrad_();
    await runtime.collectGarbage();
    const before = device.memory.bytes;
    const losses: Tensor[] = [];
    for (let i = 0; i < 5; i++) {
      const loss = mean(square(mul(weight, i)));
      backward(loss);
      weight.grad = null;
      losses.push(loss);
      await loss.item();
    }
    await runtime.collectGarbage();
    expect(losses).toHaveLength(5);
    expect(device.memory.bytes - before).toBeLessThanOrEqual(256 * 256 * 4 + 5 * 16);
  });

  it('says what is wrong', () => {
    const x = leaf(1, 2);
    expect(() => backward(square(x))).toThrow(
      /a loss of shape \[2\] needs a gradient of that shape, or a sum or mean/,
    );
    expect(() => backward(square(x), tensor(runtime, [1, 2, 3], [3]))).toThrow(
      /a gradient of shape \[3\] for a tensor of shape \[2\]/,
    );
    expect(() => backward(square(x), tensor(runtime, [1, 2], [2], { dtype: 'u32' }))).toThrow(
      /backward: expected f32 tensors, but \[2\] is u32/,
    );
    expect(() => square(x).requiresGrad_(false)).toThrow(/only leaves can be changed; use detach\(\)/);
    expect(() => tensor(runtime, [1], [1], { dtype: 'u32' }).requiresGrad_()).toThrow(
      /u32 tensors have no gradient/,
    );
  });

  it('a gradient left by a failed step does not count', async () => {
    const x = leaf(1, 2);
    expect(() =>
      runtime.step(() => {
        backward(sum(square(x)));
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    await expect(x.grad!.array()).rejects.toThrow(/step that has ended \(or failed/);
    backward(sum(mul(x, 3)));
    expect(await values(x.grad)).toEqual([3, 3]);
  });

  it('differentiates permuted and reshaped views of one tensor', async () => {
    await fc.assert(
      fc.asyncProperty(input([2, 3, 4]), async (x) => {
        await checkOp(runtime, {
          name: 'permute',
          inputs: [x],
          op: (t) => mul(reshape(permute(t, [2, 0, 1]), [4, 6]), reshape(t, [4, 6])),
          oracle: (v) =>
            Float64Array.from(
              { length: 24 },
              (_, i) => v[(Math.floor(i / 3) % 2) * 12 + (i % 3) * 4 + Math.floor(i / 6)] * v[i],
            ),
          shape: [4, 6],
        });
      }),
      { numRuns: 3 },
    );
  });
});
