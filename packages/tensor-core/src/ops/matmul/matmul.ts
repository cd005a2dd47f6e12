import { checkOptions, flag, type OptionTable } from '@glassbox/options';
import { type MatmulSpec, matmul as matmulKernel, matmulLayouts } from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';
import type { OpParts } from '../parts.ts';
import { sum } from '../reduce/reduce.ts';

export interface MatmulOptions {
  /** Use a's transpose: a is stored [k,m]. */
  readonly transposeA?: boolean;
  /** Use b's transpose: b is stored [n,k]. */
  readonly transposeB?: boolean;
}

const optionNames: OptionTable<MatmulOptions> = { transposeA: flag, transposeB: flag };

/**
 * Matrix product op(a)[m,k] · op(b)[k,n]; with a leading batch dimension in both, one product for each.
 * Gradients: da = dc · op(b)ᵀ and db = op(a)ᵀ · dc, transposed where the operand is.
 * @throws RangeError if the inner sizes or batches differ.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  checkOptions('matmul', options, optionNames);
  const { transposeA = false, transposeB = false } = options;
  const spec = matmulSpec(a, b, transposeA, transposeB);
  const y = product(spec, a, b);
  return differentiable('matmul', y, [a, b], (dy, [aWanted, bWanted]) => {
    const da = () =>
      transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true })
        : matmul(dy, b, { transposeB: !transposeB });
    const db = () =>
      transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, dy, { transposeA: !transposeA });
    return [aWanted ? da() : null, bWanted ? db() : null];
  });
}

/**
 * A fully connected layer: y = x · weightᵀ + bias.
 * @param x [N,in]
 * @param weight [out,in]
 * @param bias [out], or null
 * @returns [N,out]
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const { inputs, forward, gradients } = linearParts(x, weight, bias);
  return differentiable('linear', forward(), inputs, gradients);
}

/** What `linear` is made of, for the fusions that it is part of. */
export function linearParts(x: Tensor, weight: Tensor, bias: Tensor | null): OpParts<MatmulSpec> {
  requireFloats('linear', [x, weight, bias]);
  if (x.shape.length !== 2 || weight.shape.length !== 2 || x.shape[1] !== weight.shape[1]) {
    throw new RangeError(
      `linear: input [${x.shape}] does not fit the weight [${weight.shape}] (expected [N,${weight.shape[1]}]); ` +
        'flatten images first',
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0])) {
    throw new RangeError(
      `linear: bias is [${bias.shape}], but the weight [${weight.shape}] has ${weight.shape[0]} outputs`,
    );
  }
  const spec = { ...matmulSpec(x, weight, false, true), bias: bias !== null };
  return {
    inputs: bias ? [x, weight, bias] : [x, weight],
    forward: (end = {}) => product({ ...spec, ...end }, x, weight, bias),
    gradients: (dy, wanted) => [
      wanted[0] ? matmul(dy, weight) : null,
      wanted[1] ? matmul(dy, x, { transposeA: true }) : null,
      wanted[2] ? sum(dy, { dim: 0 }) : null,
    ],
  };
}

function product(spec: MatmulSpec, a: Tensor, b: Tensor, bias: Tensor | null = null): Tensor {
  const layouts = matmulLayouts(spec);
  const c = empty(a.runtime, layouts.c);
  launch(matmulKernel, [spec], { a: toLayout(a, layouts.a), b: toLayout(b, layouts.b), bias, c });
  return c;
}

function matmulSpec(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): MatmulSpec {
  requireFloats('matmul', [a, b]);
  const rank = a.shape.length;
  const [m, k] = transposeA ? [a.shape[rank - 1], a.shape[rank - 2]] : [a.shape[rank - 2], a.shape[rank - 1]];
  const [inner, n] = transposeB
    ? [b.shape[rank - 1], b.shape[rank - 2]]
    : [b.shape[rank - 2], b.shape[rank - 1]];
  const batched = rank === 3;
  if (
    (rank !== 2 && !batched) ||
    b.shape.length !== rank ||
    k !== inner ||
    (batched && a.shape[0] !== b.shape[0])
  ) {
    throw new RangeError(
      `matmul: [${a.shape}]${transposeA ? 'ᵀ' : ''} · [${b.shape}]${transposeB ? 'ᵀ' : ''}: ` +
        'expected matrices [m,k] · [k,n], or the same number of each',
    );
  }
  return { m, k, n, transposeA, transposeB, ...(batched ? { batch: a.shape[0] } : {}) };
}
