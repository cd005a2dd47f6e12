import { atLeast1d } from '../elementwise/coordinates.ts';
import { flatKernel } from '../elementwise/flat.ts';
import { describeLayouts } from '../elementwise/map.ts';
import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { mergeDimensions, type Placement } from './merge-dimensions.ts';

/** A hyper-rectangle of one tensor and where it goes in another. Offsets are 0 by default. */
export interface Region {
  /** Size of the hyper-rectangle along each dimension. */
  readonly size: readonly number[];
  /** Where it begins in the source, along each dimension. Default 0. */
  readonly fromOffset?: readonly number[];
  /** Where it begins in the target, along each dimension. Default 0. */
  readonly toOffset?: readonly number[];
  /** What becomes of the other elements of the target: set to 0, or left as they are. */
  readonly elsewhere: 'zero' | 'keep';
}

/**
 * y[toOffset + p] = x[fromOffset + p] for every p within `size`: slices, concatenation, padding, cropping and their
 * gradients. Works for every 32-bit type, because bits are copied, and between any two layouts. Bindings: x, y.
 *
 * With `elsewhere: 'zero'` all of y is written, padding included. With 'keep' only the `vec4`s that meet the region
 * are; padding after the last element of a row becomes 0 together with that element, so that regions that together
 * cover y (a concatenation) leave it complete, unless y's layout pads more than its innermost dimension.
 * @throws RangeError if the region does not lie within both tensors.
 */
export function copyRegion(
  from: Layout,
  to: Layout,
  region: Region,
  machine: Machine = machines.gpu,
): Kernel {
  const checked = checkedRegion(from, to, region);
  const { from: source, to: target, size, fromOffset, toOffset } = mergeDimensions(checked);
  const inner = target.order.at(-1)!;
  const zero = region.elsewhere === 'zero';
  const end = toOffset[inner] + size[inner];
  // The box of vec4s to visit, in coordinates of y; the inner dimension counts vec4s.
  const start = target.order.map((dim) =>
    zero ? 0 : dim === inner ? Math.floor(toOffset[dim] / 4) : toOffset[dim],
  );
  const counts = target.order.map((dim, k) => {
    if (zero) return dim === inner ? target.extents[dim] / 4 : target.extents[dim];
    return dim === inner ? Math.ceil(end / 4) - start[k] : size[dim];
  });
  const lines: string[] = [];
  const place: string[] = [];
  const offset: string[] = [];
  const conditions: string[] = [];
  let below = 1;
  for (let k = counts.length - 1; k >= 0; k--) {
    const dim = target.order[k];
    const outermost = below * counts[k] === elementCount(counts);
    const local = `${below === 1 ? 'v' : `v / ${below}u`}${outermost ? '' : ` % ${counts[k]}u`}`;
    const shifted = start[k] === 0 ? local : `${local} + ${start[k]}u`;
    const unit = dim === inner ? 4 : 1;
    if (counts[k] === 1) lines.push(`let d${dim} = ${unit * start[k]}u;`);
    else lines.push(`let d${dim} = ${dim === inner ? `(${shifted}) * 4u` : shifted};`);
    if (counts[k] > 1 || start[k] > 0) place.push(times(`d${dim}`, target.strides[dim]));
    // Unsigned: below toOffset the difference wraps to a number larger than any size.
    const covers = zero ? size[dim] === target.extents[dim] : true;
    if (dim !== inner && !covers) conditions.push(`${shift(`d${dim}`, -toOffset[dim])} < ${size[dim]}u`);
    if (dim !== inner)
      offset.push(times(shift(`d${dim}`, fromOffset[dim] - toOffset[dim]), source.strides[dim]));
    below *= counts[k];
  }
  lines.push(`let place = ${zero ? 'v' : `(${place.join(' + ') || '0u'}) / 4u`};`);
  // Four lanes are all inside of the region along the inner dimension or all outside, or it depends on the lane.
  const aligned = toOffset[inner] % 4 === 0 && end % 4 === 0;
  const whole = aligned && (!zero || size[inner] === target.extents[inner]);
  if (aligned && !whole) conditions.push(`${shift(`d${inner}`, -toOffset[inner])} < ${size[inner]}u`);
  const lanes = aligned
    ? undefined
    : `${shift(`(d${inner} + vec4<u32>(0u, 1u, 2u, 3u))`, -toOffset[inner])} < vec4<u32>(${size[inner]}u)`;
  const outer = conditions.length > 0 ? conditions.join(' && ') : undefined;
  const inside = [...(outer ? [`vec4<bool>(${outer})`] : []), ...(lanes ? [`(${lanes})`] : [])].join(' & ');
  if (inside) lines.push(`let inside = ${inside};`);
  const shiftInner = fromOffset[inner] - toOffset[inner];
  const vector = source.strides[inner] === 1 && shiftInner % 4 === 0;
  // Outside of the region an index may lie beyond x: read element 0 there, then drop it.
  const guarded = (index: string, condition: string) =>
    inside ? `x[select(0u, ${index}, ${condition})]` : `x[${index}]`;
  const elementIndex = (lane: number) =>
    [
      ...offset,
      times(shift(lane === 0 ? `d${inner}` : `(d${inner} + ${lane}u)`, shiftInner), source.strides[inner]),
    ].join(' + ');
  const value = vector
    ? guarded(`(${elementIndex(0)}) / 4u`, lanes ? 'any(inside)' : 'inside[0]')
    : `vec4<u32>(${[0, 1, 2, 3].map((lane) => guarded(elementIndex(lane), `inside[${lane}]`)).join(', ')})`;
  const clearsPadding = !zero && end === target.shape[inner] && target.shape[inner] !== target.extents[inner];
  const kept = clearsPadding
    ? `select(vec4<u32>(), y[place], (d${inner} + vec4<u32>(0u, 1u, 2u, 3u)) < vec4<u32>(${target.shape[inner]}u))`
    : 'y[place]';
  lines.push(`y[place] = ${inside ? `select(${zero ? 'vec4<u32>()' : kept}, ${value}, inside)` : value};`);
  const moved = elementCount(size);
  return flatKernel(
    {
      name: 'copyRegion',
      about: `
y[[${checked.toOffset}] + p] = x[[${checked.fromOffset}] + p] for p within [${checked.size}];
other elements of y ${zero ? 'become 0' : 'keep their values'}
${describeLayouts({ x: from, y: to })}`,
      bindings: [
        reads('x', vector ? 'array<vec4<u32>>' : 'array<u32>'),
        readsWrites('y', 'array<vec4<u32>>'),
      ],
      body: lines.join('\n'),
      vectors: elementCount(counts),
      flop: 0,
      bytes: 4 * (moved + (zero ? to.size : moved)),
    },
    machine,
  );
}

function times(factor: string, count: number): string {
  return count === 1 ? factor : `${factor} * ${count}u`;
}

/** `coordinate + by`, for a `by` of either sign. */
function shift(coordinate: string, by: number): string {
  if (by === 0) return coordinate;
  return by > 0 ? `(${coordinate} + ${by}u)` : `(${coordinate} - ${-by}u)`;
}

function checkedRegion(from: Layout, to: Layout, region: Region): Placement {
  const { size } = region;
  const zeros = size.map(() => 0);
  const { fromOffset = zeros, toOffset = zeros } = region;
  const rank = size.length;
  const ranks = [from.shape, to.shape, fromOffset, toOffset].every((list) => list.length === rank);
  const within = (offset: readonly number[], shape: readonly number[]) =>
    size.every((length, dim) => length > 0 && offset[dim] >= 0 && offset[dim] + length <= shape[dim]);
  if (!ranks || !within(fromOffset, from.shape) || !within(toOffset, to.shape)) {
    throw new RangeError(
      `copyRegion: [${size}] at [${fromOffset}] of [${from.shape}] to [${toOffset}] of [${to.shape}] is empty or ` +
        'lies outside; check offsets and sizes',
    );
  }
  const tensors = { from: atLeast1d(from), to: atLeast1d(to) };
  return rank === 0
    ? { ...tensors, size: [1], fromOffset: [0], toOffset: [0] }
    : { ...tensors, size, fromOffset, toOffset };
}

/** y after the copy; dense row-major arrays, `y` as it was before. */
export function copyRegionOracle(
  x: ArrayLike<number>,
  fromShape: readonly number[],
  y: ArrayLike<number>,
  toShape: readonly number[],
  region: Region,
): Float64Array {
  const { size, fromOffset = size.map(() => 0), toOffset = size.map(() => 0) } = region;
  const result = region.elsewhere === 'zero' ? new Float64Array(y.length) : Float64Array.from(y);
  const count = elementCount(size);
  for (let p = 0; p < count; p++) {
    let rest = p;
    let [source, sourceStride, target, targetStride] = [0, 1, 0, 1];
    for (let dim = size.length - 1; dim >= 0; dim--) {
      const position = rest % size[dim];
      source += (fromOffset[dim] + position) * sourceStride;
      target += (toOffset[dim] + position) * targetStride;
      sourceStride *= fromShape[dim];
      targetStride *= toShape[dim];
      rest = Math.floor(rest / size[dim]);
    }
    result[target] = x[source];
  }
  return result;
}
