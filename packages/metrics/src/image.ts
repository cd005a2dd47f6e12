/**
 * How near a reconstruction is to its input: mean squared error, PSNR, SSIM. Grey images, row-major. A pixel that is
 * not finite makes a score NaN (PSNR of an infinite one: -Infinity); {@link scoreReconstructions} refuses it.
 */
import { checkFinite, checkWhole } from './checks.ts';
import { log10 } from './portable-math.ts';

function checkRange(what: string, range: number): void {
  if (range > 0 && range < Number.POSITIVE_INFINITY) return;
  throw new Error(`${what}: the range is ${range}; pass the span of possible values, such as 255 for bytes`);
}

/** Mean squared difference. */
export function meanSquaredError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length || a.length === 0) {
    throw new Error(
      `meanSquaredError: images of ${a.length} and ${b.length} pixels; they must have the same shape`,
    );
  }
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
}

/**
 * Peak signal-to-noise ratio in dB: 10 log10(range^2 / MSE). Infinity for equal images.
 *
 * @param range the span of possible values: 255 for bytes, 1 for [0,1], 2 for [-1,1]
 */
export function psnr(a: ArrayLike<number>, b: ArrayLike<number>, range: number): number {
  checkRange('psnr', range);
  return 10 * log10(range ** 2 / meanSquaredError(a, b));
}

/** Side of SSIM's window. */
const WINDOW = 7;

/**
 * Mean structural similarity (Wang et al., IEEE TIP 2004) as scikit-image's `structural_similarity` computes it by
 * default: uniform 7x7 window, K1 = .01, K2 = .03, sample (n-1) covariance, mean over the windows that lie wholly
 * inside the image.
 *
 * @param range the span of possible values (scikit-image's `data_range`)
 * @throws if an image is smaller than the window or the sizes do not match
 */
export function ssim(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  height: number,
  width: number,
  range: number,
): number {
  if (a.length !== height * width || b.length !== height * width) {
    throw new Error(
      `ssim: images of ${a.length} and ${b.length} pixels given as [${height},${width}]; pass one grey image each`,
    );
  }
  checkRange('ssim', range);
  checkWhole('ssim: the height', height, 0);
  checkWhole('ssim: the width', width, 0);
  if (height < WINDOW || width < WINDOW) {
    throw new Error(
      `ssim: [${height},${width}] is smaller than the ${WINDOW}x${WINDOW} window; enlarge the images`,
    );
  }
  const n = WINDOW * WINDOW;
  const c1 = (0.01 * range) ** 2;
  const c2 = (0.03 * range) ** 2;
  let sum = 0;
  for (let top = 0; top + WINDOW <= height; top++) {
    for (let left = 0; left + WINDOW <= width; left++) {
      let sumA = 0;
      let sumB = 0;
      let sumAA = 0;
      let sumBB = 0;
      let sumAB = 0;
      for (let y = top; y < top + WINDOW; y++) {
        for (let x = left; x < left + WINDOW; x++) {
          const pa = a[y * width + x];
          const pb = b[y * width + x];
          sumA += pa;
          sumB += pb;
          sumAA += pa * pa;
          sumBB += pb * pb;
          sumAB += pa * pb;
        }
      }
      const meanA = sumA / n;
      const meanB = sumB / n;
      const varianceA = (sumAA / n - meanA * meanA) * (n / (n - 1));
      const varianceB = (sumBB / n - meanB * meanB) * (n / (n - 1));
      const covariance = (sumAB / n - meanA * meanB) * (n / (n - 1));
      sum +=
        ((2 * meanA * meanB + c1) * (2 * covariance + c2)) /
        ((meanA ** 2 + meanB ** 2 + c1) * (varianceA + varianceB + c2));
    }
  }
  return sum / ((height - WINDOW + 1) * (width - WINDOW + 1));
}

/** Scores of many reconstructions: each image's, and the means. */
export interface ReconstructionScores {
  /** Mean of the images' peak signal-to-noise ratios, in dB. */
  psnr: number;
  /** Mean of the images' structural similarities, at most 1. */
  ssim: number;
  /** Mean squared difference over all pixels. */
  mse: number;
  /** The scores of each image, in their order. */
  each: { psnr: number; ssim: number }[];
}

/**
 * Scores `count` reconstructions of square grey images held one after the other.
 * PSNR is averaged over images (in dB), not computed from the pooled error.
 *
 * @param range the span of possible values; `mse` is returned in units of range squared
 * @throws on values that do not make [count, size, size], are not finite, or a range that is not above 0
 */
export function scoreReconstructions(
  inputs: ArrayLike<number>,
  outputs: ArrayLike<number>,
  count: number,
  size: number,
  range: number,
): ReconstructionScores {
  const pixels = size * size;
  checkWhole('scoreReconstructions: count', count, 1);
  if (inputs.length !== count * pixels || outputs.length !== count * pixels) {
    throw new Error(
      `scoreReconstructions: ${inputs.length} input and ${outputs.length} output values for [${count},${size},${size}]`,
    );
  }
  checkFinite('scoreReconstructions: inputs', inputs);
  checkFinite('scoreReconstructions: outputs', outputs);
  const each: { psnr: number; ssim: number }[] = [];
  let mse = 0;
  for (let i = 0; i < count; i++) {
    const a = Array.prototype.slice.call(inputs, i * pixels, (i + 1) * pixels) as number[];
    const b = Array.prototype.slice.call(outputs, i * pixels, (i + 1) * pixels) as number[];
    mse += meanSquaredError(a, b) / (range * range);
    each.push({ psnr: psnr(a, b, range), ssim: ssim(a, b, size, size, range) });
  }
  const mean = (key: 'psnr' | 'ssim'): number => each.reduce((sum, one) => sum + one[key], 0) / count;
  return { psnr: mean('psnr'), ssim: mean('ssim'), mse: mse / count, each };
}
