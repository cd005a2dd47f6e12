import { faultsBinding, notANumber, rowFaultText } from '../faults.ts';
import { indent, type Kernel, linearKernel, reads, readsWrites, repeat } from '../kernel.ts';
import { elementCount, isPlanar, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import {
  channel,
  type ImageOrder,
  type ImageSource,
  lanes,
  normaliseText,
  type PerChannel,
  valueAt,
  valueLine,
  vec4,
} from './values.ts';

export type { ImageOrder, ImageSource };

/** From how many images a batch is gathered, and how bytes become numbers. */
export interface GatherImagesSpec {
  /** Number of images in the data set. */
  readonly images: number;
  /** What the images are stored as. Default `u8`. */
  readonly source?: ImageSource;
  /** The order in which their values lie. Default `NHWC`. */
  readonly order?: ImageOrder;
  /** The batch [B,C,H,W] in `imageLayout`. */
  readonly y: Layout;
  /** Subtracted from x/255 (16 bits: x/65535, floats: x), for all channels or for each. Default 0.5. */
  readonly mean?: PerChannel;
  /** Divides the difference, for all channels or for each. Default 0.5. */
  readonly std?: PerChannel;
}

/** 32-bit words that `images` images of shape [C,H,W] take. */
export function imageWords(images: number, [c, h, w]: readonly number[], source: ImageSource = 'u8'): number {
  return Math.ceil((images * c * h * w) / perWord[source]);
}

/** Values in a word. */
const perWord: Readonly<Record<ImageSource, number>> = { u8: 4, u16: 2, f32: 1 };

/** What a stored value is divided by. */
export const imageRange: Readonly<Record<ImageSource, number>> = { u8: 255, u16: 65535, f32: 1 };

/**
 * Builds a normalised batch from a data set: y[b] = (data[rows[b]]/255 - mean)/std, with 65535 in the place of 255
 * for 16 bits, and floats as they are. x/255 and x/65535 are correctly rounded on every device (see `normalise`
 * in the text), so that with a standard deviation that is a power of two the batch equals PyTorch's to the
 * last bit.
 * Bindings: data (values of numpy's (N,H,W) or (N,H,W,C), or (N,C,H,W), in order; integers fill words, the first value
 * lowest), rows (u32 [B], each below `images`), faults (`faultWords`), y. A row of `images` or more is a fault: its
 * image has a NaN in every line.
 * @throws RangeError if y is no image batch, or the data set has more values than a u32 can number.
 */
export function gatherImages(spec: GatherImagesSpec, { workgroupSize }: Machine = machines.gpu): Kernel {
  const { images, y, source = 'u8', order = 'NHWC', mean = 0.5, std = 0.5 } = spec;
  if (y.shape.length !== 4) throw new RangeError(`gatherImages: y must be [B,C,H,W], not [${y.shape}]`);
  const [b, c, h, w] = y.shape;
  const imageBytes = c * h * w;
  if (images * imageBytes > 2 ** 32) {
    throw new RangeError(
      `gatherImages: ${images} images of [${[c, h, w]}] exceed 2^32 values (4 GiB of bytes); ` +
        'split the data set into parts',
    );
  }
  // A power of two is multiplied by its reciprocal, which is exact; WGSL allows a division to be off by 2.5 ulp.
  const deviations = typeof std === 'number' ? [std] : std;
  const exact = deviations.every((value) => Number.isInteger(Math.log2(value)));
  const reciprocals = typeof std === 'number' ? 1 / std : std.map((value) => 1 / value);
  const scale = exact ? reciprocals : std;
  const lastWord = imageWords(images, [c, h, w]) - 1;
  // Bytes whose neighbours are read with them; of one channel both orders are the same.
  const fourAtOnce = source === 'u8' && (order === 'NHWC' || c === 1);
  const inOrder = order === 'NHWC' ? `H,W,C = ${h},${w},${c}` : `C,H,W = ${c},${h},${w}`;
  return linearKernel({
    name: 'gatherImages',
    about: `
y[b] = (data[rows[b]]${source === 'f32' ? '' : `/${imageRange[source]}`} - mean)/std, mean ${mean}, std ${std}.
data: ${images} images as ${stored[source]} in order ${inOrder}${packing[source]}
rows: [${b}]
y: [${y.shape}] in order ${y.order}, padded [${y.extents}]
One invocation builds one line of one image.`,
    bindings: [
      reads('data', source === 'f32' ? 'array<f32>' : 'array<u32>'),
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
${normaliseText(source, exact)}

${fourAtOnce ? loadBytes(y, lastWord) : valueAt(source)}

${rowFaultText('gatherImages', 'rows', images)}`,
    body: `
let row = rows[i / H];
if (isBad(row)) {
  reportBad(i / H);
${indent(badLine(y))}
  return;
}
${
  fourAtOnce
    ? `let line = row * (H * W * C) + (i % H) * (W * C);
${isPlanar(c) ? planarLine(y, mean, scale) : interleavedLine(y, mean, scale)}`
    : valueLine(y, { source, order, mean, scale })
}`,
    flop: 4 * b * imageBytes,
    bytes: 4 * b + (4 / perWord[source]) * b * imageBytes + 4 * y.size,
  });
}

const stored: Readonly<Record<ImageSource, string>> = { u8: 'bytes', u16: '16-bit numbers', f32: 'floats' };
const packing: Readonly<Record<ImageSource, string>> = {
  u8: ', four bytes in a word',
  u16: ', two in a word',
  f32: '',
};

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

/** The float64 twin of `gatherImages`: values of images to a row-major batch [B,C,H,W]. */
export function gatherImagesOracle(
  data: ArrayLike<number>,
  [c, h, w]: readonly number[],
  rows: ArrayLike<number>,
  mean: PerChannel = 0.5,
  std: PerChannel = 0.5,
  { range = 255, order = 'NHWC' }: { readonly range?: number; readonly order?: ImageOrder } = {},
): Float64Array {
  const y = new Float64Array(rows.length * elementCount([c, h, w]));
  for (let b = 0, at = 0; b < rows.length; b++) {
    for (let k = 0; k < c; k++) {
      for (let pixel = 0; pixel < h * w; pixel++) {
        const value = order === 'NHWC' ? pixel * c + k : k * h * w + pixel;
        const stored = data[rows[b] * h * w * c + value];
        y[at++] = (stored / range - channel(mean, k)) / channel(std, k);
      }
    }
  }
  return y;
}
