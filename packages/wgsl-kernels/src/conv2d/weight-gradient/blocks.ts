import type { Constants } from '../../constants.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../../kernel.ts';
import { isPlanar } from '../../layout.ts';
import type { Machine } from '../../machine.ts';
import type { KernelPlan } from '../../plan.ts';
import { sumSlices } from '../../reduce/sum-slices.ts';
import { requireTile } from '../../tunable.ts';
import { conv2dLayouts } from '../layouts.ts';
import { type Conv2dSpec, conv2dFlop } from '../spec.ts';
import { channelsBody, type WeightGradientPlan as Plan, planesBody, tapsBody } from './blocks-body.ts';
import { weightGradientConstants, weightGradientFormula } from './text.ts';

/** What one invocation accumulates, where it differs from the default. */
export interface WeightGradientTile {
  /** `vec4`s of output channels (of input channels, if only the output has fewer than 4). */
  readonly groups?: number;
  /** Invocations per workgroup, if not the device's usual number. */
  readonly workgroupSize?: number;
  /** Images that are summed before the slices are added up. Changes the order of summation. */
  readonly imagesPerSlice?: number;
}

/** Words of scratch memory for slices, at most. */
export const maxPartialWords = 1024 * 1024;

/**
 * The weight gradient for every device and shape. To the plain kernel it adds register tiles and slices: each
 * invocation keeps a block of dWeight in registers and runs over the output pixels of a slice of the batch. Where there
 * are several slices a second kernel adds them in order, so no atomics are needed and the same input gives the same
 * bits.
 */
export function blocksPlan(spec: Conv2dSpec, machine: Machine, tile: WeightGradientTile = {}): KernelPlan {
  requireTile('conv2dWeightGradient', { ...tile });
  const plan = planBlocks(spec, machine, tile);
  const first = blockKernel(spec, plan, tile.workgroupSize ?? machine.workgroupSize);
  if (plan.slices === 1) return { kernels: [first], scratch: {} };
  const words = plan.layouts.weight.size;
  const { slices } = plan;
  const second = sumSlices({ name: 'conv2dWeightGradientSum', words, slices, result: 'dWeight' }, machine);
  return { kernels: [first, second], scratch: { partial: slices * words } };
}

/** A slice's x and dy should stay in a core's second-level cache while all blocks of dWeight pass over them. */
const sliceBytes = 256 * 1024;
/** Vector registers for the values that are multiplied: accumulators have the others. */
const factorRegisters = 7;
/** Enough invocations to keep a CPU's threads evenly busy. */
const enoughInvocations = 64;

export function planBlocks(
  spec: Conv2dSpec,
  { vectorRegisters, vectorWidth }: Machine,
  tile: WeightGradientTile = {},
): Plan {
  const layouts = conv2dLayouts(spec);
  const { batch, inChannels: c, kernel, outChannels: k } = spec;
  const [r, s] = kernel;
  const k4 = layouts.weight.extents[0] / 4;
  const c4 = Math.ceil(c / 4);
  const form = isPlanar(c) ? 'taps' : isPlanar(k) ? 'planes' : 'channels';
  const taps = form === 'taps' ? Math.ceil(s / Math.ceil(s / 4)) : 1;
  const registers = form === 'taps' ? taps : form === 'planes' ? k : 4;
  const grouped = form === 'planes' ? c4 : k4;
  const held = (vectors: number) => leastWaste(grouped, Math.floor((vectors - factorRegisters) / registers));
  const usual = held((4 * vectorRegisters) / vectorWidth);
  const { groups = form === 'planes' ? usual : held(vectorRegisters) } = tile;
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
  const type = (channels: number) => (isPlanar(channels) ? 'array<f32>' : 'array<vec4<f32>>');
  const order = (channels: number) => (isPlanar(channels) ? 'NCHW' : 'NHWC');
  const body = { channels: channelsBody, taps: tapsBody, planes: planesBody }[form](spec, plan, result);
  const sums =
    slices > 1 ? `partial: ${slices} slices like dWeight, each the sum over ${imagesPerSlice} images\n` : '';
  return linearKernel({
    name: 'conv2dWeightGradient',
    about: `${weightGradientFormula(spec)}
x: [${layouts.x.shape}] in order ${order(spec.inChannels)}, dy: [${layouts.y.shape}] in order ${order(spec.outChannels)}
dWeight: [${layouts.weight.shape}] in order RSCK
${sums}One invocation: ${describe(plan)}.`,
    bindings: [
      reads('x', type(spec.inChannels)),
      reads('dy', type(spec.outChannels)),
      readsWrites(result, 'array<vec4<f32>>'),
    ],
    invocations: groupTiles * otherTiles * tapTiles * spec.kernel[0] * slices,
    workgroupSize,
    constants: { ...weightGradientConstants(spec), ...planConstants(plan) },
    body,
    flop: conv2dFlop(spec),
    bytes: 4 * (layouts.x.size + layouts.y.size + slices * layouts.weight.size),
  });
}

function planConstants(plan: Plan): Constants {
  return {
    GROUPS: [plan.groups, 'vec4s of grouped channels of an invocation'],
    GROUP_TILES: [plan.groupTiles, 'invocations along the grouped channels'],
    OTHER_TILES: [plan.otherTiles, 'invocations along the other channels'],
    TAPS: [plan.taps, 'taps of an invocation'],
    TAP_TILES: [plan.tapTiles, 'invocations along a row of the filter'],
    SLICE_IMAGES: [plan.imagesPerSlice, 'images of a slice'],
    SLICE: [plan.layouts.weight.size / 4, 'vec4s of a slice of partial'],
  };
}

function describe({ form, groups, taps, imagesPerSlice }: Plan): string {
  const block = {
    channels: `one tap, 4 input channels times ${groups} vec4 of output channels, in acc<channel>_<vec4>`,
    taps: `${taps} taps of a row, one input channel, times ${groups} vec4 of output channels, in acc<tap>_<vec4>`,
    planes: `one tap, ${groups} vec4 of input channels times every output channel, in acc<output>_<vec4>`,
  }[form];
  return `${block}, over ${imagesPerSlice} images`;
}
