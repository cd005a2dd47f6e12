/**
 * Every kernel that `npm run explain` knows, with the shapes it has in the practical's net (batch 64) unless others are
 * asked for, and the buffers that it works on.
 */
import * as k from '@glassbox/wgsl-kernels';
import type { ExampleBuffer, PlainBuffer } from './buffers.ts';

/** What the user may choose besides the shape. */
export interface Choices {
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: number;
}

/** One kernel, or several that run one after the other, over named buffers. */
export interface Example {
  readonly kernels: readonly k.Kernel[];
  /** By the name of the binding. */
  readonly buffers: Readonly<Record<string, ExampleBuffer>>;
}

export interface KernelEntry {
  /** Heading in the list. */
  readonly group: string;
  /** What the numbers of the shape stand for, for example N,C,H,W; a name ending in … may be repeated or left out. */
  readonly dimensions: string;
  readonly shape: readonly number[];
  /** The choices that it has, with their defaults. */
  readonly choices?: Partial<Choices>;
  readonly build: (shape: readonly number[], choices: Choices, tuning: k.Tuning) => Example;
}

const batch = 64;
/** Numbers in the practical's net. */
const parameters = 98_658;
/** Images of PneumoniaMNIST's training split. */
const images = 4708;

const one = (kernel: k.Kernel, buffers: Example['buffers']): Example => ({ kernels: [kernel], buffers });

const plan = ({ kernels, scratch }: k.KernelPlan, buffers: Example['buffers']): Example => ({
  kernels,
  buffers: { ...buffers, ...Object.fromEntries(Object.entries(scratch).map(([n, w]) => [n, scratchOf(w)])) },
});

const faults: PlainBuffer = { words: k.faultWords, about: 'where a number that is out of range is noted' };
const scratchOf = (words: number): PlainBuffer => ({ words, about: 'scratch between kernels' });

/** Images where there are four dimensions, else row-major. */
const tensorLayout = (shape: readonly number[]) =>
  shape.length === 4 ? k.imageLayout(shape) : k.rowMajor(shape);

// --- convolutions ---------------------------------------------------------------------------------------------------

const window = ({ kernelSize: r, stride: s, padding: p }: Choices) =>
  ({ kernel: [r, r], stride: [s, s], padding: [p, p] }) as const;

const convSpec = ([n, c, h, w]: readonly number[], choices: Choices): k.Conv2dSpec => ({
  batch: n,
  inChannels: c,
  height: h,
  width: w,
  outChannels: choices.outChannels,
  ...window(choices),
});

const convolution = (build: (spec: k.Conv2dSpec, tuning: k.Tuning) => Example): KernelEntry => ({
  group: 'convolution',
  dimensions: 'N,C,H,W',
  shape: [batch, 16, 14, 14],
  choices: { outChannels: 32, kernelSize: 3, stride: 2, padding: 1 },
  build: (shape, choices, tuning) => build(convSpec(shape, choices), tuning),
});

/** With the shapes of the MedMNIST net's last layer: Winograd's form has no strides. */
const winograd = (build: (spec: k.Conv2dSpec, tuning: k.Tuning) => Example): KernelEntry => ({
  ...convolution(build),
  shape: [batch, 64, 8, 8],
  choices: { outChannels: 64, kernelSize: 3, stride: 1, padding: 1 },
});

const transposed = (build: (spec: k.ConvTranspose2dSpec, tuning: k.Tuning) => Example): KernelEntry => ({
  group: 'transposed convolution',
  dimensions: 'N,C,H,W',
  shape: [batch, 32, 7, 7],
  choices: { outChannels: 16, kernelSize: 3, stride: 2, padding: 1 },
  build: (shape, choices, tuning) => {
    const surplus = choices.stride - 1;
    return build({ ...convSpec(shape, choices), outputPadding: [surplus, surplus] }, tuning);
  },
});

const convolutions: Record<string, KernelEntry> = {
  conv2dForward: convolution((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return plan(k.conv2dForward(spec, { bias: true, relu: true }, tuning), { x, weight, bias, y });
  }),
  conv2dReluBatchNormForward: convolution((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    const epilogue = { bias: true, relu: true, batchNorm: {} };
    return plan(k.conv2dForward(spec, epilogue, tuning), {
      x,
      weight,
      bias,
      y,
      mean: bias,
      scale: bias,
      shift: bias,
    });
  }),
  conv2dForwardPlain: convolution((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return one(k.conv2dForwardPlain(spec, { bias: true, relu: true }, tuning), { x, weight, bias, y });
  }),
  conv2dInputGradientPlain: convolution((spec, tuning) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientPlain(spec, {}, tuning), { dy, weight, dx });
  }),
  conv2dWeightGradientPlain: convolution((spec, tuning) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dWeightGradientPlain(spec, tuning), { x, dy, dWeight });
  }),
  conv2dForwardWorkgroup: convolution((spec) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return one(k.conv2dForwardWorkgroup(spec, { bias: true, relu: true }), { x, weight, bias, y });
  }),
  conv2dInputGradientWorkgroup: convolution((spec) => {
    const { x: dx, inputGradientWeight: transposed, y: dy } = k.conv2dLayouts(spec);
    return one(k.conv2dInputGradientWorkgroup(spec), { dy, transposed, dx });
  }),
  conv2dInputGradient: convolution((spec, tuning) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dInputGradient(spec, {}, tuning), { dy, weight, dx });
  }),
  conv2dWeightGradient: convolution((spec, tuning) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.conv2dWeightGradient(spec, tuning), { x, dy, dWeight });
  }),
  conv2dBiasGradient: convolution((spec, tuning) => {
    const { y: dy, bias: dBias } = k.conv2dLayouts(spec);
    return plan(k.conv2dBiasGradient(spec, tuning), { dy, dBias });
  }),
  transposeFilter: convolution((spec, tuning) => {
    const { weight } = k.conv2dLayouts(spec);
    return one(k.transposeFilter(weight, tuning), {
      weight,
      transposed: k.filterTransposedLayout(weight.shape),
    });
  }),
  winogradForward: winograd((spec, tuning) => {
    const { x, weight, bias, y } = k.conv2dLayouts(spec);
    return plan(k.winogradForward(spec, { bias: true, relu: true }, tuning), { x, weight, bias, y });
  }),
  winogradInputGradient: winograd((spec, tuning) => {
    const { x: dx, weight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradInputGradient(spec, {}, tuning), { dy, weight, dx });
  }),
  winogradWeightGradient: winograd((spec, tuning) => {
    const { x, weight: dWeight, y: dy } = k.conv2dLayouts(spec);
    return plan(k.winogradWeightGradient(spec, tuning), { x, dy, dWeight });
  }),
  convTranspose2dForward: transposed((spec, tuning) => {
    // Its kernel is the input gradient of the adjoint convolution, and calls its buffers so.
    const { x: dy, weight, bias, y: dx } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dForward(spec, { bias: true }, tuning), { dy, weight, bias, dx });
  }),
  convTranspose2dInputGradient: transposed((spec, tuning) => {
    const { x: y, weight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dInputGradient(spec, tuning), { x, weight, y });
  }),
  convTranspose2dWeightGradient: transposed((spec, tuning) => {
    const { x: dy, weight: dWeight, y: x } = k.convTranspose2dLayouts(spec);
    return plan(k.convTranspose2dWeightGradient(spec, tuning), { x, dy, dWeight });
  }),
};

// --- matrices, normalisation, pooling -------------------------------------------------------------------------------

const matrix = (
  options: Partial<k.MatmulSpec>,
  product: (spec: k.MatmulSpec, tuning: k.Tuning) => k.KernelPlan = k.matmul,
): KernelEntry => ({
  group: 'matrix product',
  dimensions: 'M,K,N',
  shape: [batch, 512, 2],
  build: ([m, inner, n], _, tuning) => {
    const spec = { m, k: inner, n, ...options };
    const { a, b, bias, c } = k.matmulLayouts(spec);
    return plan(product(spec, tuning), { a, b, bias, c });
  },
});

const norm = (build: (x: k.Layout, tuning: k.Tuning) => Example): KernelEntry => ({
  group: 'batch norm',
  dimensions: 'N,C,H,W',
  shape: [batch, 32, 7, 7],
  build: (shape, _, tuning) => {
    const x = tensorLayout(shape);
    const names = ['weight', 'bias', 'dWeight', 'dBias', 'dxSum', 'runningMean', 'runningVariance'];
    const channels = Object.fromEntries(names.map((name) => [name, k.rowMajor([shape[1]])]));
    const { kernels, buffers } = build(x, tuning);
    const statistics = k.batchNormStatisticsLayout(x);
    return {
      kernels,
      buffers: { ...channels, statistics, ...sliceSums(k.batchNormPartials(x)), ...buffers },
    };
  },
});

const sliceSums = (words: number) => ({ partials: { words, about: 'sums over slices of the batch' } });

/** Of batch norm between a ReLU and a ReLU, both of them done in its own kernels. */
const normGradient = (build: (spec: k.BatchNormGradientSpec, tuning: k.Tuning) => k.Kernel): KernelEntry =>
  norm((x, tuning) => {
    const spec = { statistics: 'batch', x, relu: true, rectifiedInput: true, inputSum: true } as const;
    return one(build(spec, tuning), { x, dy: x, dx: x, ...sliceSums(k.batchNormGradientPartials(spec)) });
  });

const norms: Record<string, KernelEntry> = {
  batchNormForward: norm((x, tuning) =>
    one(k.batchNormForward({ statistics: 'batch', x }, tuning), { x, y: x }),
  ),
  batchNormReluForward: norm((x, tuning) =>
    one(k.batchNormForward({ statistics: 'batch', x, relu: true }, tuning), { x, y: x }),
  ),
  batchNormStatistics: norm((x, tuning) => one(k.batchNormStatistics({ x }, tuning), { x })),
  batchNormMerge: norm((x, tuning) => one(k.batchNormMerge({ x, eps: 1e-5, momentum: 0.1 }, tuning), {})),
  batchNormScale: norm((x, tuning) =>
    one(k.batchNormScale({ channels: x.shape[1], eps: 1e-5 }, tuning), { scale: k.rowMajor([x.shape[1]]) }),
  ),
  batchNormGradientSums: normGradient(k.batchNormGradientSums),
  batchNormGradientMerge: normGradient(k.batchNormGradientMerge),
  batchNormInputGradient: normGradient(k.batchNormInputGradient),
};

const pool = (build: (spec: k.Pool2dSpec, tuning: k.Tuning) => k.Kernel): KernelEntry => ({
  group: 'pooling',
  dimensions: 'N,C,H,W',
  shape: [batch, 16, 28, 28],
  choices: { kernelSize: 2, stride: 2, padding: 0 },
  build: ([n, channels, height, width], choices, tuning) => {
    const spec = { batch: n, channels, height, width, ...window(choices) };
    const { x, y } = k.pool2dLayouts(spec);
    const statistics = k.batchNormStatisticsLayout(x);
    const perChannel = k.rowMajor([channels]);
    const norm = { statistics, weight: perChannel, bias: perChannel };
    return one(build(spec, tuning), { x, y, index: y, dx: x, dy: y, ...norm });
  },
});

// --- elementwise, reductions, losses --------------------------------------------------------------------------------

const elementwise = (build: (layout: k.Layout, tuning: k.Tuning) => k.Kernel | k.Kernel[]): KernelEntry => ({
  group: 'elementwise',
  dimensions: 'size…',
  shape: [batch, 16, 14, 14],
  build: (shape, _, tuning) => {
    const layout = tensorLayout(shape);
    const tensors = ['x', 'y', 'dx', 'dy', 'a', 'b', 'da', 'db'].map((name) => [name, layout] as const);
    const counter = { words: 4, about: 'seed (two words), step, unused', data: [1, 0, 0, 0] };
    return { kernels: [build(layout, tuning)].flat(), buffers: { ...Object.fromEntries(tensors), counter } };
  },
});

function unaries(): Record<string, KernelEntry> {
  const names = Object.keys(k.unaryOps) as k.UnaryName[];
  return Object.fromEntries(
    names.flatMap((op) => [
      [`${op}Forward`, elementwise((layout, tuning) => k.unaryForward(op, layout, tuning))],
      [`${op}Gradient`, elementwise((layout, tuning) => k.unaryGradient(op, layout, tuning))],
    ]),
  );
}

function binaries(): Record<string, KernelEntry> {
  const names = Object.keys(k.binaryOps) as k.BinaryOp[];
  return Object.fromEntries(
    names.flatMap((op) => {
      const forward = elementwise((layout, tuning) => k.binaryForward(op, layout, layout, layout, tuning));
      const { gradient } = k.binaryRow(op);
      // Where the gradient is dy itself, no kernel is needed.
      const computed = (['a', 'b'] as const).filter(
        (operand) => gradient && gradient[operand].expression !== 'dy',
      );
      const backward = elementwise((layout, tuning) =>
        computed.map((operand) => k.binaryGradient(op, operand, layout, layout, layout, tuning)),
      );
      const entries: [string, KernelEntry][] = [[`${op}Forward`, forward]];
      return computed.length > 0 ? [...entries, [`${op}Gradient`, backward]] : entries;
    }),
  );
}

const random = (build: (layout: k.Layout, tuning: k.Tuning) => k.Kernel): KernelEntry => ({
  ...elementwise(build),
  group: 'random numbers',
  shape: [batch, 512],
});

const reduction = (build: (x: k.Layout, y: k.Layout, tuning: k.Tuning) => k.KernelPlan): KernelEntry => ({
  group: 'reduction',
  dimensions: 'rows,columns',
  shape: [batch, 512],
  build: (shape, _, tuning) => {
    const [x, y] = [tensorLayout(shape), tensorLayout(shape.slice(0, -1))];
    return plan(build(x, y, tuning), { x, y, mean: y });
  },
});

const softmax = (build: (layout: k.Layout, tuning: k.Tuning) => k.Kernel): KernelEntry => ({
  ...elementwise(build),
  group: 'losses',
  dimensions: 'N,classes',
  shape: [batch, 2],
});

const loss = (kind: k.PointwiseLoss): KernelEntry => ({
  group: 'losses',
  dimensions: 'size…',
  shape: [batch, 1, 28, 28],
  build: (shape, _, tuning) => {
    const x = tensorLayout(shape);
    const forward = k.pointwiseLossForward({ loss: kind, reduction: 'mean', x }, tuning);
    const gradient = k.pointwiseLossGradient({ loss: kind, reduction: 'mean', x }, tuning);
    const scalar = k.rowMajor([]);
    const both = k.concatPlans(forward, { kernels: [gradient], scratch: {} });
    return plan(both, { x, t: x, dx: x, loss: scalar, dy: scalar });
  },
});

// --- optimisers -----------------------------------------------------------------------------------------------------

const optimizer = (
  build: (blocks: number, tuning: k.Tuning) => k.Kernel,
  hyper: number[] = [],
): KernelEntry => ({
  group: 'optimisers',
  dimensions: 'parameters',
  shape: [parameters],
  build: ([count], _, tuning) => {
    const blocks = Math.ceil(count / k.arenaBlock);
    const arena = (about: string, data?: Float32Array) => ({ words: blocks * k.arenaBlock, about, data });
    return one(build(blocks, tuning), {
      parameters: arena('arena'),
      gradients: arena('arena'),
      state: arena('arena'),
      m: arena('arena, running mean of the gradients', new Float32Array(0)),
      v: arena('arena, running mean of their squares', new Float32Array(0)),
      groups: { words: blocks, about: 'the group of each block' },
      hyper: { words: k.hyperSize, about: 'rates of each group', data: hyper },
      partials: { words: k.gradientNormPartialsSize({ blocks }), about: 'partial sums' },
      norm: { words: 4, about: 'the norm', data: [1, 0, 0, 0] },
    });
  },
});

/** Kernels by name. */
export const kernelEntries: Readonly<Record<string, KernelEntry>> = {
  ...convolutions,
  matmul: matrix({}),
  matmulBiasRelu: matrix({ bias: true, relu: true }),
  matmulWorkgroup: matrix({}, k.matmulWorkgroup),
  matmulTransposedA: matrix({ transposeA: true }),
  matmulTransposedB: matrix({ transposeB: true }),
  ...norms,
  batchNormReluMaxPoolForward: pool((spec, tuning) =>
    k.batchNormReluMaxPoolForward({ pool: spec, statistics: 'batch' }, tuning),
  ),
  maxPool2dForward: pool(k.maxPool2dForward),
  maxPool2dGradient: pool(k.maxPool2dGradient),
  avgPool2dForward: pool(k.avgPool2dForward),
  avgPool2dGradient: pool(k.avgPool2dGradient),
  ...unaries(),
  ...binaries(),
  dropout: random((layout, tuning) => k.dropout({ layout, p: 0.5, stream: 0 }, tuning)),
  randomUniform: random((layout, tuning) => k.randomUniform({ layout, stream: 0, low: 0, high: 1 }, tuning)),
  randomNormal: random((layout, tuning) => k.randomNormal({ layout, stream: 0, mean: 0, std: 1 }, tuning)),
  sum: reduction((x, y, tuning) => k.reduce('sum', x, [-1], y, tuning)),
  mean: reduction((x, y, tuning) => k.reduce('mean', x, [-1], y, tuning)),
  max: reduction((x, y, tuning) => k.reduce('max', x, [-1], y, tuning)),
  min: reduction((x, y, tuning) => k.reduce('min', x, [-1], y, tuning)),
  variance: reduction((x, y, tuning) => k.variance(x, [-1], y, {}, tuning)),
  argMax: reduction((x, y, tuning) => ({ kernels: [k.argMax(x, y, -1, tuning)], scratch: {} })),
  softmaxForward: softmax((layout, tuning) => k.softmaxForward('softmax', layout, tuning)),
  softmaxGradient: softmax((layout, tuning) => k.softmaxGradient('softmax', layout, tuning)),
  logSoftmaxForward: softmax((layout, tuning) => k.softmaxForward('logSoftmax', layout, tuning)),
  logSoftmaxGradient: softmax((layout, tuning) => k.softmaxGradient('logSoftmax', layout, tuning)),
  crossEntropy: {
    group: 'losses',
    dimensions: 'N,classes',
    shape: [batch, 2],
    build: (shape, _, tuning) => {
      const [logits, losses] = [k.rowMajor(shape), k.rowMajor([shape[0]])];
      const labels = {
        words: losses.size,
        about: 'class numbers',
        data: Uint32Array.from({ length: losses.size }, (_, i) => i % shape[1]),
      };
      const buffers = { logits, labels, losses, faults, dlogits: logits, loss: k.rowMajor([]) };
      return plan(k.crossEntropy({ logits, reduction: 'mean' }, tuning), buffers);
    },
  },
  mse: loss('mse'),
  l1: loss('l1'),
  bceWithLogits: loss('bceWithLogits'),
  gatherImages: {
    group: 'data',
    dimensions: 'N,C,H,W',
    shape: [batch, 1, 28, 28],
    build: (shape, _, tuning) => {
      const y = k.imageLayout(shape);
      const words = k.imageWords(images, shape.slice(1));
      return one(k.gatherImages({ images, y }, tuning), {
        data: {
          words,
          about: `${images} images of bytes`,
          data: Uint32Array.from({ length: words }, (_, i) => i * 2654435761),
        },
        rows: {
          words: shape[0],
          about: 'row numbers',
          data: Uint32Array.from({ length: shape[0] }, (_, i) => (i * 997) % images),
        },
        faults,
        y,
      });
    },
  },
  sgd: optimizer((blocks, tuning) => k.sgd({ blocks }, tuning), k.sgdHyper({ lr: 1e-3, momentum: 0.9 })),
  adam: optimizer(
    (blocks, tuning) => k.adam({ blocks, decoupled: false }, tuning),
    k.adamHyper({ lr: 1e-3 }, 1),
  ),
  adamW: optimizer(
    (blocks, tuning) => k.adam({ blocks, decoupled: true }, tuning),
    k.adamHyper({ lr: 1e-3, weightDecay: 0.01 }, 1),
  ),
  gradientNormPartials: optimizer((blocks, tuning) => k.gradientNormPartials({ blocks }, tuning)),
  gradientNorm: optimizer((blocks, tuning) => k.gradientNorm({ blocks }, tuning)),
  clipGradients: optimizer((blocks, tuning) => k.clipGradients({ blocks, maxNorm: 1 }, tuning)),
};
