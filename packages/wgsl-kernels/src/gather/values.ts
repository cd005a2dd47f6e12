import { repeat } from '../kernel.ts';
import { isPlanar, type Layout } from '../layout.ts';

/** How a value of an image is stored: a byte (four in a word), 16 bits (two in a word), or a float. */
export type ImageSource = 'u8' | 'u16' | 'f32';
/** Which way the values of an image lie: pixel by pixel, or plane by plane. */
export type ImageOrder = 'NHWC' | 'NCHW';

/** One value for all channels, or one for each. */
export type PerChannel = number | readonly number[];

export function channel(values: PerChannel, k: number): number {
  if (typeof values === 'number') return values;
  if (values[k] === undefined) {
    throw new RangeError(`gatherImages: ${values.length} values for mean or std, but channel ${k} needs one`);
  }
  return values[k];
}

export function vec4(value: (lane: number) => number): string {
  const values = [0, 1, 2, 3].map(value);
  return `vec4<f32>(${values.every((v) => v === values[0]) ? values[0] : values.join(', ')})`;
}

/**
 * WGSL: function `normalise` of four stored values. Integers are divided by the largest, correctly rounded: by two
 * products, of which the first is exact and the second far below half a unit of the sum.
 * @param times scale multiplies; else it divides.
 */
export function normaliseText(source: ImageSource, times: boolean): string {
  const sign = times ? '*' : '/';
  if (source === 'f32') {
    return `fn normalise(x: vec4<f32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  return (x - mean) ${sign} scale;
}`;
  }
  if (source === 'u16') {
    return `// x/65535, correctly rounded: 1/65535 = 2^-16 + 2^-32 + 2^-48 + …, and the first product is exact.
fn normalise(x: vec4<u32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  let numbers = vec4<f32>(x);
  return (numbers * ${2 ** -16} + numbers * ${2 ** -32 + 2 ** -48} - mean) ${sign} scale;
}`;
  }
  return `// b/255, correctly rounded: 1/255 = 257/65536 + 1/(255·65536), and the first product is exact.
fn normalise(b: vec4<u32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  let bytes = vec4<f32>(b);
  return (bytes * ${257 / 65536} + bytes * ${1 / (255 * 65536)} - mean) ${sign} scale;
}`;
}

/** WGSL: function `valueAt`, one stored value. */
export function valueAt(source: ImageSource): string {
  const [type, value] = {
    u8: ['u32', '(data[at >> 2u] >> ((at & 3u) * 8u)) & 255u'],
    u16: ['u32', '(data[at >> 1u] >> ((at & 1u) * 16u)) & 65535u'],
    f32: ['f32', 'data[at]'],
  }[source];
  return `fn valueAt(at: u32) -> ${type} {
  return ${value};
}`;
}

/** WGSL: one line of an image, value by value, from `valueAt`. It knows the image's number as `row`. */
export function valueLine({ shape, extents }: Layout, { source, order, mean, scale }: ValueSpec): string {
  const [, c, , w] = shape;
  const pixels = order === 'NHWC';
  const type = source === 'f32' ? 'f32' : 'u32';
  const line = pixels
    ? 'let line = row * (H * W * C) + (i % H) * (W * C);'
    : 'let line = row * (H * W * C) + (i % H) * W;';
  const at = (x: string, k: number) =>
    pixels ? `valueAt(line + (${x}) * C + ${k}u)` : `valueAt(line + ${k}u * (H * W) + ${x})`;
  /** A vector of `used` values, each of a channel, and zeros. */
  const vector = (used: number, value: (lane: number) => string, channelOf: (lane: number) => number) => {
    const values = repeat(4, (l) => (l < used ? value(l) : `${type}()`), ', ');
    const of = (all: PerChannel) => vec4((l) => channel(all, channelOf(Math.min(l, used - 1))));
    const y = `normalise(vec4<${type}>(${values}), ${of(mean)}, ${of(scale)})`;
    return used === 4 ? y : `${y} * ${lanes(used)}`;
  };
  if (!isPlanar(c)) {
    const groups = extents[1] / 4;
    return `${line}
for (var x = 0u; x < W; x++) {
${repeat(groups, (g) => {
  const k = (l: number) => 4 * g + l;
  return `  y[(i * W + x) * GROUPS + ${g}u] = ${vector(Math.min(4, c - 4 * g), (l) => at('x', k(l)), k)};`;
})}
}`;
  }
  const tail = w % 4;
  return `${line}
${repeat(c, (k) => {
  const start = `start${k}`;
  const value = (x: string) => (l: number) => at(`${x} + ${l}u`, k);
  return `let ${start} = ((i / H) * (C * H) + ${k}u * H + i % H) * LINE4;
for (var v = 0u; v < W / 4u; v++) {
  y[${start} + v] = ${vector(4, value('v * 4u'), () => k)};
}
${tail === 0 ? '' : `y[${start} + W / 4u] = ${vector(tail, value('W / 4u * 4u'), () => k)};`}`;
})}`;
}

/** How values lie, and how they are normalised. */
interface ValueSpec {
  readonly source: ImageSource;
  readonly order: ImageOrder;
  readonly mean: PerChannel;
  readonly scale: PerChannel;
}

/** Ones in the first `used` lanes. */
export function lanes(used: number): string {
  return `vec4<f32>(${repeat(4, (l) => (l < used ? '1.0' : '0.0'), ', ')})`;
}
