import { expect, it } from 'vitest';
import { imageLayout, machines, reduce, rowMajor } from '../src/index.ts';

it('reduce cuts channel sums of an image into slices', () => {
  const image = imageLayout([64, 16, 14, 14]);
  const { kernels, scratch } = reduce('sum', image, [0, 2, 3], rowMajor([16]), {
    ...machines.softwareGpu,
    workgroupSize: 16,
  });
  expect(kernels.map(({ name }) => name)).toEqual(['reduceSum', 'reduceSumSlices']);
  expect(scratch).toEqual({ partials: 1792 });
});
