import { expect, it } from 'vitest';
import { machines, matmul } from '../src/index.ts';

it('matmul packs a large B for a CPU', () => {
  const { kernels, scratch } = matmul({ m: 64, k: 130, n: 257 }, machines.cpu);
  expect(Object.keys(scratch)).toEqual(['packed']);
  expect(kernels.map(({ name }) => name)).toEqual(['matmulPack', 'matmul']);
});
