/**
 * The kernels that this folder shows: for each factory and each of its forms one representative. `npm run wgsl` writes
 * the files, `../test/wgsl.test.ts` compares them with what the factories make.
 */
import * as k from '../src/index.ts';

/**
 * One file, `<folder>/<factory>[-<form>].wgsl`, or of a plan of several kernels one for each,
 * `<folder>/<factory>[-<form>]-<number>-<kernel>.wgsl`. A text that an earlier row has is not written twice.
 */
export interface Representative {
  /** Folder of the factory, in `src` and here. */
  readonly folder: string;
  /** The exported function that makes it. */
  readonly factory: string;
  /** What is special in it; '' for the usual form. */
  readonly form: string;
  readonly kernels: readonly k.Kernel[];
}

type Factory<Args extends readonly unknown[]> = (...args: Args) => k.Kernel | k.KernelPlan;

/** Rows of a factory: the arguments of each form by its name. */
function forms<Args extends readonly unknown[]>(
  folder: string,
  factory: Factory<Args>,
  of: Readonly<Record<string, Args>>,
): Representative[] {
  return Object.entries(of).map(([form, args]) => {
    const made = factory(...args);
    return { folder, factory: factory.name, form, kernels: 'kernels' in made ? made.kernels : [made] };
  });
}

const { cpu, gpu } = k.machines;

// --- conv2d ----------------------------------------------------------------------------------------------------------

/** The practical net's second layer, and its first, which has one channel. */
const layer: k.Conv2dSpec = {
  batch: 64,
  inChannels: 16,
  height: 14,
  width: 14,
  outChannels: 32,
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1],
};
const firstLayer: k.Conv2dSpec = { ...layer, inChannels: 1, height: 28, width: 28, outChannels: 16 };
/** MobileNetV2's: a filter for each channel. */
const depthwise: k.Conv2dSpec = {
  ...layer,
  inChannels: 96,
  outChannels: 96,
  height: 28,
  width: 28,
  groups: 96,
};
const biasRelu = { bias: true, relu: true };
const batchNorm = { ...biasRelu, batchNorm: { relu: true } };

const conv2d = [
  ...forms('conv2d', k.transposeFilter, { '': [k.conv2dLayouts(layer).weight] }),
  ...forms('conv2d', k.conv2dForwardPlain, { '': [layer, biasRelu] }),
  ...forms('conv2d', k.conv2dInputGradientPlain, { '': [layer] }),
  ...forms('conv2d', k.conv2dWeightGradientPlain, { '': [layer] }),
  ...forms('conv2d', k.conv2dForward, {
    '': [layer, biasRelu],
    'one-channel': [firstLayer, { bias: true }],
    'three-outputs': [{ ...layer, outChannels: 3 }, biasRelu],
    'batch-norm': [layer, batchNorm],
    'cpu-along-rows': [firstLayer, biasRelu, cpu],
    'cpu-over-images': [layer, biasRelu, cpu],
    depthwise: [depthwise, biasRelu],
    'cpu-depthwise': [depthwise, biasRelu, cpu],
  }),
  ...forms('conv2d', k.conv2dForwardWorkgroup, { '': [layer, { bias: true }] }),
  ...forms('conv2d', k.conv2dInputGradient, {
    '': [layer],
    'cpu-over-images': [{ ...layer, batch: 7, height: 13 }, {}, cpu],
    'cpu-depthwise': [depthwise, {}, cpu],
  }),
  ...forms('conv2d', k.conv2dInputGradientWorkgroup, { '': [layer] }),
  ...forms('conv2d', k.conv2dWeightGradient, {
    '': [layer],
    'one-channel': [firstLayer],
    depthwise: [depthwise],
    'cpu-depthwise': [depthwise, cpu],
  }),
  ...forms('conv2d', k.conv2dWeightGradientPacked, { cpu: [{ ...layer, batch: 65, outChannels: 20 }, cpu] }),
  ...forms('conv2d', k.conv2dBiasGradient, { '': [layer] }),
];

/** Like the adjoint of the second layer: the autoencoder's decoder. */
const upwards: k.ConvTranspose2dSpec = {
  ...layer,
  batch: 32,
  inChannels: 32,
  height: 7,
  width: 7,
  outChannels: 16,
  outputPadding: [1, 1],
};
const transposed = [
  ...forms('conv2d', k.convTranspose2dForward, { '': [upwards, { bias: true }] }),
  ...forms('conv2d', k.convTranspose2dInputGradient, { '': [upwards] }),
  ...forms('conv2d', k.convTranspose2dWeightGradient, { '': [upwards] }),
  ...forms('conv2d', k.convTranspose2dBiasGradient, { '': [upwards] }),
];

/** The MedMNIST net's: 3x3 filters, stride 1, many channels. */
const wide: k.Conv2dSpec = {
  batch: 128,
  inChannels: 16,
  height: 12,
  width: 12,
  outChannels: 64,
  kernel: [3, 3],
  stride: [1, 1],
  padding: [0, 0],
};
const winograd = [
  ...forms('conv2d', k.winogradForward, { '': [wide, biasRelu] }),
  ...forms('conv2d', k.winogradInputGradient, { '': [wide] }),
  ...forms('conv2d', k.winogradWeightGradient, { '': [wide] }),
];

// --- matmul ----------------------------------------------------------------------------------------------------------

const matmul = [
  ...forms('matmul', k.matmul, {
    rows: [{ m: 64, k: 128, n: 64, ...biasRelu }],
    'rows-transposed-a': [{ m: 7, k: 5, n: 9, transposeA: true }],
    dots: [{ m: 64, k: 30, n: 10, transposeB: true }],
    'transposed-result': [{ m: 8, k: 6, n: 10, transposeA: true, transposeB: true }],
    'long-k-in-slices': [{ m: 4, k: 301, n: 4, bias: true }],
    'cpu-packed': [{ m: 64, k: 130, n: 257 }, cpu],
    'cpu-turned': [{ m: 1600, k: 192, n: 768, transposeB: true, bias: true }, cpu],
  }),
  ...forms('matmul', k.matmulWorkgroup, {
    rows: [{ m: 64, k: 30, n: 40, bias: true }],
    dots: [{ m: 64, k: 30, n: 40, transposeB: true }],
    'transposed-result': [{ m: 64, k: 30, n: 40, transposeA: true, transposeB: true }],
  }),
];

// --- batch norm and pooling ------------------------------------------------------------------------------------------

const image = k.imageLayout([64, 20, 14, 14]);
const planar = k.imageLayout([8, 3, 5, 6]);
const trained = { x: image, statistics: 'batch' } as const;
const trainedPlanar = { x: planar, statistics: 'batch' } as const;
const running = { x: image, statistics: 'running', eps: 1e-5 } as const;
/** Between two ReLUs, and the gradient of the bias before it. */
const betweenRelus = { ...trained, relu: true, reluBefore: true, inputSum: true };

const halves: k.Pool2dSpec = {
  batch: 64,
  channels: 16,
  height: 24,
  width: 24,
  kernel: [2, 2],
  stride: [2, 2],
  padding: [0, 0],
};
const overlapping: k.Pool2dSpec = {
  batch: 2,
  channels: 3,
  height: 9,
  width: 9,
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1],
};
const ragged: k.Pool2dSpec = { ...halves, channels: 18, height: 14, width: 13 };

const norms = [
  ...forms('batch-norm', k.batchNormStatistics, { '': [{ x: image }], planar: [{ x: planar }] }),
  ...forms('batch-norm', k.batchNormMerge, {
    '': [{ x: image, eps: 1e-5, momentum: 0.1 }],
    'momentum-given': [{ x: image, eps: 1e-5, momentum: 'given' }],
  }),
  ...forms('batch-norm', k.batchNormForward, {
    '': [trained],
    planar: [trainedPlanar],
    running: [running],
    relu: [{ ...trained, relu: true }],
  }),
  ...forms('batch-norm', k.batchNormScale, { '': [{ channels: 20, eps: 1e-5 }] }),
  ...forms('batch-norm', k.batchNormGradientSums, { '': [trained], 'between-relus': [betweenRelus] }),
  ...forms('batch-norm', k.batchNormGradientMerge, { '': [trained], 'between-relus': [betweenRelus] }),
  ...forms('batch-norm', k.batchNormInputGradient, {
    '': [trained],
    running: [running],
    'between-relus': [betweenRelus],
  }),
  ...forms('batch-norm', k.batchNormReluMaxPoolForward, { '': [{ pool: ragged, statistics: 'batch' }] }),
];

const affine = { eps: 1e-5, weight: true, bias: true };
/** GroupNorm of a middle layer, with groups of whole vectors, and InstanceNorm. */
const grouped: k.GroupNormSpec = { x: k.imageLayout([64, 64, 14, 14]), groups: 8, ...affine };
const instances: k.GroupNormSpec = { x: k.imageLayout([2, 18, 9, 9]), groups: 18, eps: 1e-5 };
/** A small transformer's. */
const tokens: k.LayerNormSpec = { x: k.rowMajor([64, 50, 192]), dimensions: 1, ...affine };
const normalisation = [
  ...forms('normalisation', k.groupNormForward, {
    '': [grouped],
    cpu: [grouped, cpu],
    instances: [instances],
  }),
  ...forms('normalisation', k.groupNormGradient, {
    '': [grouped],
    cpu: [grouped, cpu],
    instances: [instances],
  }),
  ...forms('normalisation', k.layerNormForward, { '': [tokens] }),
  ...forms('normalisation', k.layerNormGradient, { '': [tokens] }),
];

const pools = [
  ...forms('pool2d', k.maxPool2dForward, {
    '': [halves],
    cpu: [halves, cpu],
    'planar-padded': [overlapping],
  }),
  ...forms('pool2d', k.maxPool2dGradient, {
    '': [halves],
    cpu: [halves, cpu],
    'planar-padded': [overlapping],
  }),
  ...forms('pool2d', k.avgPool2dForward, { '': [halves], 'planar-padded': [overlapping] }),
  ...forms('pool2d', k.avgPool2dGradient, {
    '': [halves],
    'planar-padded': [{ ...overlapping, countIncludePad: false }],
  }),
];

// --- elementwise, reductions, softmax, losses ------------------------------------------------------------------------

const small = k.imageLayout([2, 5, 3, 3]);
const rows = k.rowMajor([64, 512]);
const elementwise = [
  ...forms('elementwise', k.unaryForward, {
    relu: [k.reluOp, rows],
    'sigmoid-padded': [k.sigmoidOp, small],
    gelu: [k.geluOp, rows],
    softplus: [k.unaryOps.softplus, rows],
    clamp: [k.clampOp({ min: 0, max: 6 }), rows],
  }),
  ...forms('elementwise', k.unaryGradient, {
    'sqrt-padded': [k.sqrtOp, k.rowMajor([3])],
    gelu: [k.geluOp, rows],
  }),
  ...forms('elementwise', k.binaryForward, {
    'add-channels': [k.addOp, small, k.imageLayout([1, 5, 1, 1]), small],
    'sub-column': [k.subOp, k.rowMajor([7, 9]), k.rowMajor([7, 1]), k.rowMajor([7, 9])],
    'mul-between-layouts': [k.mulOp, small, k.rowMajor([2, 5, 3, 3]), small],
  }),
  ...forms('elementwise', k.binaryGradient, { div: [k.divOp, 'b', rows, rows, rows] }),
  ...forms('elementwise', k.where, { '': [rows, rows, k.rowMajor([]), rows] }),
  ...forms('elementwise', k.expand, { '': [k.rowMajor([1, 512]), rows] }),
];

const resampled = [
  ...forms('resample', k.resample, {
    'height-of-images': [
      k.imageLayout([8, 16, 14, 14]),
      k.imageLayout([8, 16, 28, 14]),
      { dimension: 2, taps: 56 },
    ],
    'width-planar': [k.rowMajor([8, 1, 14, 14]), k.rowMajor([8, 1, 14, 28]), { dimension: 3, taps: 56 }],
  }),
];

const reductions = [
  ...forms('reduce', k.reduce, {
    'sum-two-stages': ['sum', k.imageLayout([64, 16, 14, 14]), [0, 2, 3], k.rowMajor([16]), gpu],
    'max-of-rows': ['max', k.rowMajor([7, 14]), [1], k.rowMajor([7])],
  }),
  ...forms('reduce', k.extremumGradient, { '': [k.rowMajor([7, 14]), [1], k.rowMajor([7])] }),
  ...forms('reduce', k.variance, { columns: [k.rowMajor([8, 5]), [0], k.rowMajor([5])] }),
  ...forms('reduce', k.varianceGradient, { columns: [k.rowMajor([8, 5]), [0], k.rowMajor([5])] }),
  ...forms('reduce', k.argMax, { '': [k.rowMajor([6, 14]), k.rowMajor([6])] }),
];

const sampled = {
  shape: [8, 1, 28, 28],
  size: [14, 14],
  mode: 'bilinear',
  paddingMode: 'zeros',
  alignCorners: false,
} as const;
const gridSamples = [
  ...forms('grid-sample', k.gridSample, {
    '': [sampled],
    'nearest-reflection': [{ ...sampled, mode: 'nearest', paddingMode: 'reflection', alignCorners: true }],
  }),
  ...forms('grid-sample', k.gridSampleInputGradient, { border: [{ ...sampled, paddingMode: 'border' }] }),
  ...forms('grid-sample', k.gridSampleGridGradient, { '': [sampled] }),
];

const sixTokens = {
  index: k.rowMajor([2, 3]),
  y: k.rowMajor([2, 3, 14]),
  dimension: 0,
  each: false,
} as const;
const ofRows = {
  op: 'gather',
  x: k.rowMajor([7, 14]),
  index: k.rowMajor([7, 5]),
  y: k.rowMajor([7, 5]),
} as const;
const indexing = [
  ...forms('indexing', k.take, {
    embedding: [{ op: 'embedding', x: k.rowMajor([32, 14]), ...sixTokens }],
    gather: [{ ...ofRows, dimension: 1, each: true }],
  }),
  ...forms('indexing', k.takeGradient, {
    embedding: [{ op: 'embedding', x: k.rowMajor([32, 14]), ...sixTokens, ignored: 0 }],
    gather: [{ ...ofRows, dimension: 1, each: true }],
  }),
  ...forms('indexing', k.oneHot, { '': [{ labels: k.rowMajor([7]), classes: 14 }] }),
  ...forms('indexing', k.topK, { '': [{ x: k.rowMajor([7, 14]), k: 5, largest: true }] }),
  ...forms('indexing', k.cumsum, {
    rows: [{ layout: k.rowMajor([7, 14]), dimension: 1 }],
    'columns-gradient': [{ layout: k.rowMajor([7, 14]), dimension: 0, reverse: true }],
  }),
];

const findings = { reduction: 'mean', x: k.rowMajor([64, 14]) } as const;
const weighted = { loss: 'bceWithLogits', ...findings, posWeight: k.rowMajor([14]) } as const;
const losses = [
  ...forms('softmax', k.softmaxForward, {
    '': ['softmax', k.rowMajor([64, 14])],
    log: ['logSoftmax', k.rowMajor([64, 14])],
  }),
  ...forms('softmax', k.softmaxGradient, { '': ['softmax', k.rowMajor([64, 14])] }),
  ...forms('losses', k.crossEntropy, {
    '': [{ logits: k.rowMajor([64, 2]), reduction: 'mean' }],
    'weighted-smoothed': [
      { logits: k.rowMajor([5, 8]), reduction: 'mean', weighted: true, labelSmoothing: 0.1 },
    ],
  }),
  ...forms('losses', k.pointwiseLossForward, {
    mse: [{ loss: 'mse', reduction: 'mean', x: rows }],
    'bce-weighted': [weighted],
  }),
  ...forms('losses', k.pointwiseLossGradient, { 'bce-weighted': [weighted] }),
];

// --- copies, random numbers, batches, augmentation, optimisers -------------------------------------------------------

const copies = [
  ...forms('copy', k.axpy, { '': [100_000] }),
  ...forms('copy', k.cast, { 'f32-to-i32': ['f32', 'i32', rows] }),
  ...forms('copy', k.fill, { '': [1, k.rowMajor([2, 5])] }),
  ...forms('copy', k.copyRegion, {
    'slice-of-channels': [
      k.imageLayout([2, 12, 3, 3]),
      k.imageLayout([2, 4, 3, 3]),
      { size: [2, 4, 3, 3], fromOffset: [0, 4, 0, 0], elsewhere: 'zero' },
    ],
    'concat-columns': [
      k.rowMajor([3, 4]),
      k.rowMajor([3, 7]),
      { size: [3, 4], toOffset: [0, 3], elsewhere: 'keep' },
    ],
  }),
  ...forms('copy', k.relayout, { 'image-to-rows': [small, k.rowMajor([2, 5, 3, 3])] }),
  ...forms('copy', k.reshape, {
    '': [k.rowMajor([3, 10]), k.rowMajor([5, 6])],
    alike: [k.rowMajor([3, 5, 6]), k.rowMajor([15, 6])],
    'flatten-images': [k.imageLayout([2, 8, 3, 2]), k.rowMajor([2, 48])],
    'rows-to-images': [k.rowMajor([2, 48]), k.imageLayout([2, 8, 3, 2])],
  }),
  ...forms('debug', k.zeroCheck, { '': [small], 'tail-only': [k.imageLayout([2, 1, 4, 4])] }),
];

const shape = [64, 32, 7, 7];
const mask = { p: 0.2, stream: 1 };
const random = [
  ...forms('random', k.randomUniform, {
    '': [{ layout: k.rowMajor([10, 10]), stream: 7, low: -1, high: 1 }],
  }),
  ...forms('random', k.randomNormal, {
    '': [{ layout: k.rowMajor([10, 10]), stream: 7, mean: 0, std: 0.1 }],
  }),
  ...forms('random', k.dropout, {
    '': [{ ...mask, layout: k.imageLayout(shape) }],
    'other-layout': [{ ...mask, layout: k.rowMajor(shape) }],
  }),
  ...forms('random', k.dropout2d, {
    '': [{ ...mask, layout: k.imageLayout(shape) }],
    planar: [{ ...mask, layout: k.imageLayout([4, 3, 5, 5]) }],
  }),
];

const batches = [
  ...forms('gather', k.gatherImages, {
    grey: [{ images: 4708, y: k.imageLayout([64, 1, 28, 28]) }],
    'grey-unaligned': [{ images: 100, y: k.imageLayout([4, 1, 5, 5]) }],
    colour: [{ images: 100, y: k.imageLayout([4, 3, 6, 6]) }],
    '16-bit': [{ images: 100, y: k.imageLayout([4, 1, 6, 6]), source: 'u16' }],
    'float-planes': [
      { images: 100, y: k.imageLayout([4, 4, 6, 6]), source: 'f32', order: 'NCHW', mean: 0, std: 1 },
    ],
  }),
  ...forms('gather', k.gatherLabels, {
    classes: [{ count: 4708, source: 'u8', y: k.rowMajor([64]), output: 'u32' }],
    findings: [{ count: 100, source: 'u8', y: k.rowMajor([5, 14]), output: 'f32' }],
    targets: [{ count: 100, source: 'f32', y: k.rowMajor([5, 14]), output: 'f32' }],
  }),
];

const grey = k.imageLayout([64, 1, 28, 28]);
const chest = { degrees: [-10, 10], translate: [1.4, 1.4], scale: [0.9, 1.1] } as const;
const colours = { mean: 0.5, std: 0.5 };
const augmented = [
  ...forms('augment', k.randomMatrices, {
    affine: [{ batch: 64, ...chest, shear: [-5, 5, 0, 0] }],
    mirror: [{ batch: 64, flip: [0.5, 0] }],
    crop: [{ batch: 64, places: [9, 9] }],
  }),
  ...forms('augment', k.affineImages, {
    '': [{ x: grey, y: grey, interpolation: 'bilinear', fill: -1 }],
    'nearest-edge-channels': [{ x: small, y: small, interpolation: 'nearest', fill: 'edge' }],
  }),
  ...forms('augment', k.adjustImages, {
    brightness: [{ adjustment: 'brightness', layout: grey, ...colours }],
    'contrast-colour': [{ adjustment: 'contrast', layout: planar, mean: [0.4, 0.5, 0.6], std: 0.25 }],
    gamma: [{ adjustment: 'gamma', layout: grey, ...colours }],
    noise: [{ adjustment: 'noise', layout: small, ...colours }],
  }),
  ...forms('augment', k.randomBoxes, {
    '': [{ batch: 64, size: [28, 28], p: 0.5, scale: [0.02, 0.33], ratio: [0.3, 3.3] }],
  }),
  ...forms('augment', k.randomMixes, {
    mixup: [{ batch: 64, size: [28, 28], kind: 'mixup', alpha: 0.4 }],
    cutmix: [{ batch: 64, size: [28, 28], kind: 'cutmix', alpha: 1 }],
  }),
  ...forms('augment', k.mixImages, { '': [{ layout: k.imageLayout([64, 1, 28, 28]) }] }),
  ...forms('augment', k.eraseImages, {
    '': [{ layout: grey, value: -1 }],
    channels: [{ layout: small, value: -1 }],
  }),
];

const blocks = 1541;
const optimizers = [
  ...forms('optimizer', k.sgd, { '': [{ blocks }], cpu: [{ blocks }, cpu] }),
  ...forms('optimizer', k.update, {
    rmsprop: [{ blocks, rule: k.rmspropRule }],
    lion: [{ blocks, rule: k.lionRule }],
  }),
  ...forms('optimizer', k.adam, { '': [{ blocks, decoupled: false }], adamw: [{ blocks, decoupled: true }] }),
  ...forms('optimizer', k.gradientNormPartials, { '': [{ blocks }] }),
  ...forms('optimizer', k.gradientNorm, { '': [{ blocks }] }),
  ...forms('optimizer', k.clipGradients, { '': [{ blocks, maxNorm: 1 }] }),
  ...forms('optimizer', k.average, { '': [{ words: 1028 }] }),
  ...forms('optimizer', k.zero, { '': [{ words: 1028 }] }),
];

/** Two kernels that read one range, and a third: what a GPU runs as one dispatch. */
const joined: Representative = {
  folder: 'join',
  factory: 'joinKernels',
  form: '',
  kernels: [
    k.joinKernels([
      { kernel: k.axpy(100, 1), operands: [7, 8] },
      { kernel: k.axpy(100, 0.5), operands: [7, 9] },
      { kernel: k.fill(1, k.rowMajor([2, 5])), operands: [3] },
    ]).kernel,
  ],
};

export const representatives: readonly Representative[] = [
  ...conv2d,
  ...transposed,
  ...winograd,
  ...matmul,
  ...norms,
  ...normalisation,
  ...pools,
  ...elementwise,
  ...reductions,
  ...resampled,
  ...gridSamples,
  ...indexing,
  ...losses,
  ...copies,
  ...random,
  ...batches,
  ...augmented,
  ...optimizers,
  joined,
];
