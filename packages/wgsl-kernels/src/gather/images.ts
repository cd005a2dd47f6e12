import { faultsBinding, notANumber, rowFaultText } from '../faults.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { elementCount, isPlanar, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';

/** From how many images a batch is gathered, and how bytes become numbers. */
export interface GatherImagesSpec {
  /** Number of images in the data set. */
  readonly images: number;
  /** The batch [B,C,H,W] in `imageLayout`. */
  readonly y: Layout;
  /** Subtracted from x/255, for all channels or for each. Default 0.5. */
  readonly mean?: PerChannel;
  /** Divides the difference, for all channels or for each. Default 0.5. */
  readonly std?: PerChannel;
}

/** 32-bit words that `images` images of shape [C,H,W] take as bytes, four in a word. */
export function imageWords(images: number, [c, h, w]: readonly number[]): number {
  return Math.ceil((images * c * h * w) / 4);
}

/**
 * Builds a normalised batch from a data set of bytes: y[b] = (data[rows[b]]/255 - mean)/std.
 * x/255 is correctly rounded on every device (see `normalise` in the text), so that with a standard deviation that is
 * a power of two the batch equals PyTorch's to the last bit.
 * Bindings: data (bytes of numpy's (N,H,W) or (N,H,W,C) in order, four in a u32, the last word filled up),
 * rows (u32 [B], each below `images`), faults (`faultWords`), y. A row of `images` or more is a fault: its image has
 * a NaN in every line.
 * @throws RangeError if y is no image batch, or the data set has more bytes than a u32 can number.
 */
export function gatherImages(spec: GatherImagesSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { images, y, mean = 0.5, std = 0.5 } = spec;
  if (y.shape.length !== 4) throw new RangeError(`gatherImages: y must be [B,C,H,W], not [${y.shape}]`);
  const [b, c, h, w] = y.shape;
  const imageBytes = c * h * w;
  if (images * imageBytes > 2 ** 32) {
    throw new RangeError(
      `gatherImages: ${images} images of [${[c, h, w]}] exceed 4 GiB; split the data set into parts`,
    );
  }
  // A power of two is multiplied by its reciprocal, which is exact; WGSL allows a division to be off by 2.5 ulp.
  const deviations = typeof std === 'number' ? [std] : std;
  const exact = deviations.every((value) => Number.isInteger(Math.log2(value)));
  const reciprocals = typeof std === 'number' ? 1 / std : std.map((value) => 1 / value);
  const scale = exact ? reciprocals : std;
  const lastWord = imageWords(images, [c, h, w]) - 1;
  return linearKernel({
    name: 'gatherImages',
    about: `
y[b] = (data[rows[b]]/255 - mean)/std, mean ${mean}, std ${std}.
data: ${images} images as bytes in order H,W,C = ${h},${w},${c}, four bytes in a word
rows: [${b}]
y: [${y.shape}] in order ${y.order}, padded [${y.extents}]
One invocation builds one line of one image.`,
    bindings: [
      reads('data', 'array<u32>'),
      reads('rows', 'array<u32>'),
      faultsBinding,
      readsWrites('y', 'array<vec4<f32>>'),
    ],
    invocations: b * h,
    workgroupSize,
    constants: {
      H: h,
      W: w,
      C: c,
      // vec4s of a line of one plane, or of a pixel.
      ...(isPlanar(c) ? { LINE4: y.extents[3] / 4 } : { GROUPS: y.extents[1] / 4 }),
    },
    declarations: `
// b/255, correctly rounded: 1/255 = 257/65536 + 1/(255·65536), and the first product is exact.
fn normalise(b: vec4<u32>, mean: vec4<f32>, scale: vec4<f32>) -> vec4<f32> {
  let bytes = vec4<f32>(b);
  return (bytes * ${257 / 65536} + bytes * ${1 / (255 * 65536)} - mean) ${exact ? '*' : '/'} scale;
}

${loadBytes(y, lastWord)}

${rowFaultText('gatherImages', 'rows', images)}`,
    body: `
let row = rows[i / H];
if (isBad(row)) {
  reportBad(i / H);
${indent(badLine(y))}
  return;
}
let line = row * (H * W * C) + (i % H) * (W * C);
${isPlanar(c) ? planarLine(y, mean, scale) : interleavedLine(y, mean, scale)}`,
    flop: 4 * b * imageBytes,
    bytes: 4 * b + b * imageBytes + 4 * y.size,
  });
}

/** WGSL: planar colour needs single bytes (their pixels lie C apart), the others four neighbouring ones. */
function loadBytes({ shape: [, c, , w] }: Layout, lastWord: number): string {
  if (isPlanar(c) && c > 1) {
    return `fn byteAt(at: u32) -> u32 {
  return (data[at >> 2u] >> ((at & 3u) * 8u)) & 255u;
}`;
  }
  const aligned = (isPlanar(c) ? w : c) % 4 === 0;
  const load = aligned
    ? 'let word = data[at >> 2u];'
    : `let shift = (at & 3u) * 8u;
let low = data[at >> 2u] >> shift;
let high = data[min((at >> 2u) + 1u, ${lastWord}u)] << ((32u - shift) & 31u);
let word = select(low | high, low, shift == 0u);`;
  return `fn fourBytes(at: u32) -> vec4<u32> {
${indent(load)}
  return vec4<u32>(word & 255u, (word >> 8u) & 255u, (word >> 16u) & 255u, word >> 24u);
}`;
}

/** One value for all channels, or one for each. */
type PerChannel = number | readonly number[];

/** C < 4: for each channel a line of W pixels, four in a vec4. */
function planarLine({ shape }: Layout, mean: PerChannel, scale: PerChannel): string {
  const [, c, , w] = shape;
  const pixels = (at: string) =>
    c === 1 ? `fourBytes(${at})` : `vec4<u32>(${repeat(4, (l) => `byteAt(${at} + ${l}u * C)`, ', ')})`;
  const value = (bytes: string, k: number) =>
    `normalise(${bytes}, ${vec4((_) => channel(mean, k))}, ${vec4((_) => channel(scale, k))})`;
  const tail = w % 4;
  const lastByte = (l: number, k: number) => `byteAt(line + ((W / 4u * 4u + ${l}u) * C + ${k}u))`;
  return repeat(c, (k) => {
    const start = `start${k}`;
    const rest =
      c === 1
        ? pixels('line + W / 4u * 4u')
        : `vec4<u32>(${repeat(4, (l) => (l < tail ? lastByte(l, k) : '0u'), ', ')})`;
    return `let ${start} = ((i / H) * (C * H) + ${k}u * H + i % H) * LINE4;
for (var v = 0u; v < W / 4u; v++) {
  y[${start} + v] = ${value(pixels(`line + v * (4u * C)${k ? ` + ${k}u` : ''}`), k)};
}
${tail === 0 ? '' : `y[${start} + W / 4u] = ${value(rest, k)} * ${lanes(tail)};`}`;
  });
}

/** C >= 4: W pixels, each with its channels, four in a vec4. */
function interleavedLine({ shape, extents }: Layout, mean: PerChannel, scale: PerChannel): string {
  const c = shape[1];
  const groups = extents[1] / 4;
  return `
for (var x = 0u; x < W; x++) {
${repeat(groups, (g) => {
  const used = Math.min(4, c - 4 * g);
  const bytes = `fourBytes(line + x * C + ${4 * g}u)`;
  const of = (values: PerChannel) => vec4((l) => (l < used ? channel(values, 4 * g + l) : 1));
  const value = `normalise(${bytes}, ${of(mean)}, ${of(scale)})`;
  return `  y[(i * W + x) * GROUPS + ${g}u] = ${used < 4 ? `${value} * ${lanes(used)}` : value};`;
})}
}`;
}

/** The line of an image that does not exist: NaN and zeros. */
function badLine({ shape }: Layout): string {
  const c = shape[1];
  const planar = isPlanar(c);
  const vectors = planar ? 'LINE4' : 'W * GROUPS';
  const fill = (first: string) => `for (var v = 0u; v < ${vectors}; v++) { y[${first} + v] = vec4<f32>(); }
y[${first}] = vec4<f32>(${notANumber('row')}, 0.0, 0.0, 0.0);`;
  if (!planar) return fill(`i * (${vectors})`);
  return repeat(c, (k) => fill(`((i / H) * (C * H) + ${k}u * H + i % H) * LINE4`));
}

function channel(values: PerChannel, k: number): number {
  if (typeof values === 'number') return values;
  if (values[k] === undefined) {
    throw new RangeError(`gatherImages: ${values.length} values for mean or std, but channel ${k} needs one`);
  }
  return values[k];
}

function vec4(value: (lane: number) => number): string {
  const values = [0, 1, 2, 3].map(value);
  return `vec4<f32>(${values.every((v) => v === values[0]) ? values[0] : values.join(', ')})`;
}

/** Ones in the first `used` lanes. */
function lanes(used: number): string {
  return `vec4<f32>(${repeat(4, (l) => (l < used ? '1.0' : '0.0'), ', ')})`;
}

/** The float64 twin of `gatherImages`: bytes of (N,H,W,C) to a row-major batch [B,C,H,W]. */
export function gatherImagesOracle(
  data: ArrayLike<number>,
  [c, h, w]: readonly number[],
  rows: ArrayLike<number>,
  mean: PerChannel = 0.5,
  std: PerChannel = 0.5,
): Float64Array {
  const y = new Float64Array(rows.length * elementCount([c, h, w]));
  for (let b = 0, at = 0; b < rows.length; b++) {
    for (let k = 0; k < c; k++) {
      for (let pixel = 0; pixel < h * w; pixel++) {
        const byte = data[(rows[b] * h * w + pixel) * c + k];
        y[at++] = (byte / 255 - channel(mean, k)) / channel(std, k);
      }
    }
  }
  return y;
}
