/**
 * Version 3: four rows share what is loaded. Version 2 loads a vec4 of b for every multiply-add; here that vec4 serves
 * four rows, whose four sums also do not wait for each other (a multiply-add takes about four cycles, and a processor
 * can begin one or two in each).
 */
import { linearKernel, reads, readsWrites, repeat } from '@glassbox/wgsl-kernels';
import { type MatmulSize, matmulConstants, matmulCost, matmulLayouts } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

const rows = 4;

export const matmulRows: LadderVersion<MatmulSize> = {
  name: '3 rows',
  adds: 'four rows for each invocation: a loaded vec4 of b is used four times',
  layouts: matmulLayouts,
  kernel: (size, { workgroupSize }) =>
    linearKernel({
      name: 'matmulRows',
      about: `c[i,j] = sum_k a[i,k] b[k,j]; all row-major.\nOne invocation computes ${rows} rows times 4 columns.`,
      bindings: [
        reads('a', 'array<f32>'),
        reads('b', 'array<vec4<f32>>'),
        readsWrites('c', 'array<vec4<f32>>'),
      ],
      invocations: (size.m * size.n) / 4 / rows,
      workgroupSize,
      declarations: matmulConstants(size),
      body: `
let row = i / (N / 4u) * ${rows}u;
let column4 = i % (N / 4u);
${repeat(rows, (r) => `var sum${r} = vec4<f32>();`)}
for (var k = 0u; k < K; k++) {
  let right = b[k * (N / 4u) + column4];
${repeat(rows, (r) => `  sum${r} += a[(row + ${r}u) * K + k] * right;`)}
}
${repeat(rows, (r) => `c[(row + ${r}u) * (N / 4u) + column4] = sum${r};`)}`,
      ...matmulCost(size),
    }),
};
