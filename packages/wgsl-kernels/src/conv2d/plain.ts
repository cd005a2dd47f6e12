/**
 * The convolution and its gradients as one would write them down. In WGSL an invocation computes one number, in loops
 * over everything that it is a sum of, for every shape and layout; a fast form says at its top what it adds to that. In
 * float64 (the oracles) one loop visits all products; every kernel is compared with these on every device.
 */
import type { Constants } from '../constants.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { aboutEpilogue, type ConvEpilogue, epilogueBindings, finished } from './epilogue.ts';
import { conv2dLayouts } from './layouts.ts';
import {
  type Conv2dSpec,
  conv2dDilation,
  conv2dFilterShape,
  conv2dFlop,
  conv2dOutputSize,
  tapDistance,
  tapDistances,
} from './spec.ts';

/** `conv2dForward`, plainly: same buffers, in any layout of `conv2dLayouts`. @throws RangeError as it does. */
export function conv2dForwardPlain(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
): Kernel {
  const { x, weight, y } = conv2dLayouts(spec);
  const group = groupOf(spec, 'k', 'c');
  const [r, s] = tapDistances(spec, 'dilation');
  return plainKernel(spec, machine, {
    name: 'conv2dForwardPlain',
    formula: `y[n,k,p,q] = sum_{c,r,s} x[n, c, p*stride + ${r} - padding, q*stride + ${s} - padding] * weight[k,c,r,s]`,
    inputs: { x, weight },
    output: ['y', y],
    epilogue,
    body: `${group.first}var sum = ${epilogue.bias ? 'bias[k]' : '0.0'};
for (var r = 0u; r < R; r++) {
  var row = 0.0;
  for (var s = 0u; s < S; s++) {
    // Below 0 these wrap around to huge numbers.
    let h = p * STRIDE_Y + ${tapDistance(spec, 'r', 0)} - PADDING_Y;
    let w = q * STRIDE_X + ${tapDistance(spec, 's', 1)} - PADDING_X;
    if (h < H && w < W) {
      for (var c = 0u; c < ${group.count}; c++) {
        row += ${at('x', { c: group.other })} * ${at('weight')};
      }
    }
  }
  sum += row;
}`,
    inside: 'k < K && q < Q',
  });
}

/**
 * `conv2dInputGradient`, plainly. Buffers: dy, weight (as it lives, `filterLayout`), [bias], dx.
 * @throws RangeError as it does.
 */
export function conv2dInputGradientPlain(
  spec: Conv2dSpec,
  epilogue: ConvEpilogue = {},
  machine: Machine = machines.gpu,
): Kernel {
  const { x, weight, y } = conv2dLayouts(spec);
  const group = groupOf(spec, 'c', 'k');
  const [r, s] = tapDistances(spec, 'dilation');
  return plainKernel(spec, machine, {
    name: 'conv2dInputGradientPlain',
    formula: `
dx[n,c,h,w] = sum_{k,r,s} dy[n, k, (h + padding - ${r})/stride, (w + padding - ${s})/stride] * weight[k,c,r,s],
over the taps r, s for which the quotients are integers.`,
    inputs: { dy: y, weight },
    output: ['dx', x],
    epilogue,
    body: `${group.first}var sum = ${epilogue.bias ? 'bias[c]' : '0.0'};
for (var r = 0u; r < R; r++) {
  var row = 0.0;
  for (var s = 0u; s < S; s++) {
    // Below 0 these wrap around to huge numbers.
    let down = h + PADDING_Y - ${tapDistance(spec, 'r', 0)};
    let right = w + PADDING_X - ${tapDistance(spec, 's', 1)};
    let p = down / STRIDE_Y;
    let q = right / STRIDE_X;
    if (down % STRIDE_Y == 0u && right % STRIDE_X == 0u && p < P && q < Q) {
      for (var k = 0u; k < ${group.count}; k++) {
        row += ${at('dy', { k: group.other })} * ${at('weight', { k: group.other, c: group.own })};
      }
    }
  }
  sum += row;
}`,
    inside: 'c < C && w < W',
  });
}

/** `conv2dWeightGradient`, plainly: same buffers, no scratch memory. @throws RangeError as it does. */
export function conv2dWeightGradientPlain(spec: Conv2dSpec, machine: Machine = machines.gpu): Kernel {
  const { x, weight, y } = conv2dLayouts(spec);
  const group = groupOf(spec, 'k', 'c');
  const [r, s] = tapDistances(spec, 'dilation');
  return plainKernel(spec, machine, {
    name: 'conv2dWeightGradientPlain',
    formula:
      'dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * ' +
      `x[n, c, p*stride + ${r} - padding, q*stride + ${s} - padding]`,
    inputs: { x, dy: y },
    output: ['dWeight', weight],
    epilogue: {},
    body: `${group.first}var sum = 0.0;
for (var n = 0u; n < N; n++) {
  var image = 0.0;
  for (var p = 0u; p < P; p++) {
    let h = p * STRIDE_Y + ${tapDistance(spec, 'r', 0)} - PADDING_Y;
    for (var q = 0u; q < Q; q++) {
      let w = q * STRIDE_X + ${tapDistance(spec, 's', 1)} - PADDING_X;
      if (h < H && w < W) { image += ${at('dy')} * ${at('x', { c: group.other })}; }
    }
  }
  sum += image;
}`,
    inside: `k < K && c < ${group.count}`,
  });
}

interface PlainKernel {
  readonly name: string;
  readonly formula: string;
  readonly inputs: Readonly<Record<string, Layout>>;
  readonly output: readonly [name: string, layout: Layout];
  readonly epilogue: ConvEpilogue;
  /** WGSL that computes `sum` from the output's indices. */
  readonly body: string;
  /** WGSL: the condition that the indices name an element and no padding, which stays 0. */
  readonly inside: string;
}

function plainKernel(spec: Conv2dSpec, { workgroupSize }: Machine, kernel: PlainKernel): Kernel {
  const { name, formula, inputs, output, epilogue, body, inside } = kernel;
  const [result, layout] = output;
  const all = Object.entries({ ...inputs, [result]: layout });
  const channel = (one: string) => `vec4<f32>(${one}[${indicesOf(result)[1]}])`;
  // Batch norm on vectors, as in its own kernel: scalars may be rounded otherwise (without fused multiply-add).
  const value = epilogue.batchNorm
    ? `(${finished(epilogue, 'vec4<f32>(sum)', channel, 'vec4<f32>()')}).x`
    : finished(epilogue, 'sum', () => '', '0.0');
  return linearKernel({
    name,
    about: `${formula.trim()}${aboutEpilogue(epilogue)}
${all.map(([one, { shape }]) => `${one}: [${shape}]`).join(', ')}, each in the layout that its constants say.
One invocation computes one number of ${result}, or writes a 0 of its padding.`,
    bindings: [
      ...Object.keys(inputs).map((one) => reads(one, 'array<f32>')),
      ...(epilogue.bias ? [reads('bias', 'array<f32>')] : []),
      ...(epilogue.batchNorm ? epilogueBindings.map((one) => reads(one, 'array<f32>')) : []),
      readsWrites(result, 'array<f32>'),
    ],
    invocations: layout.size,
    workgroupSize,
    constants: { ...sizes(spec), ...Object.assign({}, ...all.map(([one, of]) => layoutConstants(one, of))) },
    body: `// The innermost in memory first: neighbouring invocations write neighbouring words.
${numbers(result, layout)}
if (!(${inside})) {
  ${at(result)} = 0.0; // padding
  return;
}
${body}
${at(result)} = ${value};`,
    flop: conv2dFlop(spec),
    bytes: all.reduce((sum, [, { size }]) => sum + 4 * size, 0),
  });
}

/**
 * WGSL: which channels of the other side an `own` channel is summed with. Without groups all of them, and the text says
 * nothing of groups.
 */
function groupOf({ groups = 1 }: Conv2dSpec, own: 'k' | 'c', other: 'k' | 'c') {
  if (groups === 1) return { first: '', count: other.toUpperCase(), other, own };
  const [mine, theirs] = [own, other].map((channel) => `GROUP_${channel.toUpperCase()}`);
  return {
    first: `let first = ${own} / ${mine} * ${theirs}; // channel ${other} of the group\n`,
    count: theirs,
    other: `(first + ${other})`,
    own: `(${own} % ${mine})`,
  };
}

/** What indexes a tensor, in the order of its shape. */
const indices: Readonly<Record<string, string>> = {
  ...{ x: 'nchw', dx: 'nchw' },
  ...{ weight: 'kcrs', dWeight: 'kcrs' },
  ...{ y: 'nkpq', dy: 'nkpq' },
};
const indicesOf = (name: string) => [...indices[name]];

/** WGSL: the element of a tensor at its indices: `x[n * X_N + c * X_C + h * X_H + w * X_W]`, or at others `instead`. */
function at(name: string, instead: Readonly<Record<string, string>> = {}): string {
  const terms = indicesOf(name).map((index) => `${instead[index] ?? index} * ${stride(name, index)}`);
  return `${name}[${terms.join(' + ')}]`;
}

/** WGSL: the indices of the number that this invocation computes. */
function numbers(name: string, { order }: Layout): string {
  const inner = order.map((d) => indicesOf(name)[d]).reverse();
  const number = (index: string, depth: number) => {
    const within = inner.slice(0, depth).map((one) => extent(name, one));
    const divided = depth > 0 ? ` / (${within.join(' * ')})` : '';
    return `let ${index} = i${divided} % ${extent(name, index)};`;
  };
  return inner.map(number).join('\n');
}

/** Names of constants: from one element to the next along an index, and the size along it in memory. */
const stride = (name: string, index: string) => `${name}_${index}`.toUpperCase();
const extent = (name: string, index: string) => `${name}_size_${index}`.toUpperCase();

function layoutConstants(name: string, { strides, extents }: Layout): Constants {
  const entries = indicesOf(name).flatMap((index, d) => [
    [stride(name, index), [strides[d], `words from one ${index} of ${name} to the next`]],
    [extent(name, index), [extents[d], 'padding included']],
  ]);
  return Object.fromEntries(entries);
}

function sizes(spec: Conv2dSpec): Constants {
  const { batch, inChannels, height, width, outChannels, kernel, stride, padding, groups = 1 } = spec;
  const [p, q] = conv2dOutputSize(spec);
  const dilation = conv2dDilation(spec);
  return {
    GROUP_C: [inChannels / groups, 'input channels of a group'],
    GROUP_K: [outChannels / groups, 'output channels of a group'],
    ...{ N: batch, C: inChannels, H: height, W: width },
    ...{ K: outChannels, R: kernel[0], S: kernel[1], P: p, Q: q },
    ...{ STRIDE_Y: stride[0], STRIDE_X: stride[1], PADDING_Y: padding[0], PADDING_X: padding[1] },
    ...{ DILATION_Y: dilation[0], DILATION_X: dilation[1] },
  };
}

/** Visits every product of a convolution: the indices of its factors in x and weight, and of the sum in y. */
export function forEachProduct(
  spec: Conv2dSpec,
  visit: (x: number, weight: number, y: number) => void,
): void {
  const { batch: N, inChannels: C, height: H, width: W, outChannels: K, stride, padding, groups = 1 } = spec;
  const [, groupC, R, S] = conv2dFilterShape(spec);
  const dilation = conv2dDilation(spec);
  const [P, Q] = conv2dOutputSize(spec);
  for (let n = 0; n < N; n++)
    for (let k = 0; k < K; k++) {
      const first = Math.floor((k * groups) / K) * groupC;
      for (let p = 0; p < P; p++)
        for (let q = 0; q < Q; q++)
          for (let c = 0; c < groupC; c++)
            for (let r = 0; r < R; r++)
              for (let s = 0; s < S; s++) {
                const h = p * stride[0] + r * dilation[0] - padding[0];
                const w = q * stride[1] + s * dilation[1] - padding[1];
                if (h < 0 || h >= H || w < 0 || w >= W) continue;
                visit(
                  ((n * C + first + c) * H + h) * W + w,
                  ((k * groupC + c) * R + r) * S + s,
                  ((n * K + k) * P + p) * Q + q,
                );
              }
    }
}

/** In float64, on dense arrays: x [N,C,H,W], weight [K,C/groups,R,S], bias [K]; returns y [N,K,P,Q]. */
export function conv2dForwardOracle(
  spec: Conv2dSpec,
  x: ArrayLike<number>,
  weight: ArrayLike<number>,
  bias?: ArrayLike<number>,
  relu = false,
): Float64Array {
  const { batch, outChannels } = spec;
  const [P, Q] = conv2dOutputSize(spec);
  const y = new Float64Array(batch * outChannels * P * Q);
  if (bias) for (let i = 0; i < y.length; i++) y[i] = bias[Math.floor(i / (P * Q)) % outChannels];
  forEachProduct(spec, (xIndex, weightIndex, yIndex) => {
    y[yIndex] += x[xIndex] * weight[weightIndex];
  });
  return relu ? y.map((value) => Math.max(0, value)) : y;
}

/** In float64, on dense arrays: dy [N,K,P,Q], weight [K,C/groups,R,S]; returns dx [N,C,H,W]. */
export function conv2dInputGradientOracle(
  spec: Conv2dSpec,
  dy: ArrayLike<number>,
  weight: ArrayLike<number>,
): Float64Array {
  const dx = new Float64Array(spec.batch * spec.inChannels * spec.height * spec.width);
  forEachProduct(spec, (xIndex, weightIndex, yIndex) => {
    dx[xIndex] += dy[yIndex] * weight[weightIndex];
  });
  return dx;
}

/** In float64, on dense arrays: x [N,C,H,W], dy [N,K,P,Q]; returns dWeight [K,C/groups,R,S]. */
export function conv2dWeightGradientOracle(
  spec: Conv2dSpec,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Float64Array {
  const dWeight = new Float64Array(elementCount(conv2dFilterShape(spec)));
  forEachProduct(spec, (xIndex, weightIndex, yIndex) => {
    dWeight[weightIndex] += x[xIndex] * dy[yIndex];
  });
  return dWeight;
}
