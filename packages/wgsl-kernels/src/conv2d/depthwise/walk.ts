/**
 * Depthwise convolutions: each output channel sees one input channel, so a `vec4` of channels of an output pixel is a
 * sum of a few products of `vec4`s. There is one multiply-add for a load or two: no matrix product, and memory decides.
 *
 * The input gradient is the same walk over dy, with other taps for each pixel. Here stands which taps those are, in
 * WGSL for rows (a loop from the first tap inside of the source to the last, so that no tap is tested) and in numbers
 * for columns (the text is written out for each column near an edge).
 */
import { type Conv2dSpec, conv2dDilation, conv2dOutputSize } from '../spec.ts';

/** Rows or columns: positions of the source that a position of the target is summed from. */
export interface Axis {
  readonly direction: 'forward' | 'gradient';
  readonly source: number;
  readonly target: number;
  readonly taps: number;
  readonly stride: number;
  readonly padding: number;
}

/** Rows and columns of a pass. */
export function axesOf(spec: Conv2dSpec, direction: Axis['direction']): readonly [Axis, Axis] {
  const inputs = [spec.height, spec.width];
  const outputs = conv2dOutputSize(spec);
  const axis = (d: 0 | 1): Axis => {
    const [source, target] = direction === 'forward' ? [inputs[d], outputs[d]] : [outputs[d], inputs[d]];
    return {
      direction,
      source,
      target,
      taps: spec.kernel[d],
      stride: spec.stride[d],
      padding: spec.padding[d],
    };
  };
  return [axis(0), axis(1)];
}

/** Larger filters and strides, whose text would be long, and padding that whole filters fit into. */
const [mostTaps, mostStride] = [7, 8];

/** Output channels of an input channel, if every output channel sees one input channel only. */
export function multiplierOf({ inChannels, outChannels, groups = 1 }: Conv2dSpec): number | undefined {
  return groups === inChannels ? outChannels / inChannels : undefined;
}

/** True for depthwise convolutions of 4 channels or more and usual filters. */
export function isDepthwise(spec: Conv2dSpec): boolean {
  const { inChannels, kernel, stride, padding, groups } = spec;
  return (
    groups === inChannels &&
    inChannels >= 4 &&
    kernel.every((taps, d) => taps <= mostTaps && padding[d] < taps && stride[d] <= mostStride) &&
    conv2dDilation(spec).every((distance) => distance === 1)
  );
}

/** WGSL texts of an axis. */
export interface AxisText {
  /** Declares what the others use, for the target's position `at`. */
  readonly declared: string;
  /** Taps are numbered from `first` to before `end`. */
  readonly first: string;
  readonly end: string;
  /** The filter's row or column of tap number `t`, and the source's position. */
  readonly tap: (t: string) => string;
  readonly from: (t: string) => string;
}

/** WGSL: the taps of a position that lie inside of the source; constants of the axis end in `_<letter>`. */
export function axisText(axis: Axis, at: string, letter: 'Y' | 'X'): AxisText {
  const [source, taps, stride, padding] = ['SOURCE', 'TAPS', 'STRIDE', 'PADDING'].map(
    (name) => `${name}_${letter}`,
  );
  const [first, end, start] = ['first', 'end', 'start'].map((name) => `${name}${letter}`);
  if (axis.direction === 'forward') {
    return {
      declared: `let ${start} = ${at} * ${stride};
let ${first} = max(${padding}, ${start}) - ${start};
let ${end} = min(${taps}, ${source} + ${padding} - ${start});`,
      first,
      end,
      tap: (t) => t,
      from: (t) => `(${start} + ${t} - ${padding})`,
    };
  }
  // Every stride-th tap from the remainder on; the source's position falls as the tap rises.
  return {
    declared: `let ${start} = (${at} + ${padding}) / ${stride};
let rest${letter} = (${at} + ${padding}) % ${stride};
let ${first} = max(${start} + 1u, ${source}) - ${source};
let ${end} = min(${start} + 1u, (${taps} + ${stride} - 1u - rest${letter}) / ${stride});`,
    first,
    end,
    tap: (t) => `(rest${letter} + ${t} * ${stride})`,
    from: (t) => `(${start} - ${t})`,
  };
}

/** Constants that `axisText` and the walks use. */
export function axisConstants(axis: Axis, letter: 'Y' | 'X') {
  return {
    [`SOURCE_${letter}`]: axis.source,
    [`TARGET_${letter}`]: axis.target,
    [`TAPS_${letter}`]: axis.taps,
    [`STRIDE_${letter}`]: axis.stride,
    [`PADDING_${letter}`]: axis.padding,
  };
}

/** Some neighbouring positions of the target, whose texts are written out. */
export interface Chunk {
  readonly start: number;
  readonly count: number;
  /** More than 1: so many chunks follow one another in a loop, and all of their taps lie inside. */
  readonly repeats: number;
}

/** Positions of the target whose taps all lie inside of the source: from the first to before the second. */
export function insideOf({
  direction,
  source,
  target,
  taps,
  stride,
  padding,
}: Axis): readonly [number, number] {
  const [first, stop] =
    direction === 'forward'
      ? [Math.ceil(padding / stride), Math.floor((source + padding - taps) / stride) + 1]
      : [Math.max(0, taps - 1 - padding), source * stride - padding];
  const end = Math.min(target, stop);
  return [Math.min(first, Math.max(0, end)), Math.max(0, end)];
}

/** Cuts an axis into chunks of `size`: those whose taps all lie inside are one loop, the others stand alone. */
export function chunksOf(axis: Axis, size: number): readonly Chunk[] {
  const { target } = axis;
  const [first, stop] = insideOf(axis);
  const leading = Math.min(target, Math.ceil(first / size) * size);
  const inner = Math.max(0, Math.floor((stop - leading) / size));
  const edges = (from: number, to: number): Chunk[] =>
    Array.from({ length: Math.ceil((to - from) / size) }, (_, k) => {
      const start = from + k * size;
      return { start, count: Math.min(size, to - start), repeats: 1 };
    });
  const trailing = leading + inner * size;
  const middle = inner > 1 ? [{ start: leading, count: size, repeats: inner }] : edges(leading, trailing);
  return [...edges(0, leading), ...middle, ...edges(trailing, target)];
}

/** Positions of a chunk: a multiple of the stride in the gradient, where pixels a stride apart have the same taps. */
export function chunkSize({ direction, stride }: Axis, pixels: number): number {
  return direction === 'forward' ? pixels : stride * Math.ceil(pixels / stride);
}

/**
 * The source's position of a tap at a chunk's position `m`: a number, or in a loop one that counts from the source's
 * position of the chunk's start; undefined if the tap plays no part there.
 */
export function sourceOf(axis: Axis, { start, repeats }: Chunk, m: number, tap: number): number | undefined {
  const { direction, source, stride, padding } = axis;
  const at = repeats > 1 ? m : start + m;
  const position = direction === 'forward' ? at * stride + tap - padding : (at + padding - tap) / stride;
  if (!Number.isInteger(position)) return undefined;
  return repeats === 1 && (position < 0 || position >= source) ? undefined : position;
}
