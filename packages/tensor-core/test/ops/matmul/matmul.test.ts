import { type MatmulSpec, matmulOracle } from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain } from '../../../src/fusions/chain.ts';
import { linear, matmul } from '../../../src/ops/index.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { zeros } from '../../../src/tensor.ts';
import { openTestDevices } from '../../support/devices.ts';
import { runs } from '../../support/runs.ts';
import { withRelu } from '../../support/steps.ts';
import { input } from '../arbitrary.ts';
import { checkOp } from '../check-op.ts';
import { awayFromZero } from '../kinks.ts';

const devices = await openTestDevices();
const side = fc.constantFrom(1, 2, 3, 5, 8, 13);
const batchSize = fc.constantFrom(undefined, 1, 3);

const products = fc
  .record({ m: side, k: side, n: side, batch: batchSize, transposeA: fc.boolean(), transposeB: fc.boolean() })
  .chain((spec) => {
    const { m, k, n, batch, transposeA, transposeB } = spec;
    const matrix = (rows: number, columns: number) =>
      batch === undefined ? [rows, columns] : [batch, rows, columns];
    return fc.record({
      spec: fc.constant(spec satisfies MatmulSpec),
      a: input(transposeA ? matrix(k, m) : matrix(m, k), { frozen: true }),
      b: input(transposeB ? matrix(n, k) : matrix(k, n), { frozen: true }),
      shape: fc.constant(matrix(m, n)),
    });
  });

const layers = fc
  .record({ m: side, k: side, n: side, withBias: fc.boolean(), relu: fc.boolean() })
  .chain((spec) =>
    fc.record({
      spec: fc.constant(spec),
      x: input([spec.m, spec.k], { frozen: true }),
      weight: input([spec.n, spec.k], { frozen: true }),
      bias: input([spec.n], { frozen: true }),
    }),
  );

describe.each(devices)('matrix products on $name', ({ device }) => {
  const runtime = new Runtime(device);

  it('matmul: every transpose, with and without batches', async () => {
    await fc.assert(
      fc.asyncProperty(products, async ({ spec, a, b, shape }) => {
        const { transposeA, transposeB } = spec;
        await checkOp(runtime, {
          name: 'matmul',
          cancels: true,
          inputs: [a, b],
          op: (x, y) => matmul(x, y, { transposeA, transposeB }),
          oracle: (x, y) => matmulOracle(spec, x, y),
          shape,
        });
      }),
      runs(device, 24),
    );
  });

  it('linear: with and without bias and ReLU', async () => {
    await fc.assert(
      fc.asyncProperty(layers, async ({ spec: { m, k, n, withBias, relu }, x, weight, bias }) => {
        const spec: MatmulSpec = { m, k, n, transposeB: true, bias: withBias };
        const inputs = withBias ? [x, weight, bias] : [x, weight];
        const exact = inputs.map(({ data }) => Float64Array.from(data));
        fc.pre(!relu || awayFromZero(matmulOracle(spec, exact[0], exact[1], exact[2])));
        await checkOp(runtime, {
          name: 'linear',
          cancels: true,
          inputs,
          op: (input, matrix, shift) =>
            chain(input, withRelu({ op: 'linear', args: [matrix, shift ?? null] }, relu)),
          oracle: (...arrays) => matmulOracle({ ...spec, relu }, arrays[0], arrays[1], arrays[2]),
          shape: [m, n],
        });
      }),
      runs(device, 18),
    );
  });

  it('name both shapes where they do not fit', () => {
    const [a, b] = [zeros(runtime, [2, 3]), zeros(runtime, [2, 3])];
    expect(() => matmul(a, b)).toThrow(/matmul: \[2,3\] · \[2,3\]: expected matrices \[m,k\] · \[k,n\]/);
    expect(() => matmul(zeros(runtime, [2, 2, 3]), zeros(runtime, [3, 3, 4]))).toThrow(/matmul/);
    expect(() => linear(a, zeros(runtime, [4, 2]), null)).toThrow(/linear: input \[2,3\].*\[4,2\].*flatten/);
    expect(() => linear(a, zeros(runtime, [4, 3]), zeros(runtime, [3]))).toThrow(/bias is \[3\].*4 outputs/);
  });
});
