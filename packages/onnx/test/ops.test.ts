import { BatchNorm, Init } from '@glassbox/nn';
import * as core from '@glassbox/tensor-core';
import { openRuntime, type Runtime, type Tensor, tensor } from '@glassbox/tensor-core';
import * as kernels from '@glassbox/wgsl-kernels';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kernelItems, opItems } from '../../../scripts/coverage-table/inventory.ts';
import { toOnnx } from '../src/index.ts';
import { reasons } from '../src/reasons.ts';
import { rows } from '../src/rows.ts';
import { agrees, Computes, numbers } from './support/agrees.ts';

/** Ops by name. */
const op = { ...core };

let runtime: Runtime;
beforeAll(async () => {
  runtime = await openRuntime({ device: 'wasm' });
});
afterAll(() => runtime.destroy());

const given = (shape: readonly number[], domain?: readonly [number, number]) =>
  tensor(
    runtime,
    numbers(
      shape.reduce((product, size) => product * size, 1),
      domain,
      7,
    ),
    shape,
  );

interface Example {
  readonly compute: (x: Tensor) => Tensor;
  /** Of one example: [5,4,6] unless said. */
  readonly shape?: readonly number[];
  readonly domain?: readonly [number, number];
}

const plain = (name: string, domain?: readonly [number, number]): Example => ({
  compute: (x) => (op as unknown as Record<string, (x: Tensor) => Tensor>)[name](x),
  domain,
});
const statistics = (channels: number) => {
  const { weight, bias, runningMean, runningVar } = new BatchNorm(new Init(runtime, 0), channels);
  runningMean!.write(numbers(channels));
  runningVar!.write(numbers(channels, [0.5, 2]));
  weight!.write(numbers(channels, [0.5, 2], 3));
  bias!.write(numbers(channels, [-1, 1], 4));
  return { weight, bias, runningMean, runningVar, training: false };
};

/** A matrix [N,2,3] for each of some images. */
const places = (x: Tensor) => core.reshape(core.slice(core.flatten(x), 1, 0, 6), [x.shape[0], 2, 3]);

/** Every op that a forward pass can use, in all of its ways. */
const examples: Readonly<Record<string, readonly Example[]>> = {
  relu: [plain('relu')],
  sigmoid: [plain('sigmoid', [-30, 30])],
  tanh: [plain('tanh', [-12, 12])],
  exp: [plain('exp')],
  log: [plain('log', [0.1, 9])],
  sqrt: [plain('sqrt', [0, 9])],
  square: [plain('square')],
  neg: [plain('neg')],
  abs: [plain('abs')],
  reciprocal: [plain('reciprocal', [0.3, 3])],
  leakyRelu: [plain('leakyRelu'), { compute: (x) => core.leakyRelu(x, 0.3) }],
  silu: [plain('silu', [-20, 20])],
  gelu: [plain('gelu', [-6, 6]), { compute: (x) => core.gelu(x, { approximate: 'tanh' }), domain: [-6, 6] }],

  erf: [plain('erf')],
  mish: [plain('mish', [-9, 9])],
  softplus: [plain('softplus', [-9, 9]), { compute: (x) => core.softplus(x, { beta: 2, threshold: 1 }) }],
  elu: [plain('elu'), { compute: (x) => core.elu(x, 0.3) }],
  hardswish: [plain('hardswish', [-5, 5])],
  hardsigmoid: [plain('hardsigmoid', [-5, 5])],
  hardtanh: [plain('hardtanh'), { compute: (x) => core.hardtanh(x, -0.2, 0.4) }],
  relu6: [plain('relu6', [-2, 9])],
  clamp: [
    { compute: (x) => core.clamp(x, { min: -0.2 }) },
    { compute: (x) => core.clamp(x, { max: 0.2 }) },
    { compute: (x) => core.clamp(x, { min: -0.3, max: 0.2 }) },
  ],
  pow: [2, 3, -1, 0.5, 1.7].map((exponent) => ({ compute: (x) => core.pow(x, exponent), domain: [0.3, 3] })),
  prelu: [{ compute: (x) => core.prelu(x, given([4, 1], [0.1, 0.3])) }],
  where: [
    { compute: (x) => core.where(core.compare('gt', x, 0.1), x, core.neg(x)) },
    { compute: (x) => core.where(core.compare('lt', x, 0.1), core.square(x), 7) },
  ],

  ...Object.fromEntries(
    (['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const).map((name): [string, Example[]] => [
      name,
      [
        { compute: (x) => op[name](x, 1.5), domain: [0.5, 2] },
        { compute: (x) => op[name](2, x), domain: [0.5, 2] },
        { compute: (x) => op[name](x, given([4, 1], [0.5, 2])), domain: [0.5, 2] },
        { compute: (x) => op[name](given([5, 1, 1], [0.5, 2]), core.sigmoid(x)), domain: [0.5, 2] },
      ],
    ]),
  ),
  compare: (['eq', 'gt', 'ge', 'lt', 'le'] as const).map((sign) => ({
    compute: (x) => core.compare(sign, core.maximum(x, 0.2), core.maximum(core.neg(x), 0.2)),
  })),

  sum: [
    { compute: (x) => core.sum(x, { dim: [2, 3] }) },
    { compute: (x) => core.sum(x, { dim: -1, keepdim: true }) },
    { compute: (x) => core.sum(x) },
    { compute: (x) => core.sum(x, { dim: 0 }) },
  ],
  mean: [{ compute: (x) => core.mean(x, { dim: [2, 3], keepdim: true }) }, { compute: (x) => core.mean(x) }],
  max: [{ compute: (x) => core.max(x, { dim: 2 }) }, { compute: (x) => core.max(x, { dim: 0 }) }],
  min: [{ compute: (x) => core.min(x, { dim: [1, 2] }) }],
  variance: [
    { compute: (x) => core.variance(x, { dim: 3 }) },
    { compute: (x) => core.variance(x, { dim: [1, 2], correction: 0, keepdim: true }) },
    { compute: (x) => core.variance(x, { dim: 0, correction: 0 }) },
  ],
  sumToSize: [
    { compute: (x) => core.sumToSize(x, [4, 1]) },
    { compute: (x) => core.sumToSize(x, [5, 1, 6]) },
  ],
  argmax: [{ compute: (x) => core.argmax(x) }],

  softmax: [{ compute: (x) => core.softmax(x) }, { compute: (x) => core.softmax(x, 1), domain: [-90, 90] }],
  logSoftmax: [{ compute: (x) => core.logSoftmax(x), domain: [-9, 9] }],

  matmul: [
    { compute: (x) => core.matmul(x, given([6, 3])) },
    { compute: (x) => core.matmul(given([3, 4]), x) },
    { compute: (x) => core.matmul(x, x, { transposeB: true }) },
    { compute: (x) => core.matmul(x, x, { transposeA: true }) },
    { compute: (x) => core.matmul(core.flatten(x), given([120, 2])) },
    { compute: (x) => core.matmul(x, given([6])) },
    { compute: (x) => core.matmul(core.flatten(x), core.flatten(x), { transposeA: true }) },
  ],
  linear: [
    { compute: (x) => core.linear(core.flatten(x), given([3, 120]), given([3])) },
    { compute: (x) => core.linear(x, given([3, 6]), null) },
  ],

  scaledDotProductAttention: [
    { compute: (x) => core.scaledDotProductAttention(x, core.relu(x), x) },
    { compute: (x) => core.scaledDotProductAttention(x, x, core.neg(x), { isCausal: true, scale: 0.3 }) },
  ],
  conv2d: [
    { compute: (x) => core.conv2d(x, given([8, 5, 3, 3]), given([8]), { padding: 1 }) },
    { compute: (x) => core.conv2d(x, given([2, 5, 3, 2]), null, { stride: [2, 1], padding: [1, 0] }) },
    { compute: (x) => core.conv2d(x, given([10, 1, 3, 3]), null, { padding: 1, groups: 5 }) },
    { compute: (x) => core.conv2d(x, given([4, 5, 3, 2]), null, { padding: [2, 1], dilation: [2, 3] }) },
  ],
  convTranspose2d: [
    { compute: (x) => core.convTranspose2d(x, given([5, 3, 3, 3]), given([3]), { stride: 2, padding: 1 }) },
    {
      compute: (x) =>
        core.convTranspose2d(x, given([5, 4, 2, 3]), null, { stride: [2, 3], outputPadding: [1, 0] }),
    },
    { compute: (x) => core.convTranspose2d(x, given([5, 2, 3, 2]), given([10]), { stride: 2, groups: 5 }) },
    {
      compute: (x) =>
        core.convTranspose2d(x, given([5, 3, 2, 3]), null, { stride: [1, 2], dilation: 3, outputPadding: 2 }),
    },
  ],
  maxPool2d: [
    { compute: (x) => core.maxPool2d(x, { kernelSize: 2 }) },
    { compute: (x) => core.maxPool2d(x, { kernelSize: 3, stride: 2, padding: 1 }) },
    { compute: (x) => core.maxPool2d(x, { kernelSize: 2, stride: 3, padding: 1, ceilMode: true }) },
    { compute: (x) => core.maxPool2d(x, { kernelSize: [2, 3], stride: 2, dilation: 2, ceilMode: true }) },
  ],
  avgPool2d: [
    { compute: (x) => core.avgPool2d(x, { kernelSize: [2, 3] }) },
    { compute: (x) => core.avgPool2d(x, { kernelSize: 3, stride: 1, padding: 1 }) },
    { compute: (x) => core.avgPool2d(x, { kernelSize: 3, padding: 1, countIncludePad: false }) },
    ...[{}, { padding: 1 }, { padding: 1, countIncludePad: false }, { padding: 1, divisorOverride: 4 }].map(
      (options): Example => ({
        compute: (x) => core.avgPool2d(x, { kernelSize: 3, stride: 2, ceilMode: true, ...options }),
      }),
    ),
  ],
  batchNorm: [
    { compute: (x) => core.batchNorm(x, statistics(5)) },
    { compute: (x) => core.batchNorm(core.flatten(x), { ...statistics(120), eps: 0.1 }) },
  ],
  groupNorm: [
    { compute: (x) => core.groupNorm(x, 1, { weight: given([5]), bias: given([5]) }) },
    { compute: (x) => core.groupNorm(x, 5, { eps: 0.1 }) },
    { compute: (x) => core.groupNorm(x, 3, { weight: given([3]) }), shape: [3, 4, 6] },
    { compute: (x) => core.groupNorm(core.reshape(x, [x.shape[0], 20, 6]), 4, { bias: given([20]) }) },
  ],
  layerNorm: [
    { compute: (x) => core.layerNorm(x, 6, { weight: given([6]), bias: given([6]) }) },
    { compute: (x) => core.layerNorm(x, [4, 6], { bias: given([4, 6]) }) },
    { compute: (x) => core.layerNorm(core.transpose(x, 2, 3), [6, 4], { weight: given([6, 4]), eps: 0.1 }) },
    { compute: (x) => core.layerNorm(x, [5, 4, 6]) },
  ],

  reshape: [
    { compute: (x) => core.reshape(x, [x.shape[0], 4, 5, -1]) },
    { compute: (x) => core.reshape(x, [-1, 6]) },
    { compute: (x) => core.reshape(x, [x.shape[0] * 5, 24]) },
    { compute: (x) => core.reshape(core.transpose(core.flatten(x), 0, 1), [x.shape[0] * 5, 4, 6]) },
    {
      compute: (x) => {
        const similarity = core.matmul(core.flatten(x), core.flatten(x), { transposeB: true });
        return core.reshape(similarity, [x.shape[0], 1, x.shape[0]]);
      },
    },
  ],
  flatten: [plain('flatten')],
  contiguous: [{ compute: (x) => core.contiguous(core.transpose(x, 1, 2)) }],
  toLayout: [{ compute: (x) => core.toLayout(x, kernels.imageLayout(x.shape)) }],
  permute: [{ compute: (x) => core.permute(x, [3, 1, 0, 2]) }],
  transpose: [{ compute: (x) => core.transpose(x) }, { compute: (x) => core.transpose(x, 0, 3) }],
  expand: [
    { compute: (x) => core.expand(core.sum(x, { dim: 1, keepdim: true }), [-1, 3, -1, -1]) },
    { compute: (x) => core.expand(x, [2, x.shape[0], 5, 4, 6]) },
    { compute: (x) => core.expand(given([1, 3]), [x.shape[0], 3]) },
    { compute: (x) => core.expand(given([1]), [2 * x.shape[0], x.shape[0]]) },
  ],
  slice: [
    { compute: (x) => core.slice(x, 1, 1, -1) },
    { compute: (x) => core.slice(core.slice(x, 2, 2), 3, 0, 4) },
  ],
  select: [{ compute: (x) => core.select(x, 1, -2) }, { compute: (x) => core.select(x, 0, 0) }],
  concat: [
    { compute: (x) => core.concat([x, core.relu(x), x], 1) },
    { compute: (x) => core.concat([x, core.slice(x, 3, 1)], -1) },
    { compute: (x) => core.concat([core.expand(given([1, 1, 4, 6]), [x.shape[0], 1, 4, 6]), x], 1) },
    { compute: (x) => core.concat([x, x], 0) },
  ],
  stack: [{ compute: (x) => core.stack([x, core.relu(x)], 2) }],
  split: [{ compute: (x) => core.split(x, [2, 3], 1)[1] }],
  chunk: [{ compute: (x) => core.add(...(core.chunk(x, 2, 2) as [Tensor, Tensor])) }],
  interpolate: [
    { compute: (x) => core.interpolate(x, { scaleFactor: 2 }) },
    { compute: (x) => core.interpolate(x, { size: [3, 9], mode: 'bilinear' }) },
    { compute: (x) => core.interpolate(x, { size: [7, 11], mode: 'bilinear', alignCorners: true }) },
  ],
  pad: [
    { compute: (x) => core.pad(x, [1, 2, 0, 3]) },
    { compute: (x) => core.pad(x, [1, 2], { value: 0.5 }) },
    { compute: (x) => core.pad(x, [1, 2, 2, 0], { mode: 'reflect' }) },
  ],
  flip: [{ compute: (x) => core.flip(x, [1, 3]) }],
  roll: [{ compute: (x) => core.roll(x, [2, -1], [2, 3]) }],
  adaptiveAvgPool2d: [
    { compute: (x) => core.adaptiveAvgPool2d(x, 1) },
    { compute: (x) => core.adaptiveAvgPool2d(x, [3, 4]) },
  ],
  adaptiveMaxPool2d: [{ compute: (x) => core.adaptiveMaxPool2d(x, [3, 4]) }],
  pixelShuffle: [{ compute: (x) => core.pixelShuffle(core.slice(x, 1, 0, 4), 2) }],
  pixelUnshuffle: [{ compute: (x) => core.pixelUnshuffle(x, 2) }],
  affineGrid: [{ compute: (x) => core.affineGrid(places(x), [x.shape[0], 1, 3, 5]), domain: [-0.5, 0.5] }],
  gridSample: (['zeros', 'border', 'reflection'] as const).flatMap((paddingMode, k) =>
    (['bilinear', 'nearest'] as const).map((mode) => ({
      compute: (x) => {
        const alignCorners = k === 1;
        const grid = core.affineGrid(places(x), [x.shape[0], 1, 3, 5], { alignCorners });
        return core.gridSample(x, core.mul(grid, 1.7), { mode, paddingMode, alignCorners });
      },
    })),
  ),
  gather: [
    { compute: (x) => core.gather(x, 3, core.topk(x, 2).indices) },
    { compute: (x) => core.gather(core.transpose(x), 2, core.transpose(core.topk(x, 3, -1, false).indices)) },
  ],
  indexSelect: [1, 3].map((dim) => ({
    compute: (x) => core.indexSelect(x, dim, tensor(runtime, [2, 0, 2], [3], { dtype: 'u32' })),
  })),
  embedding: [{ compute: (x) => core.embedding(core.argmax(x), given([6, 3])) }],
  oneHot: [{ compute: (x) => core.oneHot(core.argmax(x), 6) }],
  topk: [
    { compute: (x) => core.topk(x, 3).values },
    { compute: (x) => core.topk(core.relu(x), 4, 2).indices },
    { compute: (x) => core.topk(x, 2, 1, false).values },
  ],
  cumsum: [{ compute: (x) => core.cumsum(x, 1) }, { compute: (x) => core.cumsum(x, -1) }],
  klDiv: [{ compute: (x) => core.klDiv(x, core.sigmoid(x)) }],
  cosineSimilarity: [{ compute: (x) => core.cosineSimilarity(x, core.relu(x)) }],
  cosineEmbeddingLoss: [
    {
      compute: (x) =>
        core.cosineEmbeddingLoss(
          core.flatten(x),
          core.flatten(core.relu(x)),
          core.sum(x, { dim: [1, 2, 3] }),
        ),
    },
  ],
  focalLoss: [{ compute: (x) => core.focalLoss(x, core.compare('gt', x, 0)) }],
  diceLoss: [{ compute: (x) => core.diceLoss(core.sigmoid(x), core.compare('gt', x, 0)) }],
  cast: [
    { compute: (x) => core.cast(core.cast(x, 'i32'), 'f32'), domain: [-9, 9] },
    { compute: (x) => core.cast(x, 'u32'), domain: [-9, 9] },
  ],
  full: [
    { compute: (x) => core.add(x, core.full(x.runtime, x.shape, 2)) },
    { compute: (x) => core.mul(x, core.full(x.runtime, [6], 3)) },
  ],
};

/** Ops that no forward pass of a net uses, and why. */
const notInNets: Readonly<Record<string, RegExp | string>> = {
  adamStep: 'updates parameters',
  storeImages: 'puts data on the device',
  storeLabels: 'puts data on the device',
  clipGradients: 'updates gradients',
  gradientNorm: 'is of gradients',
  sgdStep: 'updates parameters',
  updateStep: 'updates parameters',
  bceWithLogits: /a loss belongs to training/,
  crossEntropy: /a loss belongs to training/,
  l1Loss: /a loss belongs to training/,
  mseLoss: /a loss belongs to training/,
  huberLoss: /a loss belongs to training/,
  smoothL1Loss: /a loss belongs to training/,
  dropout: /in evaluation mode nothing is dropped/,
  dropout2d: /in evaluation mode nothing is dropped/,
  gatherImages: /rows of a data set/,
  gatherLabels: /rows of a data set/,
  adjustImages: /augmentation belongs to training/,
  affineImages: /augmentation belongs to training/,
  eraseImages: /augmentation belongs to training/,
  mixImages: /augmentation belongs to training/,
  // Their uniform numbers come first.
  randomMixes: /random numbers would be others/,
  randomBoxes: /random numbers would be others/,
  randomMatrices: /random numbers would be others/,
  randomNormal: /random numbers would be others/,
  randomUniform: /random numbers would be others/,
};

describe('every op', () => {
  it('has an example, or a reason why nets do without', () => {
    const names = opItems().map(({ name }) => name);
    expect([...Object.keys(examples), ...Object.keys(notInNets)].sort()).toEqual([...names].sort());
  });

  it.each(Object.entries(examples))('%s', async (_, list) => {
    for (const { compute, shape: inputShape = [5, 4, 6], domain } of list) {
      await agrees(new Computes(compute), { runtime, inputShape, domain });
    }
  });

  it('writes reductions as opset 18 wants them', async () => {
    for (const name of ['sum', 'mean', 'max', 'min', 'variance'] as const) {
      const net = new Computes((x) => op[name](x, { dim: [1, 3] }));
      await agrees(net, { runtime, inputShape: [5, 4, 6], opset: 18 });
    }
  });

  it('writes gridSample as opset 20 names it', async () => {
    const net = new Computes((x) => core.gridSample(x, core.affineGrid(places(x), [x.shape[0], 1, 2, 3])));
    await agrees(net, { runtime, inputShape: [5, 4, 6], opset: 20 });
  });

  const source = { seed: 0, stream: 1, step: () => 0 };
  const data = () => core.storeImages(runtime, new Uint8Array(72), [1, 4, 6]);
  const labels = () => core.storeLabels(runtime, new Uint8Array(72));
  const rowNumbers = () => tensor(runtime, [0, 1], [2], { dtype: 'u32' });
  const refused: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    bceWithLogits: (x) => core.bceWithLogits(x, x),
    crossEntropy: (x) => core.crossEntropy(core.flatten(x), core.argmax(core.flatten(x))),
    l1Loss: (x) => core.l1Loss(x, x),
    mseLoss: (x) => core.mseLoss(x, x),
    huberLoss: (x) => core.huberLoss(x, x),
    smoothL1Loss: (x) => core.smoothL1Loss(x, x),
    dropout: (x) => core.dropout(x, 0.5, source),
    dropout2d: (x) => core.dropout2d(x, 0.5, source),
    adjustImages: (x) => core.adjustImages('gamma', x, core.zeros(runtime, [x.shape[0]])),
    affineImages: (x) => core.affineImages(x, core.zeros(runtime, [x.shape[0], 2, 3])),
    eraseImages: (x) => core.eraseImages(x, core.zeros(runtime, [x.shape[0], 4])),
    randomBoxes: () =>
      core.randomBoxes(runtime, 1, source, { size: [4, 6], p: 1, scale: [0, 1], ratio: [1, 2] }),
    mixImages: (x) => core.mixImages(x, core.zeros(runtime, [x.shape[0], 6])),
    randomMixes: () => core.randomMixes(runtime, 1, source, { size: [4, 6], kind: 'mixup', alpha: 1 }),
    randomMatrices: () => core.randomMatrices(runtime, 1, source),
    gatherImages: () => core.gatherImages(data(), rowNumbers()),
    gatherLabels: () => core.gatherLabels(labels(), rowNumbers()),
    randomNormal: (x) => core.randomNormal(runtime, x.shape, source),
    randomUniform: (x) => core.randomUniform(runtime, x.shape, source),
  };
  it.each(Object.entries(refused))('%s is refused with a reason', async (name, compute) => {
    const failure = toOnnx(new Computes(compute), { runtime, inputShape: [1, 4, 6] });
    await expect(failure).rejects.toThrow(notInNets[name]);
  });
});

const factories = { ...kernels } as unknown as Readonly<Record<string, core.KernelFactory>>;
/** Kernels that no op launches by itself in a forward pass of evaluation mode: forms of others, training, checks. */
const otherKernels =
  /[gG]radient|^(adam|sgd|update|average|zero|zeroCheck|axpy|addToTotals|fill|batchNormMerge|transposeFilter)$/;
const forms = ['conv2dForwardPlain', 'conv2dForwardWorkgroup', 'matmulWorkgroup', 'winogradForward'];

it('every kernel of a forward pass has a row, or a reason why not', () => {
  const without = kernelItems()
    .map(({ name }) => name)
    .filter((name) => {
      const factory = factories[name];
      return !rows.has(factory) && !reasons.has(factory) && !otherKernels.test(name) && !forms.includes(name);
    });
  expect(without).toEqual([]);
});
