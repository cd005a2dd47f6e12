/**
 * Version 4: a register tile. Four rows times two vec4 of columns are eight independent sums, enough to keep two
 * multiply-add units busy; a is read as vec4 along k and the loop unrolled by 4, so that 6 x 4 = 24 loads of version 3
 * for 8 sums become 12 for 32 multiply-adds.
 */
import { linearKernel, reads, readsWrites, repeat } from '@glassbox/wgsl-kernels';
import { type MatmulSize, matmulConstants, matmulCost, matmulLayouts } from './matmul-spec.ts';
import type { LadderVersion } from './version.ts';

const rows = 4;
const vectors = 2;

export const matmulTile: LadderVersion<MatmulSize> = {
  name: '4 register tile',
  adds: 'eight sums in registers, a read as vec4, the loop unrolled by 4',
  layouts: matmulLayouts,
  kernel: (size, { workgroupSize }) => {
    const step = (lane: number) => `
  let b${lane}_0 = b[(4u * k4 + ${lane}u) * (N / 4u) + column4];
  let b${lane}_1 = b[(4u * k4 + ${lane}u) * (N / 4u) + column4 + 1u];
${repeat(rows, (r) => repeat(vectors, (v) => `  sum${r}_${v} += a${r}.${'xyzw'[lane]} * b${lane}_${v};`, ''))}`;
    return linearKernel({
      name: 'matmulTile',
      about:
        `c[i,j] = sum_k a[i,k] b[k,j]; all row-major.\nOne invocation computes ${rows} ` +
        `rows times ${4 * vectors} columns.`,
      bindings: [
        reads('a', 'array<vec4<f32>>'),
        reads('b', 'array<vec4<f32>>'),
        readsWrites('c', 'array<vec4<f32>>'),
      ],
      invocations: (size.m * size.n) / 4 / rows / vectors,
      workgroupSize,
      declarations: matmulConstants(size),
      body: `
let row = i / (N / ${4 * vectors}u) * ${rows}u;
let column4 = i % (N / ${4 * vectors}u) * ${vectors}u;
${repeat(rows, (r) => repeat(vectors, (v) => `var sum${r}_${v} = vec4<f32>();`, ' '))}
for (var k4 = 0u; k4 < K / 4u; k4++) {
${repeat(rows, (r) => `  let a${r} = a[(row + ${r}u) * (K / 4u) + k4];`)}${repeat(4, step)}
}
${repeat(rows, (r) => repeat(vectors, (v) => `c[(row + ${r}u) * (N / 4u) + column4 + ${v}u] = sum${r}_${v};`))}`,
      ...matmulCost(size),
    });
  },
};
