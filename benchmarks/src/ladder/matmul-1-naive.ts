/**
 * Version 1: the definition. One invocation computes one element of c: 2 k operations on 2 k loads, one number at a
 * time, so that a processor which could do 4 or 8 numbers at once does one, and mostly waits for loads.
 */
import { linearKernel, reads, readsWrites } from '@glassbox/wgsl-kernels';
import { type MatmulSize, matmulConstants, matmulCost, matmulLayouts } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

export const matmulNaive: LadderVersion<MatmulSize> = {
  name: '1 naive',
  adds: 'the definition: one invocation computes one element',
  layouts: matmulLayouts,
  kernel: (size, { workgroupSize }) =>
    linearKernel({
      name: 'matmulNaive',
      about: 'c[i,j] = sum_k a[i,k] b[k,j]; all row-major.\nOne invocation computes one element of c.',
      bindings: [reads('a', 'array<f32>'), reads('b', 'array<f32>'), readsWrites('c', 'array<f32>')],
      invocations: size.m * size.n,
      workgroupSize,
      declarations: matmulConstants(size),
      body: `
let row = i / N;
let column = i % N;
var sum = 0.0;
for (var k = 0u; k < K; k++) {
  sum += a[row * K + k] * b[k * N + column];
}
c[i] = sum;`,
      ...matmulCost(size),
    }),
};
