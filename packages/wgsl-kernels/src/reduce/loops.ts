import { loopTo, partOf, type SumLoop } from '../cascade.ts';
import type { Constants } from '../constants.ts';
import { lanesBelow } from '../elementwise/coordinates.ts';
import type { Layout } from '../layout.ts';
import type { Machine } from '../machine.ts';

/** A loop over a reduced dimension, or over several that lie in memory like one. */
export interface Loop {
  readonly count: number;
  /** Distance in elements between two steps. */
  readonly stride: number;
}

/** The loops over the reduced dimensions, outermost in memory first. */
export interface ReducedLoops {
  readonly loops: readonly Loop[];
  /** True if the innermost dimension in memory is reduced: a step then takes in a `vec4` along it. */
  readonly alongLanes: boolean;
  /** Size of that dimension if its last `vec4` holds padding that would change the result. */
  readonly raggedSize: number | undefined;
}

/** `paddingIsNeutral`: padding may be taken in with the elements, so that more dimensions merge into one loop. */
export function reducedLoops(
  input: Layout,
  dims: readonly number[],
  paddingIsNeutral: boolean,
): ReducedLoops {
  const inner = input.order.at(-1);
  const sizes = paddingIsNeutral ? input.extents : input.shape;
  const alongLanes = inner !== undefined && dims.includes(inner);
  const raggedSize =
    alongLanes && !paddingIsNeutral && input.shape[inner] !== input.extents[inner]
      ? input.shape[inner]
      : undefined;
  const loops: Loop[] = [];
  for (const dim of input.order.filter((dim) => dims.includes(dim))) {
    const loop =
      dim === inner
        ? { count: input.extents[dim] / 4, stride: 4 }
        : { count: sizes[dim], stride: input.strides[dim] };
    const outer = loops.at(-1);
    const mergeable = dim !== inner || raggedSize === undefined;
    if (outer && mergeable && outer.stride === loop.count * loop.stride) {
      loops[loops.length - 1] = { count: outer.count * loop.count, stride: loop.stride };
    } else loops.push(loop);
  }
  return { loops, alongLanes, raggedSize };
}

/** The loop that is cut into slices: the longest. */
function longest(loops: readonly Loop[]): number {
  return loops.reduce((best, loop, k) => (loop.count > loops[best].count ? k : best), 0);
}

/**
 * Number of slices that the longest loop is cut into: enough for 64 workgroups, at least 32 steps in each, and no
 * more than the root of all steps, so that adding the slices up takes no longer than one of them.
 */
export function sliceCount(loops: readonly Loop[], outputs: number, { workgroupSize }: Machine): number {
  if (loops.length === 0) return 1;
  const steps = loops.reduce((product, loop) => product * loop.count, 1);
  const { count } = loops[longest(loops)];
  const wanted = Math.min(
    Math.ceil((64 * workgroupSize) / outputs),
    Math.floor(steps / 32),
    Math.ceil(Math.sqrt(steps)),
    count,
  );
  return wanted < 2 ? 1 : Math.ceil(count / Math.ceil(count / wanted));
}

/** The numbers that the texts below use, by name. Strides are counted in units of `unit` elements. */
export function loopConstants(loops: readonly Loop[], slices: number, unit: 1 | 4): Constants {
  const sizes = loops.flatMap(({ count, stride }, k) => [
    [`COUNT${k}`, count],
    [`STRIDE${k}`, stride / unit],
  ]);
  const slice = loops.length > 0 ? Math.ceil(loops[longest(loops)].count / slices) : 1;
  return { ...Object.fromEntries(sizes), SLICE: [slice, 'steps of a slice'] };
}

/** The loops as WGSL counts them, `k0, k1, …`; the longest covers one of `slices` parts, number `slice`. */
export function counted(loops: readonly Loop[], slices: number): SumLoop[] {
  const cut = longest(loops);
  return loops.flatMap(({ count }, k) => {
    const variable = `k${k}`;
    if (count === 1) return [];
    if (slices === 1 || k !== cut) return [{ ...loopTo(variable, count), to: `COUNT${k}` }];
    return [partOf(variable, 'slice', Math.ceil(count / slices), count, ['SLICE', `COUNT${k}`])];
  });
}

/** WGSL for the distance of the current step from the first, in units of `unit` elements; '' if there are no loops. */
export function stepOffset(loops: readonly Loop[], unit: 1 | 4): string {
  return loops
    .flatMap(({ count, stride }, k) =>
      count === 1 ? [] : [` + k${k}${stride === unit ? '' : ` * STRIDE${k}`}`],
    )
    .join('');
}

/** WGSL `vec4<bool>`: which lanes of a step's `vec4` are elements, where its dimension is ragged. */
export function raggedLanes({ loops, raggedSize }: ReducedLoops): string | undefined {
  if (raggedSize === undefined) return undefined;
  return lanesBelow(raggedSize, loops.at(-1)!.count > 1 ? `k${loops.length - 1} * 4u` : undefined, 'RAGGED');
}
