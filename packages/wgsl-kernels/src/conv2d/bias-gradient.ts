import { loopTo, partOf, sumLoops } from '../cascade.ts';
import { ahead } from '../constants.ts';
import { type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { isPlanar } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { plus } from '../matmul/arithmetic.ts';
import type { KernelPlan } from '../plan.ts';
import { sumSlices } from '../reduce/sum-slices.ts';
import { conv2dLayouts } from './layouts.ts';
import { type Conv2dSpec, conv2dOutputSize } from './spec.ts';

/** Most slices, and fewest vec4s that one of them should add. */
const maxSlices = 64;
const enoughVectors = 256;

/**
 * Gradient of a convolution with respect to its bias: dBias[k] = sum_{n,p,q} dy[n,k,p,q].
 * Bindings: dy, dBias ([K], row-major); or dy, partial and then partial, dBias.
 */
export function conv2dBiasGradient(spec: Conv2dSpec, machine: Machine = machines.gpu): KernelPlan {
  const { y, bias } = conv2dLayouts(spec);
  const planar = isPlanar(spec.outChannels);
  // Slices of whole images if planar, of pixels if channels-last.
  const items = planar ? spec.batch : y.size / y.extents[1];
  const wanted = Math.max(1, Math.min(maxSlices, items, Math.floor(y.size / 4 / enoughVectors)));
  const perSlice = Math.ceil(items / wanted);
  const slices = Math.ceil(items / perSlice);
  const result = slices === 1 ? 'dBias' : 'partial';
  const first = (planar ? planarSums : vectorSums)(spec, perSlice, slices, result, machine);
  if (slices === 1) return { kernels: [first], scratch: {} };
  const words = bias.size;
  const second = sumSlices({ name: 'conv2dBiasGradientSum', words, slices, result: 'dBias' }, machine);
  return { kernels: [first, second], scratch: { partial: slices * words } };
}

/** Channels-last: an invocation adds one slice's pixels for up to 4 vec4 of channels. */
function vectorSums(
  spec: Conv2dSpec,
  perSlice: number,
  slices: number,
  result: string,
  { workgroupSize }: Machine,
): Kernel {
  const { y, bias } = conv2dLayouts(spec);
  const k4 = y.extents[1] / 4;
  const pixels = y.size / y.extents[1];
  const groups = [4, 3, 2, 1].find((size) => k4 % size === 0)!;
  const blocks = k4 / groups;
  const sums = Array.from({ length: groups }, (_, j) => `sum${j}`);
  return linearKernel({
    name: 'conv2dBiasGradient',
    about: `
dBias[k] = sum_{n,p,q} dy[n,k,p,q], dy: [${y.shape}] in order NHWC
${slices > 1 ? `partial: ${slices} sums over ${perSlice} pixels\n` : ''}\
One invocation: ${groups} vec4 of channels, ${perSlice} pixels.`,
    bindings: [reads('dy', 'array<vec4<f32>>'), readsWrites(result, 'array<vec4<f32>>')],
    invocations: slices * blocks,
    workgroupSize,
    constants: {
      K4: [k4, 'vec4s of channels'],
      BLOCKS: [blocks, 'invocations along the channels'],
      GROUPS: [groups, 'vec4s of channels of an invocation'],
    },
    body: `let k = i % BLOCKS * GROUPS;
let slice = i / BLOCKS;
${repeat(groups, (j) => `var sum${j} = vec4<f32>();`)}
${sumLoops([partOf('pixel', 'slice', perSlice, pixels)], sums, (suffix) =>
  repeat(groups, (j) => `sum${j}${suffix} += dy[${plus('pixel * K4 + k', j)}];`),
)}
${repeat(groups, (j) => `${result}[${plus('slice * K4 + k', j)}] = sum${j};`)}`,
    flop: y.size,
    bytes: 4 * (y.size + slices * bias.size),
  });
}

/**
 * Planar: an invocation adds one slice's images for every channel; rows are padded with zeros, which add
 * nothing.
 */
function planarSums(
  spec: Conv2dSpec,
  perSlice: number,
  slices: number,
  result: string,
  { workgroupSize }: Machine,
): Kernel {
  const { y, bias } = conv2dLayouts(spec);
  const channels = spec.outChannels;
  const plane4 = y.strides[1] / 4;
  const sums = Array.from({ length: channels }, (_, k) => `sum${k}`);
  const total = (k: number) => (k < channels ? `dot(sum${k}, vec4<f32>(1.0))` : '0.0');
  return linearKernel({
    name: 'conv2dBiasGradient',
    about: `
dBias[k] = sum_{n,p,q} dy[n,k,p,q], dy: [${y.shape}] in order NCHW
${slices > 1 ? `partial: ${slices} sums over ${perSlice} images\n` : ''}\
One invocation: every channel, ${perSlice} images.`,
    bindings: [reads('dy', 'array<vec4<f32>>'), readsWrites(result, 'array<vec4<f32>>')],
    invocations: slices,
    workgroupSize,
    constants: { IMAGE: [channels * plane4, 'vec4s'], PLANE: [plane4, 'vec4s of a channel'] },
    body: `let slice = i;
${repeat(channels, (k) => `var sum${k} = vec4<f32>();`)}
${sumLoops([partOf('n', 'slice', perSlice, spec.batch), loopTo('at', plane4)], sums, (suffix) =>
  repeat(channels, (k) => `sum${k}${suffix} += dy[${ahead('n * IMAGE', k, 'PLANE')} + at];`),
)}
${result}[slice] = vec4<f32>(${repeat(4, total, ', ')});`,
    flop: y.size,
    bytes: 4 * (y.size + slices * bias.size),
  });
}

/** The definition, in float64, on a dense array: dy [N,K,P,Q]; returns dBias [K]. */
export function conv2dBiasGradientOracle(spec: Conv2dSpec, dy: ArrayLike<number>): Float64Array {
  const [P, Q] = conv2dOutputSize(spec);
  const dBias = new Float64Array(spec.outChannels);
  for (let index = 0; index < dy.length; index++) {
    dBias[Math.floor(index / (P * Q)) % spec.outChannels] += dy[index];
  }
  return dBias;
}
