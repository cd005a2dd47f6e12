/**
 * Version 2: four columns at once. b's rows lie contiguous, so one load fetches four neighbours as a vec4, and one
 * multiply-add works on all four. The element of a is the same for all of them.
 */
import { linearKernel, reads, readsWrites } from '@glassbox/wgsl-kernels';
import { type MatmulSize, matmulConstants, matmulCost, matmulLayouts } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

export const matmulVectors: LadderVersion<MatmulSize> = {
  name: '2 vectors',
  adds: 'vec4: four neighbouring columns for each load and multiply-add',
  layouts: matmulLayouts,
  kernel: (size, { workgroupSize }) =>
    linearKernel({
      name: 'matmulVectors',
      about:
        'c[i,j] = sum_k a[i,k] b[k,j]; all row-major.\nOne invocation computes four neighbours of a row of c.',
      bindings: [
        reads('a', 'array<f32>'),
        reads('b', 'array<vec4<f32>>'),
        readsWrites('c', 'array<vec4<f32>>'),
      ],
      invocations: (size.m * size.n) / 4,
      workgroupSize,
      declarations: matmulConstants(size),
      body: `
let row = i / (N / 4u);
let column4 = i % (N / 4u);
var sum = vec4<f32>();
for (var k = 0u; k < K; k++) {
  sum += a[row * K + k] * b[k * (N / 4u) + column4];
}
c[i] = sum;`,
      ...matmulCost(size),
    }),
};
