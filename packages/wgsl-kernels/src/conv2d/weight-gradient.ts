import { defaultTuning, type Kernel, linearKernel, reads, type Tuning, writes } from '../kernel.ts';
import { isPlanar } from '../layout.ts';
import type { KernelPlan } from '../plan.ts';
import { sumSlices } from '../reduce/sum-slices.ts';
import { buildTuned, requireTile, type Tile } from '../tunable.ts';
import { type Conv2dSpec, conv2dFlop, conv2dLayouts, conv2dOutputSize } from './spec.ts';
import {
  channelsBody,
  type WeightGradientPlan as Plan,
  planesBody,
  tapsBody,
} from './weight-gradient-body.ts';
import { conv2dWeightGradientPacked, packsImages } from './weight-gradient-packed.ts';
import {
  maxPartialWords,
  type WeightGradientTile,
  weightGradientCandidates,
} from './weight-gradient-tiles.ts';

export type { WeightGradientTile };

/**
 * Gradient of a convolution with respect to its weights,
 *
 *   dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*stride + r - padding, q*stride + s - padding],
 *
 * as matrix products of x and dy over pixels. Each invocation keeps a block of dWeight in registers and runs
 * over the output pixels of a slice of the batch; where there are several slices a second kernel adds them in
 * order, so no atomics are needed and the same input gives the same bits. Bindings: x, dy, dWeight
 * (`filterLayout`), and the plan's scratch memory. On CPUs mostly `weight-gradient-packed.ts`.
 * @param tile The block of an invocation; by default the one that was measured (`tuning`), or one that suits the shape.
 * @throws RangeError as `conv2dOutputSize` does.
 */
export function conv2dWeightGradient(
  spec: Conv2dSpec,
  tuning: Tuning = defaultTuning,
  tile?: WeightGradientTile,
): KernelPlan {
  const { x, y, weight } = conv2dLayouts(spec);
  const tunable = {
    kernel: 'conv2dWeightGradient',
    tensors: { x, dy: y, dWeight: weight },
    candidates: () => weightGradientCandidates(planBlocks(spec, tuning), spec, tuning),
    build: (chosen?: Tile) => buildPlan(spec, tuning, chosen),
  };
  return buildTuned(tunable, tuning, tile && { ...tile });
}

function buildPlan(spec: Conv2dSpec, tuning: Tuning, tile: WeightGradientTile = {}): KernelPlan {
  requireTile('conv2dWeightGradient', { ...tile });
  if (Object.keys(tile).length === 0 && packsImages(spec, tuning))
    return conv2dWeightGradientPacked(spec, tuning);
  const plan = planBlocks(spec, tuning, tile);
  const first = blockKernel(spec, plan, tile.workgroupSize ?? tuning.workgroupSize);
  if (plan.slices === 1) return { kernels: [first], scratch: {} };
  const words = plan.layouts.weight.size;
  const { slices } = plan;
  const second = sumSlices({ name: 'conv2dWeightGradientSum', words, slices, result: 'dWeight' }, tuning);
  return { kernels: [first, second], scratch: { partial: slices * words } };
}

/**
 * A slice's x and dy should stay in a core's second-level cache while all blocks of dWeight pass over them.
 */
const sliceBytes = 256 * 1024;
/** Vector registers for the values that are multiplied: accumulators have the others. */
const factorRegisters = 7;
/** Enough invocations to keep a CPU's threads evenly busy. */
const enoughInvocations = 64;

function planBlocks(spec: Conv2dSpec, { vectorRegisters }: Tuning, tile: WeightGradientTile = {}): Plan {
  const layouts = conv2dLayouts(spec);
  const { batch, inChannels: c, kernel, outChannels: k } = spec;
  const [r, s] = kernel;
  const k4 = layouts.weight.extents[0] / 4;
  const c4 = Math.ceil(c / 4);
  const form = isPlanar(c) ? 'taps' : isPlanar(k) ? 'planes' : 'channels';
  const taps = form === 'taps' ? Math.ceil(s / Math.ceil(s / 4)) : 1;
  const registers = form === 'taps' ? taps : form === 'planes' ? k : 4;
  const grouped = form === 'planes' ? c4 : k4;
  const usual = leastWaste(grouped, Math.floor((vectorRegisters - factorRegisters) / registers));
  const { groups = usual } = tile;
  const groupTiles = Math.ceil(grouped / groups);
  const otherTiles = form === 'taps' ? c : form === 'planes' ? 1 : c4;
  const tapTiles = Math.ceil(s / taps);
  // Slices are counted for the usual block: another one must not change the order of summation.
  const tasks = Math.ceil(grouped / usual) * otherTiles * tapTiles * r;
  const bySize = Math.ceil((4 * (layouts.x.size + layouts.y.size)) / sliceBytes);
  const limit = Math.max(1, Math.min(batch, Math.floor(maxPartialWords / layouts.weight.size)));
  const wanted = Math.min(limit, Math.max(bySize, Math.ceil(enoughInvocations / tasks)));
  const { imagesPerSlice = Math.ceil(batch / wanted) } = tile;
  const slices = Math.ceil(batch / imagesPerSlice);
  return { form, layouts, taps, groups, groupTiles, otherTiles, tapTiles, imagesPerSlice, slices };
}

/** The largest group size up to `most` (at most 4) with the fewest surplus lanes. */
function leastWaste(count: number, most: number): number {
  const waste = (size: number) => Math.ceil(count / size) * size;
  let best = 1;
  for (let size = 2; size <= Math.min(most, 4, count); size++) if (waste(size) <= waste(best)) best = size;
  return best;
}

function blockKernel(spec: Conv2dSpec, plan: Plan, workgroupSize: number): Kernel {
  const { layouts, slices, imagesPerSlice, groupTiles, otherTiles, tapTiles, form } = plan;
  const result = slices === 1 ? 'dWeight' : 'partial';
  const vector = (planar: boolean) => (planar ? 'array<f32>' : 'array<vec4<f32>>');
  const body = { channels: channelsBody, taps: tapsBody, planes: planesBody }[form](spec, plan, result);
  return linearKernel({
    name: 'conv2dWeightGradient',
    about: `
dWeight[k,c,r,s] = sum_{n,p,q} dy[n,k,p,q] * x[n, c, p*${spec.stride[0]} + r - ${spec.padding[0]}, q*${spec.stride[1]} + s - ${spec.padding[1]}]
x: [${layouts.x.shape}] in order ${isPlanar(spec.inChannels) ? 'NCHW' : 'NHWC'}, dy: [${layouts.y.shape}] in order ${isPlanar(spec.outChannels) ? 'NCHW' : 'NHWC'}, dWeight: [${layouts.weight.shape}] in order RSCK
${slices > 1 ? `partial: ${slices} slices like dWeight, each the sum over ${imagesPerSlice} images\n` : ''}One invocation: ${describe(plan)}.`,
    bindings: [
      reads('x', vector(isPlanar(spec.inChannels))),
      reads('dy', vector(isPlanar(spec.outChannels))),
      writes(result, 'array<vec4<f32>>'),
    ],
    invocations: groupTiles * otherTiles * tapTiles * spec.kernel[0] * slices,
    workgroupSize,
    body,
    flop: conv2dFlop(spec),
    bytes: 4 * (layouts.x.size + layouts.y.size + slices * layouts.weight.size),
  });
}

function describe({ form, groups, taps, imagesPerSlice }: Plan): string {
  const block = {
    channels: `one tap, 4 input channels times ${groups} vec4 of output channels, in acc<channel>_<vec4>`,
    taps: `${taps} taps of a filter row, one input channel, times ${groups} vec4 of output channels, in acc<tap>_<vec4>`,
    planes: `one tap, ${groups} vec4 of input channels times every output channel, in acc<output>_<vec4>`,
  }[form];
  return `${block}, over ${imagesPerSlice} images`;
}

/** The definition, in float64, on dense arrays: x [N,C,H,W], dy [N,K,P,Q]; returns dWeight [K,C,R,S]. */
export function conv2dWeightGradientOracle(
  spec: Conv2dSpec,
  x: ArrayLike<number>,
  dy: ArrayLike<number>,
): Float64Array {
  const { batch: N, inChannels: C, height: H, width: W, outChannels: K } = spec;
  const [R, S] = spec.kernel;
  const [P, Q] = conv2dOutputSize(spec);
  const dWeight = new Float64Array(K * C * R * S);
  for (let k = 0; k < K; k++)
    for (let c = 0; c < C; c++)
      for (let r = 0; r < R; r++)
        for (let s = 0; s < S; s++)
          for (let n = 0; n < N; n++)
            for (let p = 0; p < P; p++)
              for (let q = 0; q < Q; q++) {
                const h = p * spec.stride[0] + r - spec.padding[0];
                const w = q * spec.stride[1] + s - spec.padding[1];
                if (h < 0 || h >= H || w < 0 || w >= W) continue;
                dWeight[((k * C + c) * R + r) * S + s] +=
                  x[((n * C + c) * H + h) * W + w] * dy[((n * K + k) * P + p) * Q + q];
              }
  return dWeight;
}
