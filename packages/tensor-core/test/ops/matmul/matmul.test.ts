import {
  broadcastOracle,
  broadcastShapes,
  elementCount,
  type MatmulSpec,
  matmulOracle,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chain } from '../../../src/fusions/chain.ts';
import { linearStep, step } from '../../../src/fusions/steps.ts';
import { Runtime } from '../../../src/index.ts';
import { linear, matmul } from '../../../src/ops/index.ts';
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

/** Shapes that torch.matmul takes: leading dimensions that broadcast, or a vector on either side. */
const broadcastProducts = fc
  .record({
    m: side,
    k: side,
    n: side,
    leading: fc.constantFrom<[number[], number[]]>(
      [[3], []],
      [[], [3]],
      [[2, 3], [3]],
      [
        [2, 3],
        [1, 1],
      ],
      [
        [2, 1],
        [1, 3],
      ],
      [[1], [2]],
      [
        [2, 2],
        [2, 2],
      ],
    ),
    vectors: fc.constantFrom('none', 'none', 'a', 'b', 'both'),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  })
  .chain(({ m, k, n, leading, vectors, ...flags }) => {
    const [va, vb] = ['a', 'b'].map((side) => vectors === side || vectors === 'both');
    const transposeA = flags.transposeA && !va;
    const transposeB = flags.transposeB && !vb;
    return fc.record({
      a: input(va ? [k] : [...leading[0], ...(transposeA ? [k, m] : [m, k])], { frozen: true }),
      b: input(vb ? [k] : [...leading[1], ...(transposeB ? [n, k] : [k, n])], { frozen: true }),
      transposeA: fc.constant(transposeA),
      transposeB: fc.constant(transposeB),
    });
  });

/** The definition, a product at a time: the shape of the result, and its elements from both operands'. */
function broadcastProduct(
  a: readonly number[],
  b: readonly number[],
  transposeA: boolean,
  transposeB: boolean,
) {
  const first = a.length === 1 ? [1, ...a] : a;
  const second = b.length === 1 ? [...b, 1] : b;
  const leading = broadcastShapes(first.slice(0, -2), second.slice(0, -2));
  const [m, k] = transposeA ? first.slice(-2).reverse() : first.slice(-2);
  const n = second.at(transposeB ? -2 : -1)!;
  const batch = elementCount(leading);
  return {
    shape: [...leading, ...(a.length === 1 ? [] : [m]), ...(b.length === 1 ? [] : [n])],
    oracle: (x: ArrayLike<number>, y: ArrayLike<number>) =>
      matmulOracle(
        { m, k, n, batch, transposeA, transposeB },
        broadcastOracle(x, first, [...leading, ...first.slice(-2)]),
        broadcastOracle(y, second, [...leading, ...second.slice(-2)]),
      ),
  };
}

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
          op: (input, matrix, shift) => chain(input, withRelu(step(linearStep, matrix, shift ?? null), relu)),
          oracle: (...arrays) => matmulOracle({ ...spec, relu }, arrays[0], arrays[1], arrays[2]),
          shape: [m, n],
        });
      }),
      runs(device, 18),
    );
  });

  it('matmul: leading dimensions broadcast, and vectors, as torch.matmul', async () => {
    await fc.assert(
      fc.asyncProperty(broadcastProducts, async ({ a, b, transposeA, transposeB }) => {
        const { shape, oracle } = broadcastProduct(a.shape, b.shape, transposeA, transposeB);
        await checkOp(runtime, {
          name: 'matmul',
          cancels: true,
          inputs: [a, b],
          op: (x, y) => matmul(x, y, { transposeA, transposeB }),
          oracle,
          shape,
        });
      }),
      runs(device, 30),
    );
  });

  it('linear: any dimensions before the last', async () => {
    const cases = fc
      .record({
        leading: fc.constantFrom([], [1], [3, 2], [2, 1, 3]),
        k: side,
        n: side,
        withBias: fc.boolean(),
        relu: fc.boolean(),
      })
      .chain((sizes) =>
        fc.record({
          sizes: fc.constant(sizes),
          x: input([...sizes.leading, sizes.k], { frozen: true }),
          weight: input([sizes.n, sizes.k], { frozen: true }),
          bias: input([sizes.n], { frozen: true }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ({ sizes: { leading, k, n, withBias, relu }, x, weight, bias }) => {
        const m = elementCount(leading);
        const spec: MatmulSpec = { m, k, n, transposeB: true, bias: withBias };
        const inputs = withBias ? [x, weight, bias] : [x, weight];
        const exact = inputs.map(({ data }) => Float64Array.from(data));
        fc.pre(!relu || awayFromZero(matmulOracle(spec, exact[0], exact[1], exact[2])));
        await checkOp(runtime, {
          name: 'linear',
          cancels: true,
          inputs,
          op: (rows, matrix, shift) => chain(rows, withRelu(step(linearStep, matrix, shift ?? null), relu)),
          oracle: (...arrays) => matmulOracle({ ...spec, relu }, arrays[0], arrays[1], arrays[2]),
          shape: [...leading, n],
        });
      }),
      runs(device, 18),
    );
  });

  it('name both shapes where they do not fit', () => {
    const [a, b] = [zeros(runtime, [2, 3]), zeros(runtime, [2, 3])];
    expect(() => matmul(a, b)).toThrow(/matmul: \[2,3\] · \[2,3\]: expected matrices \[m,k\] · \[k,n\]/);
    const of = (...shape: number[]) => zeros(runtime, shape);
    expect(() => matmul(of(2, 2, 3), of(3, 3, 4))).toThrow(
      /matmul: leading dimensions: shapes \[2\] and \[3\] do not broadcast/,
    );
    expect(() => matmul(of(4, 2, 3), of(2, 5))).toThrow(/k is 3 on the left and 2 on the right/);
    expect(() => matmul(of(3), of(4))).toThrow(/k is 3 on the left and 4 on the right/);
    expect(() => matmul(of(), of(4))).toThrow(/matmul: \[\] and \[4\]: a single number is no matrix/);
    expect(() => matmul(of(3), of(3, 2), { transposeA: true })).toThrow(/a vector has no transpose/);
    expect(() => linear(of(), of(4, 3), null)).toThrow(/linear: input \[\] does not fit/);
    expect(() => linear(a, zeros(runtime, [4, 2]), null)).toThrow(/linear: input \[2,3\].*\[4,2\].*flatten/);
    expect(() => linear(a, zeros(runtime, [4, 3]), zeros(runtime, [3]))).toThrow(/bias is \[3\].*4 outputs/);
  });
});
