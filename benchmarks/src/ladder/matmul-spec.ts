import { type Layout, rowMajor } from '@glassbox/wgsl-kernels';

/** c[m,n] = a[m,k] b[k,n], row-major. The ladder keeps to multiples of 32, so that no version needs edges. */
export interface MatmulSize {
  readonly m: number;
  readonly k: number;
  readonly n: number;
}

export function matmulLayouts({ m, k, n }: MatmulSize): readonly Layout[] {
  return [rowMajor([m, k]), rowMajor([k, n]), rowMajor([m, n])];
}

/** FLOP, and the bytes that must move at least. */
export function matmulCost({ m, k, n }: MatmulSize) {
  return { flop: 2 * m * k * n, bytes: 4 * (m * k + k * n + m * n) };
}

/** Sizes as WGSL constants. */
export function matmulConstants({ m, k, n }: MatmulSize): string {
  return `const M = ${m}u;\nconst K = ${k}u;\nconst N = ${n}u;`;
}
