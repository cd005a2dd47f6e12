import { readFileSync } from 'node:fs';
import { backward, imageTensor, tensor, zeros } from '@glassbox/tensor-core';
import { describe, expect, it } from 'vitest';
import * as nn from '../../src/index.ts';
import { Conv2d, GroupNorm, type GroupNormOptions, Init, Sequential } from '../../src/index.ts';
import { largestDifference, openTestRuntimes } from '../support/runtime.ts';

/** What PyTorch gives, recorded by `../fixtures/normalisation.py`. */
interface Recorded {
  /** GroupNorm unless given. */
  readonly layer?: 'LayerNorm' | 'InstanceNorm2d';
  readonly groups: number;
  readonly channels: number;
  /** Of the other layers: their first argument. */
  readonly size: number & readonly number[];
  readonly shape: readonly number[];
  readonly options: GroupNormOptions;
  readonly x: readonly number[];
  readonly dy: readonly number[];
  readonly y: readonly number[];
  readonly state: Readonly<Record<string, readonly number[]>>;
  readonly gradients: Readonly<Record<string, readonly number[]>>;
  /** How far PyTorch's own float32 is from these gradients. */
  readonly float32Off: Readonly<Record<string, number>>;
}
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync(new URL('../fixtures/normalisation.json', import.meta.url), 'utf8'),
);

const layers = { LayerNorm: nn.LayerNorm, InstanceNorm2d: nn.InstanceNorm2d };

describe.each(await openTestRuntimes())('normalisation on $name', ({ runtime }) => {
  const init = new Init(runtime, 0);

  it.each(
    recorded.map((one) => ({ ...one, title: `${one.layer ?? `${one.groups} groups`} of [${one.shape}]` })),
  )('is PyTorch’s: $title, $options', async (one) => {
    const layer = one.layer
      ? new layers[one.layer](init, one.size, one.options)
      : new GroupNorm(init, one.groups, one.channels, one.options);
    const parameters = layer.namedParameters();
    expect([...(await layer.stateDict()).keys()]).toEqual(Object.keys(one.state));
    for (const [name, parameter] of parameters) parameter.write(one.state[name]);
    const images = one.shape.length === 4;
    const x = (images ? imageTensor : tensor)(runtime, one.x, one.shape).requiresGrad_();
    const y = runtime.step(() => {
      const result = layer.forward(x);
      backward(result, tensor(runtime, one.dy, one.shape));
      return result;
    });
    expect(y.shape).toEqual(one.shape);
    expect(largestDifference(await y.array(), one.y)).toBeLessThan(1e-6);
    const leaves = new Map([['x', x], ...parameters]);
    expect([...leaves.keys()].sort()).toEqual(Object.keys(one.gradients).sort());
    for (const [name, leaf] of leaves) {
      const difference = largestDifference(await leaf.grad!.array(), one.gradients[name]);
      expect(difference, `gradient of ${name}`).toBeLessThan(Math.max(1e-6, 5 * one.float32Off[name]));
    }
  });

  it('starts as PyTorch’s, and does the same in both modes', async () => {
    const layer = new GroupNorm(init, 2, 4);
    expect([layer.eps, layer.affine]).toEqual([1e-5, true]);
    expect([...(await layer.weight!.array())]).toEqual([1, 1, 1, 1]);
    expect([...(await layer.bias!.array())]).toEqual([0, 0, 0, 0]);
    const x = tensor(
      runtime,
      Float32Array.from({ length: 32 }, (_, i) => Math.cos(i)),
      [2, 4, 2, 2],
    );
    const training = await layer.forward(x).array();
    expect(await layer.eval().forward(x).array()).toEqual(training);
  });

  it('keeps the layout of images, so that a convolution after it takes them as they are', () => {
    const x = imageTensor(runtime, new Float32Array(2 * 8 * 9).fill(1), [2, 8, 3, 3]);
    const net = new Sequential(new GroupNorm(init, 4, 8), new Conv2d(init, 8, 4, { kernelSize: 3 }));
    expect(new GroupNorm(init, 4, 8).forward(x).layout).toEqual(x.layout);
    expect(net.forward(x).shape).toEqual([2, 4, 1, 1]);
  });

  it('says what is wrong', () => {
    expect(() => new GroupNorm(init, 4, 6)).toThrow(/6 channels cannot be split into 4 equal groups/);
    expect(() => new GroupNorm(init, 0, 6)).toThrow(/GroupNorm: numGroups/);
    expect(() => new GroupNorm(init, 2, 6, { epsilon: 1 } as never)).toThrow(/did you mean 'eps'/);
    expect(() => new GroupNorm(init, 2, 6, { affine: 1 as never })).toThrow(/GroupNorm: affine/);
    const layer = new GroupNorm(init, 2, 6);
    expect(() => layer.forward(zeros(runtime, [1, 4, 2, 2]))).toThrow(
      'expected input [N,6,…] but got [1,4,2,2]',
    );
    expect(() => layer.forward(zeros(runtime, [6]))).toThrow('but got [6]');
    expect(() => new GroupNorm(init, 6, 6).forward(zeros(runtime, [1, 6, 1, 1]))).toThrow(
      /single value for each/,
    );
    expect(() => layer.forward([1] as never)).toThrow(/GroupNorm: the input must be a tensor/);
  });

  it('LayerNorm and InstanceNorm2d say what does not fit', () => {
    const x = zeros(runtime, [2, 3, 4, 4]);
    expect(() => new nn.LayerNorm(init, 3).forward(x)).toThrow(
      /LayerNorm: expected input \[…,3\] but got \[2,3,4,4\]/,
    );
    expect(() => new nn.InstanceNorm2d(init, 4).forward(x)).toThrow(
      /InstanceNorm2d: expected input \[N,4,H,W\]/,
    );
    expect(() => new nn.InstanceNorm2d(init, 4, { momentum: 1 } as never)).toThrow(
      /InstanceNorm2d: .*'momentum'/,
    );
    expect(String(new nn.LayerNorm(init, [4, 4]))).toBe(
      'LayerNorm(normalizedShape: 4x4, eps: 0.00001, elementwiseAffine: true)',
    );
  });
});
