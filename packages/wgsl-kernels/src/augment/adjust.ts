import { coordinates } from '../elementwise/coordinates.ts';
import type { PerChannel } from '../gather/values.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import { elementCount, type Layout } from '../layout.ts';
import { type Machine, machines } from '../machine.ts';
import { channelText, checkImages, ofChannel } from './values.ts';

/** How the values of a pixel change, p from 0 (black) to 1 (white), by an amount for each image. */
export type Adjustment = 'brightness' | 'contrast' | 'gamma' | 'noise';

/** Which values `adjustImages` changes, and how. */
export interface AdjustImagesSpec {
  /** The row of `adjustments` to compute. */
  readonly adjustment: Adjustment;
  /** Of x and y: images [N,C,H,W] in `imageLayout`. */
  readonly layout: Layout;
  /** How the images were normalised: x = (p - mean) / std. */
  readonly mean: PerChannel;
  /** See `mean`. */
  readonly std: PerChannel;
}

interface Row {
  readonly formula: string;
  /** WGSL of the new value; `p`, `amount`, and what the row needs besides. */
  readonly text: string;
  /** The same; `other` is the image's mean brightness, or the pixel's random number. */
  readonly oracle: (p: number, amount: number, other: number) => number;
}

/** Each is then cut off at 0 and 1. */
export const adjustments: Readonly<Record<Adjustment, Row>> = {
  brightness: {
    formula: 'p·amount',
    text: 'p * amount',
    oracle: (p, amount) => p * amount,
  },
  contrast: {
    formula: 'm + (p - m)·amount, m the mean brightness of the image',
    text: 'centre + (p - centre) * amount',
    oracle: (p, amount, centre) => centre + (p - centre) * amount,
  },
  gamma: {
    formula: 'p^amount',
    // Below the smallest normal number a logarithm may be anything.
    text: 'select(exp2(amount * log2(max(p, vec4<f32>(1e-30)))), vec4<f32>(0.0), p < vec4<f32>(1e-30))',
    oracle: (p, amount) => Math.max(0, p) ** amount,
  },
  noise: {
    formula: 'p + z·amount, z a random number for each value',
    text: 'p + noise[v] * amount',
    oracle: (p, amount, z) => p + z * amount,
  },
};

/** Shares of red, green and blue in brightness (ITU-R BT.601), as torchvision's `rgb_to_grayscale`. */
const greyShares = [0.2989, 0.587, 0.114];

/**
 * Brightness, contrast, gamma or noise of images: the formulas of `adjustments`, cut off at 0 and 1. Contrast is of
 * grey and colour images (1 or 3 channels). Bindings: x, amounts ([N]), for contrast means (of x, [N,C]), for noise
 * noise (as x), y.
 */
export function adjustImages(
  { adjustment, layout, mean, std }: AdjustImagesSpec,
  { workgroupSize }: Machine = machines.gpu,
): Kernel {
  checkImages('adjustImages', layout, mean, std);
  const { formula, text } = adjustments[adjustment];
  const [n, c] = layout.shape;
  const { declare, name, inside } = coordinates(layout, 'adjustImages');
  const image = name(0) ?? '0u';
  const four = 'array<vec4<f32>>';
  const besides = {
    contrast: [reads('means', four)],
    noise: [reads('noise', four)],
    brightness: [],
    gamma: [],
  };
  return linearKernel({
    name: 'adjustImages',
    about: `
y = (q - mean)/std, q = ${formula},
cut off at 0 and 1, where p = x·std + mean, mean ${mean}, std ${std}.
x, y${adjustment === 'noise' ? ', noise' : ''}: [${layout.shape}] in order ${layout.order}, padded [${layout.extents}]
amounts: [${n}]${adjustment === 'contrast' ? `; means: [${n},${c}] of x, rows padded to 4` : ''}
One invocation computes one vec4.`,
    bindings: [
      reads('x', four),
      reads('amounts', 'array<f32>'),
      ...besides[adjustment],
      readsWrites('y', four),
    ],
    invocations: layout.size / 4,
    workgroupSize,
    body: `
let v = i;
${declare([0, 1, 3]).join('\n')}
let mean = ${channelText(layout, mean)};
let deviation = ${channelText(layout, std)};
let amount = amounts[${image}];
let p = x[v] * deviation + mean;
${adjustment === 'contrast' ? `let centre = ${centre(c, image, mean, std)};\n` : ''}let changed = ${text};
let q = clamp(changed, vec4<f32>(0.0), vec4<f32>(1.0));
let value = (q - mean) / deviation;
y[v] = ${inside ? `select(vec4<f32>(0.0), value, ${inside})` : 'value'};`,
    flop: (adjustment === 'gamma' ? 40 : 8) * elementCount(layout.shape),
    bytes: 4 * layout.size * (adjustment === 'noise' ? 3 : 2) + 4 * n,
  });
}

/** WGSL: the mean brightness of the image, from the means of its channels. */
function centre(channels: number, image: string, mean: PerChannel, std: PerChannel): string {
  if (channels !== 1 && channels !== 3) {
    throw new RangeError(
      `adjustImages: contrast is of grey or colour images (1 or 3 channels), not of ${channels} channels`,
    );
  }
  const shares = channels === 1 ? [1] : greyShares;
  return shares
    .map(
      (share, k) => `(means[${image}].${'xyz'[k]} * ${ofChannel(std, k)} + ${ofChannel(mean, k)}) * ${share}`,
    )
    .join(' + ');
}

/** The twin of `adjustImages` in float64: x and noise row-major. */
export function adjustImagesOracle(
  x: ArrayLike<number>,
  amounts: ArrayLike<number>,
  { shape, adjustment, mean, std }: Omit<AdjustImagesSpec, 'layout'> & { readonly shape: readonly number[] },
  noise: ArrayLike<number> = [],
): Float64Array {
  const [n, c, h, w] = shape;
  const { oracle } = adjustments[adjustment];
  const value = (index: number) => {
    const k = Math.floor(index / (h * w)) % c;
    return x[index] * ofChannel(std, k) + ofChannel(mean, k);
  };
  const centres = new Float64Array(n);
  for (let index = 0; adjustment === 'contrast' && index < n * c * h * w; index++) {
    const share = c === 1 ? 1 : greyShares[Math.floor(index / (h * w)) % c];
    centres[Math.floor(index / (c * h * w))] += (share * value(index)) / (h * w);
  }
  return Float64Array.from({ length: n * c * h * w }, (_, index) => {
    const [image, k] = [Math.floor(index / (c * h * w)), Math.floor(index / (h * w)) % c];
    const other = adjustment === 'contrast' ? centres[image] : noise[index];
    const q = Math.min(1, Math.max(0, oracle(value(index), amounts[image], other)));
    return (q - ofChannel(mean, k)) / ofChannel(std, k);
  });
}
