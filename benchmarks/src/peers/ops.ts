/** Single operations that contenders are measured with, beside whole nets. */

/** An operation and the sizes of its inputs. */
export interface BenchmarkOp {
  readonly name: string;
  readonly kind: 'matmul' | 'group_norm' | 'depthwise';
  /** Of x: [N,C,H,W]; of a product the size of both matrices. */
  readonly shape: readonly number[];
  /** Groups of channels, of a group normalisation. */
  readonly groups?: number;
  /** Of a depthwise convolution, whose filters are 3x3 with padding 1. */
  readonly stride?: number;
}

/** What is computed of an operation: its result, or the gradients of all of its inputs. */
export type Pass = 'forward' | 'backward';
export const passes: readonly Pass[] = ['forward', 'backward'];

/** A product of 512 x 512 matrices. */
export const product: BenchmarkOp = { name: 'matmul-512', kind: 'matmul', shape: [512, 512] };

const groupNorm = (...shape: number[]): BenchmarkOp => ({
  name: `group_norm-${shape[1]}x${shape[2]}`,
  kind: 'group_norm',
  shape,
  groups: 32,
});

const depthwise = (stride: number, ...shape: number[]): BenchmarkOp => ({
  name: `depthwise-${shape[1]}x${shape[2]}${stride > 1 ? `-stride${stride}` : ''}`,
  kind: 'depthwise',
  shape,
  stride,
});

/**
 * Those where memory decides. Group normalisation: the images of a ResNet-18 for 28 pixels, with the 32 groups of its
 * authors. Depthwise convolutions: the images of a MobileNetV2 for 224 pixels.
 */
export const benchmarkOps: readonly BenchmarkOp[] = [
  groupNorm(128, 64, 28, 28),
  groupNorm(128, 128, 14, 14),
  groupNorm(128, 256, 7, 7),
  groupNorm(128, 512, 4, 4),
  depthwise(1, 8, 32, 112, 112),
  depthwise(2, 8, 96, 112, 112),
  depthwise(1, 8, 144, 56, 56),
  depthwise(1, 32, 384, 14, 14),
  depthwise(1, 32, 960, 7, 7),
];
