/** Uses of each function of jax-js. What a use returns may be an array, or arrays in lists and objects. */
import { floats, wholes } from './cases.ts';

// biome-ignore lint/suspicious/noExplicitAny: installed on demand, without types in this project
type Any = any;

export type Make = (jax: Any) => unknown;
export type Use = readonly [title: string, make: Make];

/** Of all functions: what is no computation. Parts of names as regular expressions. */
const noComputations: readonly (readonly [RegExp, string])[] = [
  [
    /\.(finfo|iinfo|isscalar|ndim|promoteTypes|resultType|shape|size|broadcastShapes)$/,
    'says something of types and shapes',
  ],
];

export const excludedFrom = (name: string): string | undefined =>
  noComputations.find(([pattern]) => pattern.test(name))?.[1];

export const excluded: Readonly<Record<string, string>> = {};

const BIG = [48, 40, 36];
const ODD = [7, 13, 5];
const F =
  (shape: readonly number[], low = -1, high = 1, seed = 1) =>
  ({ numpy }: Any) =>
    numpy.array(floats(shape, low, high, seed)).reshape([...shape]);
const I =
  (shape: readonly number[], low = 0, high = 9, seed = 1) =>
  ({ numpy }: Any) =>
    numpy.array(wholes(shape, low, high, seed)).reshape([...shape]);
const B =
  (shape: readonly number[], seed = 1) =>
  (jax: Any) =>
    I(shape, 0, 2, seed)(jax).greater(0);

type Maker = (jax: Any) => Any;

/** A function by its path: `numpy.linalg.det`. */
const find = (jax: Any, path: string): ((...args: Any[]) => unknown) =>
  path.split('.').reduce((space, name) => space[name], jax);

/** `f(a, b, …, more)`. */
const call =
  (path: string, makers: readonly Maker[], ...more: unknown[]): Make =>
  (jax) =>
    find(jax, path)(...makers.map((make) => make(jax)), ...more);

/** Functions of one array of floats: between which numbers. */
const unary: readonly (readonly [space: string, low: number, high: number, names: string])[] = [
  ['numpy', -3, 3, 'abs absolute arctan arcsinh asinh atan cbrt ceil cos deg2rad degrees exp exp2'],
  ['numpy', -3, 3, 'expm1 floor isfinite isinf isnan isneginf isposinf logicalNot negative positive rad2deg'],
  [
    'numpy',
    -3,
    3,
    'radians rint round sign signbit sin sinc sinh cosh square tanh trunc nanToNum onesLike zerosLike',
  ],
  ['numpy', -0.95, 0.95, 'acos arccos arcsin asin arctanh atanh tan'],
  ['numpy', 1.1, 9, 'acosh arccosh'],
  ['numpy', 0.1, 9, 'log log10 log1p log2 reciprocal sqrt'],
  ['numpy', -3, 3, 'frexp modf ravel flip flipud fliplr rot90 matrixTranspose transpose permuteDims'],
  [
    'nn',
    -3,
    3,
    'celu elu gelu hardSigmoid hardSilu hardSwish hardTanh identity leakyRelu logSigmoid mish relu relu6',
  ],
  ['nn', -3, 3, 'selu sigmoid silu softSign softplus sparsePlus sparseSigmoid squareplus swish'],
  ['nn', 0.1, 5, 'log1mexp'],
  ['lax', -3, 3, 'erf erfc stopGradient'],
  ['scipySpecial', -3, 3, 'erf erfc'],
  ['scipySpecial', 0.05, 0.95, 'logit'],
];

/** Functions of two arrays of floats: between which numbers each lies. */
const binary: readonly (readonly [
  a: readonly [number, number],
  b: readonly [number, number],
  names: string,
])[] = [
  [
    [-1, 1],
    [-1, 1],
    'add subtract multiply maximum minimum fmax fmin less lessEqual greater greaterEqual equal',
  ],
  [[-1, 1], [-1, 1], 'notEqual hypot logaddexp logaddexp2 copysign heaviside'],
  [[-9, 9], [1, 4], 'divide trueDivide floorDivide divmod fmod remainder atan2 arctan2'],
  [[0.1, 3], [-2, 2], 'pow power floatPower'],
];

const ofBools = ['logicalAnd', 'logicalOr', 'logicalXor'];
const ofWholes = ['bitwiseAnd', 'bitwiseOr', 'bitwiseXor'];

/** Functions that reduce over an axis, in `numpy` unless named. */
const reductions =
  'sum prod min max mean argmin argmax nansum nanprod nanmin nanmax nanmean nanargmin nanargmax ptp std var_ ' +
  'nanstd nanvar countNonzero average';

const scans = 'cumsum cumprod nancumsum nancumprod diff sort argsort';

const entries: [string, Use[]][] = [];
const add = (path: string, ...list: Use[]) => entries.push([path, list]);

for (const [space, low, high, names] of unary) {
  for (const name of names.split(' ')) {
    add(
      `${space}.${name}`,
      ['large', call(`${space}.${name}`, [F(BIG, low, high)])],
      ['odd', call(`${space}.${name}`, [F(ODD, low, high)])],
    );
  }
}
for (const [a, b, names] of binary) {
  for (const name of names.split(' ')) {
    const path = `numpy.${name}`;
    add(
      path,
      ['same shape', call(path, [F(BIG, ...a), F(BIG, ...b, 2)])],
      ['row', call(path, [F(ODD, ...a), F([5], ...b, 2)])],
    );
  }
}
for (const name of ofBools) add(`numpy.${name}`, ['', call(`numpy.${name}`, [B(BIG), B(BIG, 2)])]);
for (const name of ofWholes)
  add(`numpy.${name}`, ['', call(`numpy.${name}`, [I(BIG, 0, 999), I(BIG, 0, 999, 2)])]);
for (const name of ['leftShift', 'rightShift', 'bitwiseLeftShift', 'bitwiseRightShift'])
  add(`numpy.${name}`, ['', call(`numpy.${name}`, [I(BIG, 0, 999), I(BIG, 0, 9, 2)])]);
for (const name of ['bitwiseNot', 'bitwiseInvert', 'invert', 'bitwiseCount'])
  add(`numpy.${name}`, ['', call(`numpy.${name}`, [I(BIG, 0, 99999)])]);
for (const name of reductions.split(' ')) {
  const x = (shape: readonly number[]) => F(shape, name.includes('prod') ? 0.9 : -1, 1.1);
  add(
    `numpy.${name}`,
    ['all', call(`numpy.${name}`, [x(ODD)])],
    ['first axis', call(`numpy.${name}`, [x([300, 64])], 0)],
    ['last axis', call(`numpy.${name}`, [x([64, 300])], 1)],
  );
}
for (const name of ['all', 'any'])
  add(
    `numpy.${name}`,
    ['', call(`numpy.${name}`, [B([60, 50])], 1)],
    ['all axes', call(`numpy.${name}`, [B(ODD)])],
  );
for (const name of scans.split(' ')) {
  const axis = name === 'diff' ? [1, 1] : [1];
  add(`numpy.${name}`, ['', call(`numpy.${name}`, [F([40, 61], 0.9, 1.1)], ...axis)]);
}
for (const name of ['softmax', 'logSoftmax', 'logsumexp']) {
  for (const space of ['nn', 'scipySpecial'])
    add(`${space}.${name}`, ['', call(`${space}.${name}`, [F([100, 60], -4, 4)], -1)]);
}
for (const name of ['logmeanexp', 'standardize', 'glu'])
  add(`nn.${name}`, ['', call(`nn.${name}`, [F([100, 60], -4, 4)], -1)]);

const two = (shape: readonly number[], other: readonly number[]) => [F(shape), F(other, -1, 1, 2)];
/** A matrix of which the parts of the diagonal are large. */
const regular =
  (n: number): Maker =>
  (jax) =>
    F([n, n])(jax).add(jax.numpy.eye(n).mul(n));
/** A positive definite one. */
const definite =
  (n: number): Maker =>
  (jax) => {
    const a = F([n, n])(jax);
    return jax.numpy.matmul(a.ref, a.transpose()).add(jax.numpy.eye(n).mul(n));
  };
const list =
  (...makers: Maker[]): Maker =>
  (jax) =>
    makers.map((make) => make(jax));
const pair: Maker = (jax) => ({ real: F([6, 64])(jax), imag: F([6, 64], -1, 1, 2)(jax) });
const pair2: Maker = (jax) => ({ real: F([16, 32])(jax), imag: F([16, 32], -1, 1, 2)(jax) });

/** With the arguments that follow the arrays. */
const others: Readonly<Record<string, readonly (readonly [makers: readonly Maker[], ...more: unknown[]])[]>> =
  {
    'numpy.matmul': [
      [two([160, 200], [200, 120])],
      [two([33, 17], [17, 9])],
      [two([5, 20, 30], [5, 30, 10])],
    ],
    'numpy.dot': [[two([80, 90], [90, 70])]],
    'numpy.inner': [[two([40, 30], [50, 30])]],
    'numpy.outer': [[two([300], [200])]],
    'numpy.tensordot': [[two([10, 20, 30], [20, 30, 8]), 2]],
    'numpy.matvec': [[two([60, 50], [50])]],
    'numpy.vecmat': [[two([60], [60, 50])]],
    'numpy.vecdot': [[two([60, 50], [60, 50])]],
    'numpy.vdot': [[two([300], [300])]],
    'numpy.cross': [[two([50, 3], [50, 3])]],
    'numpy.convolve': [
      [two([200], [9]), 'full'],
      [two([200], [9]), 'same'],
    ],
    'numpy.correlate': [[two([200], [9]), 'valid']],
    'numpy.append': [[two([20, 5], [7, 5]), 0]],
    'numpy.array': [[[F(ODD)]]],
    'numpy.arraySplit': [[[F([20, 7])], 3, 0]],
    'numpy.split': [[[F([20, 6])], 4, 0]],
    'numpy.hsplit': [[[F([20, 6])], 3]],
    'numpy.vsplit': [[[F([20, 6])], 4]],
    'numpy.dsplit': [[[F([4, 5, 6])], 3]],
    'numpy.unstack': [[[F([4, 5])], 0]],
    'numpy.concatenate': [
      [[list(F([20, 30]), F([20, 11]))], 1],
      [[list(F([20, 30]), F([4, 30]))], 0],
    ],
    'numpy.stack': [[[list(F([20, 30]), F([20, 30], -1, 1, 2))], 1]],
    'numpy.hstack': [[[list(F([20, 30]), F([20, 3]))]]],
    'numpy.vstack': [[[list(F([20, 30]), F([2, 30]))]]],
    'numpy.dstack': [[[list(F([20, 30]), F([20, 30], -1, 1, 2))]]],
    'numpy.columnStack': [[[list(F([20]), F([20], -1, 1, 2))]]],
    'numpy.astype': [
      [[F(BIG, -9, 9)], 'int32'],
      [[I(BIG)], 'float32'],
    ],
    'numpy.around': [[[F(BIG, -9, 9)]]],
    'numpy.broadcastTo': [[[F([40])], [30, 40]]],
    'numpy.broadcastArrays': [[two([30, 1], [1, 40])]],
    'numpy.clip': [[[F(BIG)], -0.5, 0.4]],
    'numpy.corrcoef': [[[F([5, 60])]]],
    'numpy.cov': [[[F([5, 60])]]],
    'numpy.cumulativeSum': [[[F([40, 61])], { axis: 1 }]],
    'numpy.cumulativeProd': [[[F([40, 61], 0.9, 1.1)], { axis: 1 }]],
    'numpy.diag': [[[F([30])]], [[F([30, 30])], 1]],
    'numpy.diagflat': [[[F([5, 6])]]],
    'numpy.diagonal': [[[F([30, 40])], 1]],
    'numpy.diagIndices': [[[], 9]],
    'numpy.diagIndicesFrom': [[[F([9, 9])]]],
    'numpy.ediff1d': [[[F([50])]]],
    'numpy.expandDims': [[[F(ODD)], 1]],
    'numpy.squeeze': [[[F([7, 1, 5])], 1]],
    'numpy.reshape': [[[F(ODD)], [35, 13]]],
    'numpy.moveaxis': [[[F(ODD)], 0, 2]],
    'numpy.swapaxes': [[[F(ODD)], 0, 2]],
    'numpy.ldexp': [[[F(BIG), F(BIG, -3, 4, 2)]]],
    'numpy.isin': [[[I([50], 0, 20), I([6], 0, 20, 2)]]],
    'numpy.pad': [
      [
        [F([20, 30])],
        [
          [1, 2],
          [3, 0],
        ],
      ],
    ],
    'numpy.polyadd': [[two([4], [6])]],
    'numpy.polysub': [[two([4], [6])]],
    'numpy.polymul': [[two([4], [6])]],
    'numpy.polyder': [[[F([6])]]],
    'numpy.polyval': [[two([4], [300])]],
    'numpy.repeat': [[[F([20, 30])], 3, 1]],
    'numpy.roll': [[[F([20, 30])], 7, 1]],
    'numpy.tile': [[[F([20, 30])], [2, 3]]],
    'numpy.take': [[[F([50, 30]), I([40], 0, 50)], 0]],
    'numpy.takeAlongAxis': [[[F([50, 30]), I([50, 4], 0, 30)], 1]],
    'numpy.trace': [[[F([30, 30])]]],
    'numpy.trapezoid': [[[F([60])]]],
    'numpy.tril': [[[F([30, 40])]]],
    'numpy.triu': [[[F([30, 40])], 1]],
    'numpy.unwrap': [[[F([50], -9, 9)]]],
    'numpy.vander': [[[F([20])]]],
    'numpy.where': [[[B(BIG), F(BIG), F(BIG, -1, 1, 2)]]],
    'numpy.select': [[[list(B([50]), B([50], 2)), list(F([50]), F([50], -1, 1, 2))], 0.5]],
    'numpy.meshgrid': [[[list(F([20]), F([30]))]]],
    'numpy.allclose': [[two([20], [20])]],
    'numpy.arrayEqual': [[two([20], [20])]],
    'numpy.arrayEquiv': [[two([20], [20])]],
    'numpy.arange': [[[], 3, 90, 2]],
    'numpy.bartlett': [[[], 50]],
    'numpy.blackman': [[[], 50]],
    'numpy.hann': [[[], 50]],
    'numpy.eye': [[[], 30, 40]],
    'numpy.identity': [[[], 30]],
    'numpy.full': [[[], [30, 40], 2.5]],
    'numpy.fullLike': [[[F(ODD)], 2.5]],
    'numpy.ones': [[[], [30, 40]]],
    'numpy.zeros': [[[], [30, 40]]],
    'numpy.tri': [[[], 30, 40]],
    'numpy.indices': [[[], [5, 6]]],
    'numpy.linspace': [[[], 0, 5, 60]],
    'numpy.logspace': [[[], 0, 2, 60]],
    'numpy.geomspace': [[[], 1, 100, 60]],
    'numpy.linalg.cholesky': [[[definite(24)]]],
    'numpy.linalg.cross': [[two([50, 3], [50, 3])]],
    'numpy.linalg.det': [[[regular(12)]]],
    'numpy.linalg.diagonal': [[[F([30, 40])]]],
    'numpy.linalg.eigvalsh': [[[definite(12)]]],
    'numpy.linalg.inv': [[[regular(20)]]],
    'numpy.linalg.lstsq': [[two([30, 6], [30, 2])]],
    'numpy.linalg.matmul': [[two([60, 50], [50, 40])]],
    'numpy.linalg.matrixNorm': [[[F([30, 20])]]],
    'numpy.linalg.matrixPower': [[[F([12, 12])], 3]],
    'numpy.linalg.matrixTranspose': [[[F([30, 20])]]],
    'numpy.linalg.multiDot': [[[list(F([20, 30]), F([30, 10]), F([10, 25]))]]],
    'numpy.linalg.norm': [[[F([30, 20])]]],
    'numpy.linalg.outer': [[two([30], [20])]],
    'numpy.linalg.slogdet': [[[regular(12)]]],
    'numpy.linalg.solve': [[[regular(20), F([20, 3])]]],
    'numpy.linalg.svdvals': [[[F([12, 8])]]],
    'numpy.linalg.tensordot': [[two([10, 20, 30], [20, 30, 8]), { axes: 2 }]],
    'numpy.linalg.trace': [[[F([30, 30])]]],
    'numpy.linalg.vecdot': [[two([60, 50], [60, 50])]],
    'numpy.linalg.vectorNorm': [[[F([30, 20])]]],
    'numpy.fft.fft': [[[pair]]],
    'numpy.fft.ifft': [[[pair]]],
    'numpy.fft.fft2': [[[pair2]]],
    'numpy.fft.ifft2': [[[pair2]]],
    'numpy.fft.fftn': [[[pair2]]],
    'numpy.fft.ifftn': [[[pair2]]],
    'numpy.fft.rfft': [[[F([6, 64])]]],
    'numpy.fft.irfft': [[[pair2]]],
    'numpy.fft.rfft2': [[[F([16, 32])]]],
    'numpy.fft.rfftn': [[[F([16, 32])]]],
    'numpy.fft.irfft2': [[[pair2]]],
    'numpy.fft.irfftn': [[[pair2]]],
    'numpy.fft.hfft': [[[pair2]]],
    'numpy.fft.ihfft': [[[F([6, 64])]]],
    'numpy.fft.fftfreq': [[[], 64]],
    'numpy.fft.rfftfreq': [[[], 64]],
    'numpy.fft.fftshift': [[[F([6, 64])]]],
    'numpy.fft.ifftshift': [[[F([6, 64])]]],
    'lax.bitcastConvertType': [[[F(BIG)], 'int32']],
    'lax.conv': [
      [two([2, 8, 16, 16], [12, 8, 3, 3]), [1, 1], 'SAME'],
      [two([2, 3, 17, 17], [5, 3, 3, 3]), [2, 2], 'VALID'],
    ],
    'lax.convGeneralDilated': [[two([2, 8, 12, 12], [12, 8, 3, 3]), [1, 1], 'SAME', { rhsDilation: [2, 2] }]],
    'lax.convWithGeneralPadding': [
      [
        two([2, 8, 12, 12], [12, 8, 3, 3]),
        [1, 1],
        [
          [1, 0],
          [2, 1],
        ],
      ],
    ],
    'lax.convTranspose': [[two([2, 8, 10, 10], [6, 8, 3, 3]), [2, 2], 'SAME']],
    'lax.dot': [[two([40, 30], [30, 20])]],
    'lax.topK': [[[F([20, 60])], 5]],
    'lax.linalg.cholesky': [[[definite(24)]]],
    'lax.linalg.lu': [[[regular(20)]]],
    'lax.linalg.triangularSolve': [[[regular(20), F([20, 3])], { leftSide: true, lower: true }]],
    'nn.oneHot': [[[I([300], 0, 20)], 20]],
    'nn.dotProductAttention': [
      [[F([2, 12, 4, 16]), F([2, 12, 4, 16], -1, 1, 2), F([2, 12, 4, 16], -1, 1, 3)]],
    ],
  };
for (const [path, list] of Object.entries(others)) {
  add(path, ...list.map(([makers, ...more]): Use => ['', call(path, makers, ...more)]));
}
add('numpy.applyAlongAxis', [
  '',
  (jax) => jax.numpy.applyAlongAxis((x: Any) => jax.numpy.sum(x), 1, F([20, 30])(jax)),
]);
add('numpy.applyOverAxes', [
  '',
  (jax) =>
    jax.numpy.applyOverAxes(
      (x: Any, axis: number) => jax.numpy.sum(x, axis, { keepdims: true }),
      F([20, 30])(jax),
      [0, 1],
    ),
]);
add(
  'numpy.einsum',
  ...['ij,jk->ik', 'bij,bkj->bik', 'ii->i'].map(
    (text): Use => [
      text,
      (jax) => {
        const shapes = {
          'ij,jk->ik': [
            [20, 30],
            [30, 40],
          ],
          'bij,bkj->bik': [
            [3, 20, 30],
            [3, 10, 30],
          ],
          'ii->i': [[20, 20]],
        }[text]!;
        return jax.numpy.einsum(text, ...shapes.map((shape, i) => F(shape, -1, 1, i + 1)(jax)));
      },
    ],
  ),
);
add('numpy.fromfunction', ['', (jax) => jax.numpy.fromfunction((i: Any, j: Any) => i.add(j), [5, 6])]);
add('lax.reduceWindow', [
  '',
  (jax) => jax.lax.reduceWindow(F([2, 3, 16, 16])(jax), jax.numpy.max, [2, 2], [2, 2]),
]);
/** Vectors may have another sign: what they make up is compared. */
const whole = (u: Any, s: Any, v: Any, jax: Any) => [s.ref, jax.numpy.matmul(u.mul(s), v)];
add('numpy.linalg.svd', [
  '',
  (jax) => {
    const [u, s, vt] = jax.numpy.linalg.svd(F([12, 8])(jax), { fullMatrices: false });
    return whole(u, s, vt, jax);
  },
]);
add('lax.linalg.svd', [
  '',
  (jax) => {
    const [u, s, vt] = jax.lax.linalg.svd(F([12, 8])(jax), { fullMatrices: false });
    return whole(u, s, vt, jax);
  },
]);
add('numpy.linalg.eigh', [
  '',
  (jax) => {
    const [w, v] = jax.numpy.linalg.eigh(definite(12)(jax));
    return whole(v.ref, w, v.transpose(), jax);
  },
]);
add('lax.linalg.eigh', [
  '',
  (jax) => {
    const [a, b] = jax.lax.linalg.eigh(definite(12)(jax));
    const [w, v] = a.ndim === 1 ? [a, b] : [b, a];
    return whole(v.ref, w, v.transpose(), jax);
  },
]);

/** Random numbers are functions of their key: they are the same on both. */
const random: Readonly<Record<string, readonly unknown[]>> = {
  ball: [3, { shape: [50] }],
  bernoulli: [0.3, [50, 40]],
  bits: [[50, 40]],
  cauchy: [[50, 40]],
  choice: [60, { shape: [20] }],
  doubleSidedMaxwell: [0, 1, [50]],
  exponential: [[50, 40]],
  geometric: [0.3, { shape: [50] }],
  gumbel: [[50, 40]],
  laplace: [[50, 40]],
  logistic: [[50, 40]],
  lognormal: [1, [50]],
  maxwell: [[50]],
  normal: [[50, 40]],
  pareto: [2, [50]],
  permutation: [60],
  rademacher: [{ shape: [50, 40] }],
  randint: [{ minval: 0, maxval: 99, shape: [50, 40] }],
  rayleigh: [1, [50]],
  split: [5],
  triangular: [0, 0.5, 1, [50]],
  uniform: [[50, 40]],
  weibullMin: [1, 2, [50]],
};
const key = ({ random }: Any) => random.key(7);
for (const [name, more] of Object.entries(random))
  add(`random.${name}`, ['', call(`random.${name}`, [key], ...more)]);
add('random.key', ['', key]);
add('random.categorical', ['', call('random.categorical', [key, F([30, 6])])]);
add('random.multivariateNormal', ['', call('random.multivariateNormal', [key, F([4]), definite(4)], [20])]);

/** Gradients, and functions that are compiled whole. */
const net = (jax: Any) => (w: Any, x: Any) =>
  jax.numpy.sum(jax.nn.logSoftmax(jax.numpy.tanh(jax.numpy.matmul(x, w)), -1));
add('grad', ['of a net', (jax) => jax.grad(net(jax))(F([20, 30])(jax), F([40, 20], -1, 1, 2)(jax))]);
add('jit', [
  'of a gradient',
  (jax) => jax.jit(jax.grad(net(jax)))(F([20, 30])(jax), F([40, 20], -1, 1, 2)(jax)),
]);
add('jit', [
  'of a gradient of lax.conv',
  (jax) =>
    jax.jit(jax.grad((w: Any, x: Any) => jax.numpy.sum(jax.nn.relu(jax.lax.conv(x, w, [2, 2], 'SAME')))))(
      F([6, 4, 3, 3])(jax),
      F([2, 4, 16, 16], -1, 1, 2)(jax),
    ),
]);
add('vmap', [
  'of a product',
  (jax) => jax.vmap((x: Any, y: Any) => jax.numpy.dot(x, y))(F([30, 20])(jax), F([30, 20], -1, 1, 2)(jax)),
]);

export const uses: ReadonlyMap<string, readonly Use[]> = entries.reduce(
  (all, [path, list]) => all.set(path, [...(all.get(path) ?? []), ...list]),
  new Map<string, readonly Use[]>(),
);
