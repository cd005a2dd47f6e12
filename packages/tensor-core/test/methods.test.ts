import { describe, expect, it } from 'vitest';
import * as core from '../src/index.ts';
import { methods } from '../src/methods.ts';
import * as ops from '../src/ops/index.ts';
import { openTestDevices } from './support/devices.ts';

const { backward, Runtime, Tensor, tensor } = core;
const devices = await openTestDevices();

/** Ops that are functions in PyTorch, too, or that begin with something other than a tensor. */
const functionsOnly = [
  ...[
    'conv2d',
    'convTranspose2d',
    'linear',
    'scaledDotProductAttention',
    'batchNorm',
    'groupNorm',
    'layerNorm',
    'maxPool2d',
    'avgPool2d',
    'dropout',
    'dropout2d',
  ],
  ...['affineImages', 'adjustImages', 'eraseImages', 'randomMatrices', 'randomBoxes'],
  ...['mixImages', 'randomMixes'],
  ...['crossEntropy', 'mseLoss', 'l1Loss', 'huberLoss', 'smoothL1Loss', 'bceWithLogits', 'klDiv'],
  ...['cosineSimilarity', 'cosineEmbeddingLoss', 'focalLoss', 'diceLoss'],
  ...['storeImages', 'storeLabels', 'gatherImages', 'gatherLabels', 'concat', 'full'],
  ...[
    'interpolate',
    'pad',
    'adaptiveAvgPool2d',
    'adaptiveMaxPool2d',
    'pixelShuffle',
    'pixelUnshuffle',
    'stack',
  ],
  ...['oneHot', 'embedding'],
  ...['gridSample', 'affineGrid'],
  ...['randomNormal', 'randomUniform', 'sgdStep', 'adamStep', 'updateStep', 'clipGradients', 'gradientNorm'],
  // As eq, gt, ge, lt and le.
  'compare',
];

it('every op is a method, or is meant not to be one', () => {
  const names = Object.entries(ops).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  expect(names.filter((name) => !(name in methods)).sort()).toEqual([...functionsOnly].sort());
});

it('methods are no members of their own, and replace none of the class', () => {
  const runtime = new Runtime(devices[0].device);
  const x = tensor(runtime, [1], [1]);
  expect(Object.keys(methods).filter((name) => Object.hasOwn(x, name))).toEqual([]);
  const members: string[] = [];
  for (const name in x) members.push(name);
  expect(members.filter((name) => name in methods)).toEqual([]);
  for (const kept of ['array', 'item', 'detach', 'write', 'requiresGrad_'] as const) {
    expect(kept in methods).toBe(false);
    expect(Tensor.prototype[kept].name).toBe(kept);
  }
  expect(x.relu.name).toBe('relu');
});

describe.each(devices)('methods on $name', ({ device }) => {
  const runtime = new Runtime(device);
  const of = (data: readonly number[], shape: readonly number[]) => tensor(runtime, data, shape);

  it('are the ops, with the same bits', async () => {
    const x = of([1, -2, 3, 0.5, 5, -6], [2, 3]);
    const y = of([0.25, 4, -1, 2, 8, 3], [2, 3]);
    const pairs: [core.Tensor, core.Tensor][] = [
      [x.add(y).mul(2).relu(), ops.relu(ops.mul(ops.add(x, y), 2))],
      [x.sub(y).div(3).neg(), ops.neg(ops.div(ops.sub(x, y), 3))],
      [x.rsub(1), ops.sub(1, x)],
      [x.rdiv(y), ops.div(y, x)],
      [x.maximum(y).minimum(2), ops.minimum(ops.maximum(x, y), 2)],
      [x.exp().log().sqrt(), ops.sqrt(ops.log(ops.exp(x)))],
      [x.matmul(y, { transposeB: true }), ops.matmul(x, y, { transposeB: true })],
      [x.reshape(3, 2).transpose(), ops.transpose(ops.reshape(x, [3, 2]))],
      [x.reshape([3, -1]).permute(1, 0), ops.permute(ops.reshape(x, [3, 2]), [1, 0])],
      [x.permute([1, 0]).slice(0, 1), ops.slice(ops.permute(x, [1, 0]), 0, 1)],
      [x.sum({ dim: 1, keepdim: true }), ops.sum(x, { dim: 1, keepdim: true })],
      [x.mean(), ops.mean(x)],
      [x.variance({ correction: 0 }), ops.variance(x, { correction: 0 })],
      [x.softmax(0).logSoftmax(), ops.logSoftmax(ops.softmax(x, 0))],
      [
        x.gelu({ approximate: 'tanh' }).leakyRelu(0.2),
        ops.leakyRelu(ops.gelu(x, { approximate: 'tanh' }), 0.2),
      ],
      [x.gt(y).add(x.le(0)), ops.add(ops.compare('gt', x, y), ops.compare('le', x, 0))],
      [x.eq(1).add(x.ge(3)).add(x.lt(0)), of([1, 1, 1, 0, 1, 1], [2, 3])],
      [x.at(1), ops.reshape(ops.slice(x, 0, 1, 2), [3])],
      [x.at(-1, 0), of([0.5], [])],
      [x.argmax().cast('f32'), ops.cast(ops.argmax(x), 'f32')],
    ];
    for (const [found, expected] of pairs) {
      expect(found.shape).toEqual(expected.shape);
      expect(await found.array()).toEqual(await expected.array());
    }
  });

  it('backward: the gradients of the function', async () => {
    const gradients = await Promise.all(
      [(loss: core.Tensor) => loss.backward(), (loss: core.Tensor) => backward(loss)].map((run) => {
        const x = of([1, 2, 3], [3]).requiresGrad_();
        run(x.square().rsub(4).mean());
        return x.grad!.array();
      }),
    );
    expect(gradients[0]).toEqual(Float32Array.from([-2 / 3, -4 / 3, -2]));
    expect(gradients[1]).toEqual(gradients[0]);
    const x = of([1, 2], [2]).requiresGrad_();
    x.mul(3).backward(of([1, 10], [2]));
    expect(await x.grad!.tolist()).toEqual([3, 30]);
  });

  it('tolist: nested lists, a number without dimensions', async () => {
    expect(await of([1, 2, 3, 4, 5, 6], [1, 3, 2]).transpose().tolist()).toEqual([
      [
        [1, 3, 5],
        [2, 4, 6],
      ],
    ]);
    expect(await of([7], []).tolist()).toBe(7);
    expect(await of([], [2, 0]).tolist()).toEqual([[], []]);
  });

  it('errors name the op', () => {
    const x = of([1, 2, 3], [3]);
    const { relu } = x;
    expect(() => relu()).toThrow('relu: expected a tensor, not undefined');
    expect(() => x.add('1' as never)).toThrow(/add: expected a tensor, not '1'/);
    expect(() => x.reshape(2, 2)).toThrow('reshape: [3] (3 elements) cannot become [2,2]');
    expect(() => x.at(3)).toThrow('select: position 3 does not exist in dimension 0 of [3]');
    expect(() => x.at(0, 0)).toThrow('select: dimension 0 does not exist in []');
    expect(() => x.backward()).toThrow(/backward: nothing to differentiate/);
  });
});
