/** Uses of each kernel of TensorFlow.js: inputs and attributes, by the kernel's name (tfjs-core/kernel_names.ts). */
import { floats, wholes } from './cases.ts';

/** A tensor to be made. */
export interface Input {
  readonly dtype: 'float32' | 'int32' | 'bool' | 'complex64';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** What is special about it, then inputs by name (or in a list), then attributes. */
export type Use = readonly [
  title: string,
  inputs: Readonly<Record<string, Input>> | readonly Input[],
  attributes?: Readonly<Record<string, unknown>>,
];

const F = (shape: readonly number[], low = -1, high = 1, seed = 1): Input => ({
  dtype: 'float32',
  shape,
  data: floats(shape, low, high, seed),
});
const I = (shape: readonly number[], low: number, high: number, seed = 1): Input => ({
  dtype: 'int32',
  shape,
  data: wholes(shape, low, high, seed),
});
const B = (shape: readonly number[], seed = 1): Input => ({ ...I(shape, 0, 2, seed), dtype: 'bool' });
const Z = (shape: readonly number[], seed = 1): Input => ({
  dtype: 'complex64',
  shape,
  data: floats([...shape, 2], -1, 1, seed),
});
const list = (shape: readonly number[], ...values: number[]): Input => ({
  dtype: 'int32',
  shape,
  data: Int32Array.from(values),
});
const flat = (shape: readonly number[], ...values: number[]): Input => ({
  dtype: 'float32',
  shape,
  data: Float32Array.from(values),
});

const BIG = [64, 40, 48] as const;
const ODD = [7, 13, 5] as const;

/** Of kernels over one tensor `x` of floats: between which numbers. */
const unary: Readonly<Record<string, readonly [low: number, high: number, attributes?: object]>> = {
  Abs: [-2, 2],
  Acos: [-0.99, 0.99],
  Acosh: [1.01, 9],
  Asin: [-0.99, 0.99],
  Asinh: [-5, 5],
  Atan: [-5, 5],
  Atanh: [-0.95, 0.95],
  Ceil: [-9, 9],
  ClipByValue: [-2, 2, { clipValueMin: -0.5, clipValueMax: 1.25 }],
  Cos: [-6, 6],
  Cosh: [-4, 4],
  Elu: [-3, 3],
  Erf: [-3, 3],
  Exp: [-5, 5],
  Expm1: [-3, 3],
  Floor: [-9, 9],
  IsFinite: [-1, 1],
  IsInf: [-1, 1],
  IsNan: [-1, 1],
  LeakyRelu: [-3, 3, { alpha: 0.2 }],
  Log: [0.01, 9],
  Log1p: [-0.9, 9],
  Neg: [-2, 2],
  Reciprocal: [0.5, 3],
  Relu: [-2, 2],
  Relu6: [-2, 9],
  Round: [-9, 9],
  Rsqrt: [0.1, 9],
  Selu: [-3, 3],
  Sigmoid: [-6, 6],
  Sign: [-2, 2],
  Sin: [-6, 6],
  Sinh: [-4, 4],
  Softplus: [-6, 6],
  Sqrt: [0, 9],
  Square: [-3, 3],
  Step: [-2, 2, { alpha: 0.3 }],
  Tan: [-1.2, 1.2],
  Tanh: [-4, 4],
};

/** Of kernels over `a` and `b`: between which numbers each lies. */
const binary: Readonly<
  Record<string, readonly [a: readonly [number, number], b: readonly [number, number]]>
> = {
  Add: [
    [-1, 1],
    [-1, 1],
  ],
  Atan2: [
    [-1, 1],
    [0.1, 1],
  ],
  Equal: [
    [-1, 1],
    [-1, 1],
  ],
  FloorDiv: [
    [-9, 9],
    [1, 4],
  ],
  Greater: [
    [-1, 1],
    [-1, 1],
  ],
  GreaterEqual: [
    [-1, 1],
    [-1, 1],
  ],
  Less: [
    [-1, 1],
    [-1, 1],
  ],
  LessEqual: [
    [-1, 1],
    [-1, 1],
  ],
  Maximum: [
    [-1, 1],
    [-1, 1],
  ],
  Minimum: [
    [-1, 1],
    [-1, 1],
  ],
  Mod: [
    [-9, 9],
    [1, 4],
  ],
  Multiply: [
    [-1, 1],
    [-1, 1],
  ],
  NotEqual: [
    [-1, 1],
    [-1, 1],
  ],
  Pow: [
    [0.1, 3],
    [-2, 2],
  ],
  RealDiv: [
    [-1, 1],
    [0.5, 2],
  ],
  SquaredDifference: [
    [-1, 1],
    [-1, 1],
  ],
  Sub: [
    [-1, 1],
    [-1, 1],
  ],
};
/** Those that take whole numbers, too. */
const ofWholes = [
  'Add',
  'Equal',
  'FloorDiv',
  'Greater',
  'Less',
  'Maximum',
  'Minimum',
  'Mod',
  'Multiply',
  'Sub',
];

const unaryUses = Object.entries(unary).map(([name, [low, high, attributes]]): [string, Use[]] => [
  name,
  [BIG, ODD].map((shape) => [shape.join('x'), { x: F(shape, low, high) }, { ...attributes }]),
]);

const binaryUses = Object.entries(binary).map(([name, [a, b]]): [string, Use[]] => [
  name,
  [
    ['same shape', { a: F(BIG, ...a), b: F(BIG, ...b, 2) }],
    ['odd', { a: F(ODD, ...a), b: F(ODD, ...b, 2) }],
    ['row', { a: F(BIG, ...a), b: F([BIG[2]], ...b, 2) }],
    ['column', { a: F([64, 1, 48], ...a), b: F([1, 40, 1], ...b, 2) }],
    ...(ofWholes.includes(name) ? [['int32', { a: I(BIG, -9, 9), b: I(BIG, 1, 4, 2) }] as Use] : []),
  ],
]);

const complexUses = ['Add', 'Sub', 'Multiply'].map((name): [string, Use[]] => [
  name,
  [['complex64', { a: Z([8, 9]), b: Z([8, 9], 2) }]],
]);

/** Kernels that reduce `x` over axes; where the axes are called otherwise. */
const reductions = {
  All: 'axis',
  Any: 'axis',
  Max: 'reductionIndices',
  Mean: 'axis',
  Min: 'axis',
  Prod: 'axis',
  Sum: 'axis',
};
const reductionUses = Object.entries(reductions).map(([name, axes]): [string, Use[]] => {
  const x = (shape: readonly number[]) =>
    axes === 'axis' && name.startsWith('A') ? B(shape) : F(shape, name === 'Prod' ? 0.9 : -1, 1.1);
  return [
    name,
    [
      ['last axis', { x: x([512, 300]) }, { [axes]: [1], keepDims: false }],
      ['first axis', { x: x([300, 512]) }, { [axes]: [0], keepDims: true }],
      ['all', { x: x([61, 47]) }, { [axes]: [0, 1], keepDims: false }],
      ['short', { x: x([9, 7, 3]) }, { [axes]: [2], keepDims: false }],
    ],
  ];
});

const indexUses = ['ArgMax', 'ArgMin'].map((name): [string, Use[]] => [
  name,
  [
    ['last axis', { x: F([512, 300]) }, { axis: 1 }],
    ['first axis', { x: F([300, 37]) }, { axis: 0 }],
  ],
]);

const activations: [string, object][] = [
  ['relu', {}],
  ['relu6', {}],
  ['elu', {}],
  ['sigmoid', {}],
  ['leakyrelu', { leakyreluAlpha: 0.2 }],
];

const product = (m: number, k: number, n: number, transposeA = false, transposeB = false): Use => [
  `${m}x${k}x${n}${transposeA ? ' A^T' : ''}${transposeB ? ' B^T' : ''}`,
  {
    a: F(transposeA ? [1, k, m] : [1, m, k]),
    b: F(transposeB ? [1, n, k] : [1, k, n], -1, 1, 2),
  },
  { transposeA, transposeB },
];

const sameConv = { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] };
const conv = (x: number[], filter: number[], options: object = {}): Use => [
  `${x.join('x')} ${filter.join('x')}${Object.values(options)
    .map((value) => ` ${String(value)}`)
    .join('')}`,
  { x: F(x), filter: F(filter, -1, 1, 2) },
  { ...sameConv, ...options },
];

const image = F([2, 17, 19, 8]);
const pool = { filterSize: [3, 3], strides: [2, 2], pad: 'valid' };
const volume = F([1, 9, 10, 11, 4]);
const pool3 = { filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 'valid', dataFormat: 'NDHWC' };
const pooledImage = [2, 8, 9, 8];
const pooledVolume = [1, 4, 5, 5, 4];
const resized = { alignCorners: false, halfPixelCenters: false, size: [31, 23] };
const lrn = { depthRadius: 2, bias: 1, alpha: 0.5, beta: 0.75 };
const boxes = flat([5, 4], 0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1);
const scores = flat([5], 0.9, 0.75, 0.6, 0.95, 0.5);
const boxOptions = { maxOutputSize: 3, iouThreshold: 0.5, scoreThreshold: 0 };

const others: Readonly<Record<string, readonly Use[]>> = {
  AddN: [['three', [F(BIG), F(BIG, -1, 1, 2), F(BIG, -1, 1, 3)]]],
  AvgPool: [
    ['3x3 / 2', { x: image }, pool],
    ['3x3 same', { x: image }, { ...pool, pad: 'same' }],
  ],
  AvgPoolGrad: [['3x3 / 2', { dy: F(pooledImage), input: image }, pool]],
  AvgPool3D: [['2x2x2 / 2', { x: volume }, pool3]],
  AvgPool3DGrad: [['2x2x2 / 2', { dy: F(pooledVolume), input: volume }, pool3]],
  MaxPool: [
    ['3x3 / 2', { x: image }, pool],
    ['2x2 / 2', { x: F([8, 32, 32, 16]) }, { ...pool, filterSize: [2, 2] }],
    ['3x3 same', { x: image }, { ...pool, pad: 'same' }],
  ],
  MaxPoolGrad: [['3x3 / 2', { dy: F(pooledImage), input: image, output: F(pooledImage) }, pool]],
  MaxPool3D: [['2x2x2 / 2', { x: volume }, pool3]],
  MaxPool3DGrad: [['2x2x2 / 2', { dy: F(pooledVolume), input: volume, output: F(pooledVolume) }, pool3]],
  MaxPoolWithArgmax: [['3x3 / 2', { x: image }, { ...pool, includeBatchInIndex: true }]],
  BatchMatMul: [
    product(256, 256, 256),
    product(128, 64, 192, true),
    product(128, 64, 192, false, true),
    product(33, 17, 9),
    product(1, 512, 300),
    product(4, 2000, 4),
    ['batch', { a: F([6, 20, 30]), b: F([6, 30, 40], -1, 1, 2) }, { transposeA: false, transposeB: false }],
    [
      'broadcast',
      { a: F([1, 20, 30]), b: F([6, 30, 40], -1, 1, 2) },
      { transposeA: false, transposeB: false },
    ],
  ],
  _FusedMatMul: activations.map(([activation, more]) => [
    activation,
    { a: F([1, 100, 64]), b: F([1, 64, 72], -1, 1, 2), bias: F([72], -1, 1, 3) },
    { transposeA: false, transposeB: false, activation, ...more },
  ]),
  BatchToSpaceND: [
    [
      '2x2',
      { x: F([8, 9, 11, 5]) },
      {
        blockShape: [2, 2],
        crops: [
          [0, 1],
          [1, 0],
        ],
      },
    ],
  ],
  SpaceToBatchND: [
    [
      '2x2',
      { x: F([2, 9, 11, 5]) },
      {
        blockShape: [2, 2],
        paddings: [
          [0, 1],
          [1, 0],
        ],
      },
    ],
  ],
  Bincount: [['weights', { x: I([1000], 0, 20), weights: F([1000]) }, { size: 20 }]],
  DenseBincount: [
    ['weights', { x: I([1000], 0, 20), weights: F([1000]) }, { size: 20, binaryOutput: false }],
    ['rows', { x: I([20, 50], 0, 9), weights: F([20, 50]) }, { size: 9, binaryOutput: false }],
  ],
  BroadcastArgs: [['', { s0: list([3], 5, 1, 3), s1: list([3], 1, 4, 3) }]],
  Cast: [
    ['to int32', { x: F(BIG, -9, 9) }, { dtype: 'int32' }],
    ['to bool', { x: F(ODD) }, { dtype: 'bool' }],
    ['to float32', { x: I(BIG, -9, 9) }, { dtype: 'float32' }],
  ],
  Complex: [['', { real: F([8, 9]), imag: F([8, 9], -1, 1, 2) }]],
  ComplexAbs: [['', { x: Z([40, 50]) }]],
  Real: [['', { input: Z([8, 9]) }]],
  Imag: [['', { input: Z([8, 9]) }]],
  Concat: [
    ['last axis', [F([100, 40]), F([100, 24], -1, 1, 2), F([100, 8], -1, 1, 3)], { axis: 1 }],
    ['first axis', [F([10, 40]), F([7, 40], -1, 1, 2)], { axis: 0 }],
    ['twelve', Array.from({ length: 12 }, (_, i) => F([9, 5], -1, 1, i)), { axis: 1 }],
  ],
  Conv2D: [
    conv([2, 32, 32, 16], [3, 3, 16, 32]),
    conv([2, 31, 29, 3], [3, 3, 3, 16], { strides: [2, 2] }),
    conv([2, 15, 15, 5], [3, 3, 5, 7], { pad: 'valid' }),
    conv([1, 16, 16, 64], [1, 1, 64, 64]),
    conv([1, 21, 21, 8], [3, 3, 8, 8], { dilations: [2, 2] }),
    conv([2, 16, 17, 18], [3, 3, 16, 32], { dataFormat: 'NCHW', pad: 'valid' }),
    conv([1, 8, 8, 4], [8, 8, 4, 10], { pad: 'valid' }),
  ],
  FusedConv2D: activations.map(([activation, more]) => [
    activation,
    { x: F([2, 16, 16, 8]), filter: F([3, 3, 8, 16], -1, 1, 2), bias: F([16], -1, 1, 3) },
    { ...sameConv, activation, ...more },
  ]),
  Conv2DBackpropFilter: [
    [
      '3x3',
      { x: F([2, 16, 16, 8]), dy: F([2, 16, 16, 12], -1, 1, 2) },
      { ...sameConv, filterShape: [3, 3, 8, 12] },
    ],
  ],
  Conv2DBackpropInput: [
    [
      '3x3',
      { dy: F([2, 16, 16, 12]), filter: F([3, 3, 8, 12], -1, 1, 2) },
      { ...sameConv, inputShape: [2, 16, 16, 8] },
    ],
    [
      'stride 2',
      { dy: F([2, 8, 8, 12]), filter: F([3, 3, 8, 12], -1, 1, 2) },
      { ...sameConv, strides: [2, 2], inputShape: [2, 16, 16, 8] },
    ],
    [
      'odd',
      { dy: F([2, 7, 7, 3]), filter: F([3, 3, 5, 3], -1, 1, 2) },
      { ...sameConv, inputShape: [2, 7, 7, 5] },
    ],
  ],
  Conv3D: [
    [
      '3x3x3',
      { x: F([1, 8, 9, 10, 4]), filter: F([3, 3, 3, 4, 6], -1, 1, 2) },
      { strides: [1, 1, 1], pad: 'same', dataFormat: 'NDHWC', dilations: [1, 1, 1] },
    ],
  ],
  Conv3DBackpropFilterV2: [
    [
      '3x3x3',
      { x: F([1, 8, 9, 10, 4]), dy: F([1, 8, 9, 10, 6], -1, 1, 2) },
      { strides: [1, 1, 1], pad: 'same', filterShape: [3, 3, 3, 4, 6] },
    ],
  ],
  Conv3DBackpropInputV2: [
    [
      '3x3x3',
      { dy: F([1, 8, 9, 10, 6]), filter: F([3, 3, 3, 4, 6], -1, 1, 2) },
      { strides: [1, 1, 1], pad: 'same', inputShape: [1, 8, 9, 10, 4] },
    ],
  ],
  CropAndResize: ['bilinear', 'nearest'].map((method) => [
    method,
    {
      image: F([2, 12, 13, 3]),
      boxes: flat([3, 4], 0, 0, 1, 1, 0.1, 0.2, 0.8, 0.7, -0.2, 0, 1.2, 0.5),
      boxInd: list([3], 0, 1, 1),
    },
    { cropSize: [7, 6], method, extrapolationValue: 0.5 },
  ]),
  Cumsum: [
    ['', { x: F([60, 50]) }, { axis: 1, exclusive: false, reverse: false }],
    ['exclusive, reverse', { x: F([60, 50]) }, { axis: 1, exclusive: true, reverse: true }],
  ],
  Cumprod: [['', { x: F([60, 50], 0.9, 1.1) }, { axis: 1, exclusive: false, reverse: false }]],
  DepthToSpace: [['', { x: F([2, 9, 11, 12]) }, { blockSize: 2, dataFormat: 'NHWC' }]],
  DepthwiseConv2dNative: [
    conv([2, 32, 32, 16], [3, 3, 16, 1]),
    conv([2, 15, 15, 5], [3, 3, 5, 2], { strides: [2, 2] }),
    conv([1, 17, 17, 8], [5, 5, 8, 1], { pad: 'valid' }),
  ],
  FusedDepthwiseConv2D: activations.map(([activation, more]) => [
    activation,
    { x: F([2, 16, 16, 8]), filter: F([3, 3, 8, 1], -1, 1, 2), bias: F([8], -1, 1, 3) },
    { ...sameConv, activation, ...more },
  ]),
  DepthwiseConv2dNativeBackpropFilter: [
    [
      '3x3',
      { x: F([2, 16, 16, 8]), dy: F([2, 16, 16, 8], -1, 1, 2) },
      { ...sameConv, filterShape: [3, 3, 8, 1] },
    ],
  ],
  DepthwiseConv2dNativeBackpropInput: [
    [
      '3x3',
      { dy: F([2, 16, 16, 8]), filter: F([3, 3, 8, 1], -1, 1, 2) },
      { ...sameConv, inputShape: [2, 16, 16, 8] },
    ],
  ],
  Diag: [['', { x: F([40]) }]],
  Dilation2D: [
    [
      '',
      { x: F([2, 12, 13, 4]), filter: F([3, 3, 4], -1, 1, 2) },
      { strides: [1, 1], pad: 'same', dilations: [1, 1] },
    ],
  ],
  Dilation2DBackpropFilter: [
    [
      '',
      { x: F([1, 12, 13, 4]), filter: F([3, 3, 4], -1, 1, 2), dy: F([1, 12, 13, 4], -1, 1, 3) },
      { strides: [1, 1], pad: 'same', dilations: [1, 1] },
    ],
  ],
  Dilation2DBackpropInput: [
    [
      '',
      { x: F([1, 12, 13, 4]), filter: F([3, 3, 4], -1, 1, 2), dy: F([1, 12, 13, 4], -1, 1, 3) },
      { strides: [1, 1], pad: 'same', dilations: [1, 1] },
    ],
  ],
  Einsum: [
    ['ij,jk->ik', [F([20, 30]), F([30, 40], -1, 1, 2)], { equation: 'ij,jk->ik' }],
    ['bij,bjk->bki', [F([3, 20, 30]), F([3, 30, 10], -1, 1, 2)], { equation: 'bij,bjk->bki' }],
  ],
  EluGrad: [['', { dy: F(BIG), y: F(BIG, -0.9, 1, 2) }]],
  ExpandDims: [['', { input: F(ODD) }, { dim: 1 }]],
  FFT: [['', { input: Z([5, 64]) }]],
  IFFT: [['', { input: Z([5, 64]) }]],
  Fill: [['', {}, { shape: [300, 200], value: 1.5, dtype: 'float32' }]],
  FlipLeftRight: [['', { image }]],
  FusedBatchNorm: [
    [
      '',
      {
        x: F([4, 16, 16, 24]),
        scale: F([24], 0.5, 2),
        offset: F([24]),
        mean: F([24]),
        variance: F([24], 0.1, 2),
      },
      { varianceEpsilon: 1e-3 },
    ],
  ],
  GatherNd: [['', { params: F([30, 40, 5]), indices: I([200, 2], 0, 30) }]],
  GatherV2: [
    ['', { x: F([50, 64]), indices: I([300], 0, 50) }, { axis: 0, batchDims: 0 }],
    ['axis 1', { x: F([50, 64]), indices: I([30], 0, 64) }, { axis: 1, batchDims: 0 }],
    ['batch', { x: F([6, 20, 8]), indices: I([6, 10], 0, 20) }, { axis: 1, batchDims: 1 }],
  ],
  Identity: [['', { x: F(ODD) }]],
  LRN: [['', { x: image }, lrn]],
  LRNGrad: [['', { x: image, y: F([2, 17, 19, 8], -1, 1, 2), dy: F([2, 17, 19, 8], -1, 1, 3) }, lrn]],
  LinSpace: [['', {}, { start: 0, stop: 9, num: 100 }]],
  LogicalAnd: [['', { a: B(BIG), b: B(BIG, 2) }]],
  LogicalOr: [['', { a: B(BIG), b: B(BIG, 2) }]],
  LogicalNot: [['', { x: B(BIG) }]],
  MirrorPad: ['reflect', 'symmetric'].map((mode) => [
    mode,
    { x: F([20, 30]) },
    {
      paddings: [
        [2, 3],
        [4, 5],
      ],
      mode,
    },
  ]),
  // One class has all of the probability (e^-200 is 0 as f32): what is drawn does not depend on the generator.
  Multinomial: [
    ['', { logits: flat([2, 3], 0, 200, 0, 200, 0, 0) }, { numSamples: 20, seed: 1, normalized: false }],
  ],
  NonMaxSuppressionV3: [['', { boxes, scores }, boxOptions]],
  NonMaxSuppressionV5: [['', { boxes, scores }, { ...boxOptions, softNmsSigma: 0.5 }]],
  OneHot: [['', { indices: I([300], 0, 20) }, { depth: 20, onValue: 2, offValue: -1, dtype: 'float32' }]],
  OnesLike: [['', { x: F(BIG) }]],
  ZerosLike: [['', { x: F(BIG) }]],
  Pack: [['', [F([20, 30]), F([20, 30], -1, 1, 2)], { axis: 1 }]],
  Unpack: [['', { value: F([5, 20, 6]) }, { axis: 0 }]],
  PadV2: [
    [
      '',
      { x: F([20, 30, 8]) },
      {
        paddings: [
          [2, 3],
          [4, 5],
          [0, 1],
        ],
        constantValue: 0.5,
      },
    ],
  ],
  Prelu: [['', { x: F(BIG), alpha: F(BIG, 0, 1, 2) }]],
  Range: [['', {}, { start: 0, stop: 900, step: 3, dtype: 'float32' }]],
  Reshape: [['', { x: F(ODD) }, { shape: [35, 13] }]],
  ResizeBilinear: [
    ['', { images: image }, resized],
    ['align corners', { images: image }, { ...resized, alignCorners: true }],
    ['half pixels', { images: image }, { ...resized, halfPixelCenters: true }],
  ],
  ResizeBilinearGrad: [['', { images: image, dy: F([2, 31, 23, 8], -1, 1, 2) }, { alignCorners: false }]],
  ResizeNearestNeighbor: [
    ['', { images: image }, resized],
    ['half pixels', { images: image }, { ...resized, halfPixelCenters: true }],
  ],
  ResizeNearestNeighborGrad: [
    ['', { images: image, dy: F([2, 34, 38, 8], -1, 1, 2) }, { alignCorners: false }],
  ],
  Reverse: [['', { x: F([20, 30, 4]) }, { dims: [0, 2] }]],
  RotateWithOffset: [['', { image: F([2, 24, 24, 3]) }, { radians: 0.4, fillValue: 0, center: [0.4, 0.6] }]],
  ScatterNd: [['', { indices: I([60, 1], 0, 20), updates: F([60, 8]) }, { shape: [20, 8] }]],
  TensorScatterUpdate: [
    ['', { tensor: F([20, 8]), indices: list([3, 1], 4, 9, 1), updates: F([3, 8], -1, 1, 2) }],
  ],
  SearchSorted: ['left', 'right'].map((side) => [
    side,
    { sortedSequence: flat([2, 4], 0, 1, 2, 3, -1, 0, 0, 1), values: flat([2, 3], 1, 2.5, 9, 0, -3, 0.5) },
    { side },
  ]),
  Select: [
    ['', { condition: B(BIG), t: F(BIG), e: F(BIG, -1, 1, 2) }],
    ['rows', { condition: B([64]), t: F([64, 30]), e: F([64, 30], -1, 1, 2) }],
  ],
  Slice: [['', { x: F(BIG) }, { begin: [3, 1, 5], size: [50, 30, 40] }]],
  StridedSlice: [
    [
      '',
      { x: F(BIG) },
      {
        begin: [1, 0, 2],
        end: [60, 40, 40],
        strides: [2, 1, 3],
        beginMask: 0,
        endMask: 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: 0,
      },
    ],
  ],
  Softmax: [
    ['', { logits: F([200, 100], -4, 4) }, { dim: 1 }],
    ['short', { logits: F([30, 7], -4, 4) }, { dim: 1 }],
  ],
  SparseSegmentMean: [
    ['', { data: F([20, 8]), indices: list([4], 3, 5, 9, 2), segmentIds: list([4], 0, 0, 1, 2) }],
  ],
  SparseSegmentSum: [
    ['', { data: F([20, 8]), indices: list([4], 3, 5, 9, 2), segmentIds: list([4], 0, 0, 1, 2) }],
  ],
  SparseToDense: [
    [
      '',
      { sparseIndices: list([3, 2], 0, 1, 2, 3, 4, 0), sparseValues: F([3]), defaultValue: flat([], 0.5) },
      { outputShape: [6, 7] },
    ],
  ],
  SplitV: [['', { x: F([40, 60]) }, { numOrSizeSplits: [20, 30, 10], axis: 1 }]],
  Tile: [['', { x: F([20, 30]) }, { reps: [3, 4] }]],
  TopK: [
    ['', { x: F([20, 500]) }, { k: 10, sorted: true }],
    ['1', { x: F([20, 33]) }, { k: 1, sorted: true }],
  ],
  Transform: ['bilinear', 'nearest'].map((interpolation) => [
    interpolation,
    { image: F([1, 24, 24, 3]), transforms: flat([1, 8], 0.9, 0.1, 1, -0.1, 1.1, 2, 0, 0) },
    { interpolation, fillMode: 'constant', fillValue: 0, outputShape: [20, 22] },
  ]),
  Transpose: [
    ['2-D', { x: F([300, 200]) }, { perm: [1, 0] }],
    ['4-D', { x: F([8, 20, 20, 6]) }, { perm: [0, 3, 1, 2] }],
  ],
  UnsortedSegmentSum: [['', { x: F([60, 8]), segmentIds: I([60], 0, 9) }, { numSegments: 9 }]],
};

/** Uses by kernel. */
export const uses: ReadonlyMap<string, readonly Use[]> = [
  ...unaryUses,
  ...binaryUses,
  ...complexUses,
  ...reductionUses,
  ...indexUses,
  ...Object.entries(others),
].reduce(
  (all, [name, more]) => all.set(name, [...(all.get(name) ?? []), ...more]),
  new Map<string, readonly Use[]>(),
);
