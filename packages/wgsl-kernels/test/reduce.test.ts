import { describe, expect, it } from 'vitest';
import { argMax, imageLayout, machines, reduce, rowMajor, variance } from '../src/index.ts';

const tuning = { ...machines.softwareGpu, workgroupSize: 16 };

describe('WGSL of the reductions', () => {
  it('channel sums of a channels-last image, in two stages', () => {
    const { kernels, scratch } = reduce(
      'sum',
      imageLayout([64, 16, 14, 14]),
      [0, 2, 3],
      rowMajor([16]),
      tuning,
    );
    expect(scratch).toMatchInlineSnapshot(`
      {
        "partials": 1792,
      }
    `);
    expect(kernels.map((kernel) => kernel.wgsl).join('\n')).toMatchSnapshot();
  });
  it('largest of each row, ragged', () => {
    const { kernels } = reduce('max', rowMajor([7, 14]), [1], rowMajor([7]), tuning);
    expect(kernels.map((kernel) => kernel.wgsl).join('\n')).toMatchSnapshot();
  });
  it('variance over columns', () => {
    const { kernels } = variance(rowMajor([8, 5]), [0], rowMajor([5]), {}, tuning);
    expect(kernels.map((kernel) => kernel.wgsl).join('\n')).toMatchSnapshot();
  });
  it('argMax of each row', () => {
    expect(argMax(rowMajor([6, 14]), rowMajor([6]), -1, tuning).wgsl).toMatchSnapshot();
  });
});
