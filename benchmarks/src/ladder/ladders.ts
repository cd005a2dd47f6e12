import { type Conv2dSpec, conv2dForwardOracle, elementCount, matmulOracle } from '@glassbox/wgsl-kernels';
import { conv2dNaive } from './conv2d-1-naive.ts';
import { conv2dChannelsLast } from './conv2d-2-channels-last.ts';
import { conv2dUnrolled } from './conv2d-3-unrolled.ts';
import { conv2dPixels } from './conv2d-4-pixels.ts';
import { conv2dTile } from './conv2d-5-tile.ts';
import { conv2dProject } from './conv2d-6-project.ts';
import { matmulNaive } from './matmul-1-naive.ts';
import { matmulVectors } from './matmul-2-vectors.ts';
import { matmulRows } from './matmul-3-rows.ts';
import { matmulTile } from './matmul-4-tile.ts';
import { matmulWorkgroup } from './matmul-5-workgroup.ts';
import { matmulProject } from './matmul-6-project.ts';
import type { MatmulSize } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

/** One computation, its versions from naive to tiled, and the float64 definition that all must agree with. */
export interface Ladder<Spec> {
  readonly name: string;
  /** Names of the inputs' bindings and, last, the result's. */
  readonly operands: readonly string[];
  readonly versions: readonly LadderVersion<Spec>[];
  /** The result in row-major order, from dense inputs. */
  readonly oracle: (spec: Spec, inputs: readonly Float32Array[]) => Float64Array;
  /** What is timed. */
  readonly timed: Spec;
}

export const matmulLadder: Ladder<MatmulSize> = {
  name: 'matmul',
  operands: ['a', 'b', 'c'],
  versions: [matmulNaive, matmulVectors, matmulRows, matmulTile, matmulWorkgroup, matmulProject],
  oracle: (size, [a, b]) => matmulOracle(size, a, b),
  timed: { m: 256, k: 256, n: 256 },
};

/** Timed: the second convolution of practical-net at a quarter of its batch. */
export const conv2dLadder: Ladder<Conv2dSpec> = {
  name: 'conv2d',
  operands: ['x', 'weight', 'y'],
  versions: [conv2dNaive, conv2dChannelsLast, conv2dUnrolled, conv2dPixels, conv2dTile, conv2dProject],
  oracle: (spec, [x, weight]) => conv2dForwardOracle(spec, x, weight),
  timed: {
    batch: 16,
    inChannels: 16,
    height: 14,
    width: 14,
    outChannels: 32,
    kernel: [3, 3],
    stride: [2, 2],
    padding: [1, 1],
  },
};

/** Dense inputs in [-1, 1), the same each time. */
export function ladderInputs<Spec>({ versions }: Ladder<Spec>, spec: Spec): Float32Array[] {
  const inputs = versions[0].layouts(spec).slice(0, -1);
  return inputs.map(({ shape }, operand) =>
    Float32Array.from(
      { length: elementCount(shape) },
      (_, n) => (((n + 1) * (7919 + 2 * operand)) % 2003) / 1001.5 - 1,
    ),
  );
}
