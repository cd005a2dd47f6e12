import { describe, expect, it } from 'vitest';
import { machines, matmul, matmulWorkgroup } from '../src/index.ts';

describe('the text of the matmul kernels', () => {
  it('rows, k divisible by 4', () => {
    expect(matmul({ m: 64, k: 128, n: 64, bias: true, relu: true }).kernels[0].wgsl).toMatchSnapshot();
  });

  it('A transposed, odd sizes', () => {
    expect(matmul({ m: 7, k: 5, n: 9, transposeA: true }).kernels[0].wgsl).toMatchSnapshot();
  });

  it('a large B, packed for a CPU', () => {
    const { kernels, scratch } = matmul({ m: 64, k: 130, n: 257 }, machines.cpu);
    expect(Object.keys(scratch)).toEqual(['packed']);
    expect(kernels.map(({ wgsl }) => wgsl).join('\n')).toMatchSnapshot();
  });

  it('B transposed', () => {
    expect(matmul({ m: 64, k: 30, n: 10, transposeB: true }).kernels[0].wgsl).toMatchSnapshot();
  });

  it('both transposed', () => {
    expect(
      matmul({ m: 8, k: 6, n: 10, transposeA: true, transposeB: true }).kernels[0].wgsl,
    ).toMatchSnapshot();
  });

  it('with workgroup memory, every form', () => {
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, true],
    ]) {
      const { kernels } = matmulWorkgroup({ m: 64, k: 30, n: 40, transposeA, transposeB, bias: true });
      expect(kernels[0].wgsl).toMatchSnapshot();
    }
  });

  it('a long k in parts', () => {
    expect(matmul({ m: 4, k: 301, n: 4, bias: true }).kernels.map(({ wgsl }) => wgsl)).toMatchSnapshot();
  });
});
