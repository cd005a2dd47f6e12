/** Matrix products. */
import * as k from '@glassbox/wgsl-kernels';
import { batch, type KernelEntry, plan } from './entry.ts';

const matrix = (
  options: Partial<k.MatmulSpec>,
  product: (spec: k.MatmulSpec, machine: k.Machine) => k.KernelPlan = k.matmul,
): KernelEntry => ({
  group: 'matrix product',
  dimensions: 'M,K,N',
  shape: [batch, 512, 2],
  build: ([m, inner, n], _, machine) => {
    const spec = { m, k: inner, n, ...options };
    const { a, b, bias, c } = k.matmulLayouts(spec);
    return plan(product(spec, machine), { a, b, bias, c }, (v) => ({
      c: k.matmulOracle(spec, v.a, v.b, v.bias),
    }));
  },
});

export const matrixProducts: Record<string, KernelEntry> = {
  matmul: matrix({}),
  matmulBiasRelu: matrix({ bias: true, relu: true }),
  matmulWorkgroup: matrix({}, k.matmulWorkgroup),
  matmulTransposedA: matrix({ transposeA: true }),
  matmulTransposedB: matrix({ transposeB: true }),
};
