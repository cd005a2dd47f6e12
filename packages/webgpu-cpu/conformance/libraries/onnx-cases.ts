/** Uses of each operator of ONNX Runtime: models of one node (github.com/onnx/onnx/blob/main/docs/Operators.md). */
import { floats, wholes } from './cases.ts';

export type ElementType = 'float32' | 'int32' | 'int64' | 'bool' | 'uint8';

/** An input. `constant`: part of the model. */
export interface Input {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  readonly constant?: boolean;
}

/** Numbers with a point are floats; whole ones are integers, unless they are `Real`. */
export type Attribute = number | string | readonly number[] | { readonly real: number };

export interface Use {
  readonly title: string;
  /** Null: left out. */
  readonly inputs: readonly (Input | null)[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  /** Types of the outputs; default one of float32. */
  readonly outputs?: readonly ElementType[];
}

const F = (shape: readonly number[], low = -1, high = 1, seed = 1): Input => ({
  type: 'float32',
  shape,
  data: floats(shape, low, high, seed),
});
const I = (
  shape: readonly number[],
  low: number,
  high: number,
  type: ElementType = 'int32',
  seed = 1,
): Input => ({
  type,
  shape,
  data: wholes(shape, low, high, seed),
});
const B = (shape: readonly number[], seed = 1) => I(shape, 0, 2, 'bool', seed);
/** Part of the model. */
const C = (...values: number[]): Input => ({
  type: 'int64',
  shape: [values.length],
  data: values,
  constant: true,
});
const constant = (input: Input): Input => ({ ...input, constant: true });
const real = (value: number) => ({ real: value });

const BIG = [48, 40, 36];
const ODD = [7, 13, 5];

const unary: Readonly<Record<string, readonly [low: number, high: number, attributes?: Use['attributes']]>> =
  {
    Abs: [-2, 2],
    Acos: [-0.95, 0.95],
    Acosh: [1.1, 9],
    Asin: [-0.95, 0.95],
    Asinh: [-4, 4],
    Atan: [-4, 4],
    Atanh: [-0.9, 0.9],
    Ceil: [-9, 9],
    Cos: [-6, 6],
    Cosh: [-4, 4],
    Elu: [-3, 3, { alpha: real(1.2) }],
    Erf: [-3, 3],
    Exp: [-5, 5],
    Floor: [-9, 9],
    'com.microsoft.Gelu': [-3, 3],
    'com.microsoft.QuickGelu': [-3, 3, { alpha: real(1.702) }],
    'com.microsoft.FastGelu': [-3, 3],
    HardSigmoid: [-4, 4],
    HardSwish: [-4, 4],
    LeakyRelu: [-3, 3, { alpha: real(0.2) }],
    Log: [0.1, 9],
    Neg: [-2, 2],
    Reciprocal: [0.5, 3],
    Relu: [-2, 2],
    Sigmoid: [-5, 5],
    Sin: [-6, 6],
    Sinh: [-4, 4],
    Sqrt: [0, 9],
    Tan: [-1.2, 1.2],
    Tanh: [-4, 4],
    ThresholdedRelu: [-2, 2, { alpha: real(0.7) }],
  };

const binary: Readonly<Record<string, readonly [low: number, high: number, output?: ElementType]>> = {
  Add: [-1, 1],
  Sub: [-1, 1],
  Mul: [-1, 1],
  Div: [0.5, 2],
  Pow: [0.2, 2],
  Equal: [-1, 1, 'bool'],
  Greater: [-1, 1, 'bool'],
  GreaterOrEqual: [-1, 1, 'bool'],
  Less: [-1, 1, 'bool'],
  LessOrEqual: [-1, 1, 'bool'],
};

const reductions = 'L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare'.split(' ');

/** JSEP wants all of them. */
const plainConv = { strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0], group: 1 };
const conv = (x: number[], w: number[], attributes: Use['attributes'] = {}): Use => ({
  title: `${x.join('x')} ${w.join('x')} ${Object.entries(attributes)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}`.trim(),
  inputs: [F(x), constant(F(w, -1, 1, 2)), constant(F([w[0]], -1, 1, 3))],
  attributes: { ...plainConv, kernel_shape: w.slice(2), ...attributes },
});
const one = (
  inputs: Use['inputs'],
  attributes?: Use['attributes'],
  outputs?: Use['outputs'],
  title = '',
): Use => ({
  title,
  inputs,
  attributes,
  outputs,
});

const image = F([2, 8, 17, 19]);
const same: Use['attributes'] = { pads: [1, 1, 1, 1] };
const norm = [F([6, 20, 64]), constant(F([64], 0.5, 1.5, 2)), constant(F([64], -1, 1, 3))];
const msft = 'com.microsoft.';

const others: Readonly<Record<string, readonly Use[]>> = {
  ArgMax: [one([F([60, 50])], { axis: 1 }, ['int64'])],
  ArgMin: [one([F([60, 50])], { axis: 0 }, ['int64'])],
  AveragePool: [one([image], { kernel_shape: [3, 3], strides: [2, 2] })],
  MaxPool: [
    one([image], { kernel_shape: [3, 3], strides: [2, 2] }),
    one([F([4, 16, 32, 32])], { kernel_shape: [2, 2], strides: [2, 2] }, undefined, '2x2'),
  ],
  GlobalAveragePool: [one([image])],
  GlobalMaxPool: [one([image])],
  BatchNormalization: [
    one([image, ...[1, 2, 3].map((seed) => constant(F([8], -1, 1, seed))), constant(F([8], 0.2, 2, 4))]),
  ],
  InstanceNormalization: [one([image, constant(F([8], 0.5, 1.5)), constant(F([8], -1, 1, 2))])],
  LayerNormalization: [one(norm)],
  SimplifiedLayerNormalization: [one(norm.slice(0, 2))],
  Cast: [
    one([F(BIG, -9, 9)], { to: 6 }, ['int32'], 'to int32'),
    one([I(BIG, -9, 9)], { to: 1 }, undefined, 'to float'),
    one([F(ODD)], { to: 9 }, ['bool'], 'to bool'),
  ],
  Clip: [
    one([
      F(BIG),
      { type: 'float32', shape: [], data: [-0.4], constant: true },
      { type: 'float32', shape: [], data: [0.5], constant: true },
    ]),
  ],
  Concat: [
    one([F([20, 30]), F([20, 11], -1, 1, 2)], { axis: 1 }),
    one([F([20, 30]), F([4, 30], -1, 1, 2), F([1, 30], -1, 1, 3)], { axis: 0 }, undefined, 'three'),
  ],
  Conv: [
    conv([2, 16, 24, 24], [32, 16, 3, 3], same),
    conv([2, 3, 31, 29], [16, 3, 3, 3], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    conv([1, 64, 16, 16], [64, 64, 1, 1]),
    conv([2, 8, 16, 16], [8, 1, 3, 3], { group: 8, pads: [1, 1, 1, 1] }),
    conv([1, 8, 16, 16], [12, 4, 3, 3], { group: 2 }),
    conv([1, 5, 15, 15], [7, 5, 3, 3], { dilations: [2, 2] }),
  ],
  [`${msft}FusedConv`]: [conv([2, 8, 16, 16], [12, 8, 3, 3], { activation: 'Relu', ...same })],
  ConvTranspose: [
    one([F([2, 12, 9, 9]), constant(F([12, 8, 3, 3], -1, 1, 2))], { strides: [2, 2], pads: [1, 1, 1, 1] }),
    one([F([1, 4, 9, 9]), constant(F([4, 5, 2, 2], -1, 1, 2))], { strides: [2, 2] }, undefined, '2x2'),
  ],
  CumSum: [one([F([40, 50]), { type: 'int32', shape: [], data: [1], constant: true }])],
  DFT: [one([F([3, 32, 2]), null, { type: 'int64', shape: [], data: [1], constant: true }])],
  DepthToSpace: [one([F([2, 12, 9, 11])], { blocksize: 2 })],
  DequantizeLinear: [
    one([
      I([40, 50], 0, 255, 'uint8'),
      constant({ ...F([1], 0.1, 0.2), shape: [] }),
      constant({ ...I([1], 99, 100, 'uint8'), shape: [] }),
    ]),
  ],
  Einsum: [
    one([F([20, 30]), F([30, 40], -1, 1, 2)], { equation: 'ij,jk->ik' }),
    one([F([3, 20, 30]), F([3, 30, 10], -1, 1, 2)], { equation: 'bij,bjk->bik' }, undefined, 'batch'),
  ],
  Expand: [one([F([1, 40]), C(30, 40)])],
  Flatten: [one([F(ODD)], { axis: 1 })],
  Gather: [
    one([F([50, 30]), I([40], 0, 50, 'int64')], { axis: 0 }),
    one([F([50, 30]), I([4], 0, 30, 'int64')], { axis: 1 }, undefined, 'axis 1'),
  ],
  GatherElements: [one([F([50, 30]), I([50, 4], 0, 30, 'int64')], { axis: 1 })],
  GatherND: [one([F([30, 40, 5]), I([60, 2], 0, 30, 'int64')])],
  Gemm: [
    one([F([100, 64]), F([64, 72], -1, 1, 2), F([72], -1, 1, 3)]),
    one(
      [F([64, 33]), F([9, 64], -1, 1, 2), F([9], -1, 1, 3)],
      { transA: 1, transB: 1, alpha: real(0.5) },
      undefined,
      'transposed',
    ),
  ],
  GridSample: [one([F([1, 3, 12, 13]), F([1, 7, 9, 2])])],
  LogSoftmax: [one([F([100, 60], -4, 4)], { axis: 1 })],
  Softmax: [
    one([F([100, 60], -4, 4)], { axis: 1 }),
    one([F([7, 13, 5])], { axis: 1 }, undefined, 'middle axis'),
  ],
  MatMul: [
    one([F([160, 200]), F([200, 120], -1, 1, 2)]),
    one([F([33, 17]), F([17, 9], -1, 1, 2)], undefined, undefined, 'odd'),
    one([F([5, 20, 32]), F([5, 32, 12], -1, 1, 2)], undefined, undefined, 'batch'),
  ],
  Not: [one([B(BIG)], undefined, ['bool'])],
  Pad: ['constant', 'reflect', 'edge'].map((mode) =>
    one([F([20, 30]), C(1, 2, 3, 0)], { mode }, undefined, mode),
  ),
  Range: [
    one(
      [0, 60, 2].map((value): Input => ({ type: 'int32', shape: [], data: [value], constant: true })),
      undefined,
      ['int32'],
    ),
  ],
  Reshape: [one([F(ODD), C(35, 13)])],
  Resize: ['nearest', 'linear'].map((mode) =>
    one([F([1, 3, 12, 13]), null, null, C(1, 3, 20, 25)], { mode }, undefined, mode),
  ),
  ScatterND: [one([F([50, 30]), constant(I([3, 1], 0, 50, 'int64')), F([3, 30], -1, 1, 2)])],
  Shape: [one([F(ODD)], undefined, ['int64'])],
  Slice: [one([F([40, 50]), C(3, 4), C(30, 45), C(0, 1), C(2, 1)])],
  Split: [one([F([20, 30]), C(12, 18)], { axis: 1 }, ['float32', 'float32'])],
  Squeeze: [one([F([7, 1, 5]), C(1)])],
  Unsqueeze: [one([F(ODD), C(1)])],
  Tile: [one([F([20, 30]), C(2, 3)])],
  Transpose: [
    one([F([150, 130])], { perm: [1, 0] }),
    one([F([4, 12, 10, 6])], { perm: [0, 3, 1, 2] }, undefined, '4-D'),
  ],
  Where: [one([B(BIG), F(BIG), F(BIG, -1, 1, 2)])],
  [`${msft}BiasAdd`]: [one([F([2, 64, 320]), constant(F([320])), F([2, 64, 320], -1, 1, 2)])],
  [`${msft}BiasSplitGelu`]: [one([F([2, 16, 2560]), constant(F([2560]))])],
  [`${msft}SkipLayerNormalization`]: [one([norm[0], F([6, 20, 64], -1, 1, 5), norm[1], norm[2]])],
  [`${msft}SkipSimplifiedLayerNormalization`]: [one([norm[0], F([6, 20, 64], -1, 1, 5), norm[1]])],
  [`${msft}MultiHeadAttention`]: [
    one([F([2, 12, 64]), F([2, 12, 64], -1, 1, 2), F([2, 12, 64], -1, 1, 3)], { num_heads: 4 }),
  ],
  [`${msft}Attention`]: [
    one([F([2, 12, 64]), constant(F([64, 192], -0.2, 0.2, 2)), constant(F([192], -1, 1, 3))], {
      num_heads: 4,
    }),
  ],
  [`${msft}GroupQueryAttention`]: [
    {
      title: '',
      inputs: [
        F([1, 8, 64]),
        F([1, 8, 32], -1, 1, 2),
        F([1, 8, 32], -1, 1, 3),
        F([1, 2, 0, 16]),
        F([1, 2, 0, 16]),
        { type: 'int32', shape: [1], data: [7] },
        { type: 'int32', shape: [1], data: [8], constant: true },
      ],
      attributes: { num_heads: 4, kv_num_heads: 2 },
      outputs: ['float32', 'float32', 'float32'],
    },
  ],
  [`${msft}RotaryEmbedding`]: [
    one([F([1, 8, 64]), I([1, 8], 0, 8, 'int64'), constant(F([10, 8])), constant(F([10, 8], -1, 1, 2))], {
      num_heads: 4,
    }),
  ],
  [`${msft}MatMulNBits`]: [
    one([F([5, 64]), constant(I([24, 2, 16], 0, 256, 'uint8')), constant(F([48], 0.01, 0.1))], {
      K: 64,
      N: 24,
      bits: 4,
      block_size: 32,
    }),
  ],
  [`${msft}GatherBlockQuantized`]: [],
};

/** Uses by operator: `Exp`, `com.microsoft.Gelu`. */
export const uses: ReadonlyMap<string, readonly Use[]> = new Map<string, readonly Use[]>([
  ...Object.entries(unary).map(([name, [low, high, attributes]]): [string, Use[]] => [
    name,
    [BIG, ODD].map((shape) => ({ title: shape.join('x'), inputs: [F(shape, low, high)], attributes })),
  ]),
  ...Object.entries(binary).map(([name, [low, high, output = 'float32']]): [string, Use[]] => [
    name,
    [
      one([F(BIG, low, high), F(BIG, low, high, 2)], undefined, [output], 'same shape'),
      one([F(ODD, low, high), F([5], low, high, 2)], undefined, [output], 'row'),
      one([F([48, 1, 36], low, high), F([40, 1], low, high, 2)], undefined, [output], 'column'),
    ],
  ]),
  ...reductions.map((name): [string, Use[]] => [
    `Reduce${name}`,
    [
      one([F([60, 150], 0.9, 1.1), C(1)], { keepdims: 0 }, undefined, 'last axis'),
      one([F([150, 60], 0.9, 1.1), C(0)], { keepdims: 1 }, undefined, 'first axis'),
      one([F(ODD, 0.9, 1.1), C(0, 2)], { keepdims: 0 }, undefined, 'two axes'),
    ],
  ]),
  ...Object.entries(others).filter(([, list]) => list.length > 0),
]);
