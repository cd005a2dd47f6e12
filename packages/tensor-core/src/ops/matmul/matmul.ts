import { checkOptions, flag, type OptionTable } from '@glassbox/options';
import {
  broadcastShapes,
  elementCount,
  equal,
  type MatmulSpec,
  matmul as matmulKernel,
  matmulLayouts,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats, requireTensor } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { expand } from '../copy/expand.ts';
import { reshape, toLayout } from '../copy/layout.ts';
import type { OpParts } from '../parts.ts';
import { sum } from '../reduce/reduce.ts';

/** Which operands are taken as their transposes. */
export interface MatmulOptions {
  /** Use a's transpose: a is stored [k,m]. */
  readonly transposeA?: boolean;
  /** Use b's transpose: b is stored [n,k]. */
  readonly transposeB?: boolean;
}

const optionNames: OptionTable<MatmulOptions> = { transposeA: flag, transposeB: flag };

/**
 * Matrix product op(a)[…,m,k] · op(b)[…,k,n] to […,m,n], as torch.matmul: dimensions before the last two broadcast, and
 * there is one product for each. A vector [k] counts as one row of a or one column of b, which the result then lacks.
 * Gradients: da = dc · op(b)ᵀ and db = op(a)ᵀ · dc, transposed where the operand is.
 * @throws RangeError if the inner sizes differ, or the others do not broadcast; if one operand is a single number.
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  checkOptions('matmul', options, optionNames);
  requireTensor('matmul', a);
  requireTensor('matmul', b);
  requireFloats('matmul', [a, b]);
  const { transposeA = false, transposeB = false } = options;
  const ranks = [a.shape.length, b.shape.length];
  const plain = equal(ranks, [2, 2]) || (equal(ranks, [3, 3]) && a.shape[0] === b.shape[0]);
  return plain ? matrices(a, b, transposeA, transposeB) : broadcast(a, b, transposeA, transposeB);
}

/** Operands of different shapes as matrices, or as one batch of them each. */
function broadcast(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const fail = (problem: string): never => {
    throw new RangeError(`matmul: [${a.shape}] and [${b.shape}]: ${problem}`);
  };
  if (a.shape.length === 0 || b.shape.length === 0) fail('a single number is no matrix; use mul');
  const vectors = { a: a.shape.length === 1, b: b.shape.length === 1 };
  if ((vectors.a && transposeA) || (vectors.b && transposeB)) fail('a vector has no transpose');
  const first = vectors.a ? reshape(a, [1, -1]) : a;
  const second = vectors.b ? reshape(b, [-1, 1]) : b;
  const before = [first, second].map(({ shape }) => shape.slice(0, -2));
  const leading = broadcastShapes(before[0], before[1], 'matmul: leading dimensions');
  const { m, k, n } = matmulSizes(first, second, transposeA, transposeB);
  const shape = [...leading, ...(vectors.a ? [] : [m]), ...(vectors.b ? [] : [n])];
  // All rows of a, whatever they belong to, are multiplied with the same matrix: one product.
  if (!transposeA && elementCount(before[1]) === 1) {
    const matrix = reshape(second, second.shape.slice(-2));
    return reshape(
      matrices(reshape(first, [elementCount(before[0]) * m, k]), matrix, false, transposeB),
      shape,
    );
  }
  const batch = (x: Tensor) => {
    const matrix = x.shape.slice(-2);
    return reshape(expand(x, [...leading, ...matrix]), [elementCount(leading), ...matrix]);
  };
  return reshape(matrices(batch(first), batch(second), transposeA, transposeB), shape);
}

/** [m,k] · [k,n], or as many products as both have matrices. */
function matrices(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const spec = matmulSpec(a, b, transposeA, transposeB);
  const y = product(spec, a, b);
  return differentiable('matmul', y, [a, b], (dy, [aWanted, bWanted]) => {
    const da = () => (transposeA ? matrices(b, dy, transposeB, true) : matrices(dy, b, false, !transposeB));
    const db = () => (transposeB ? matrices(dy, a, true, transposeA) : matrices(a, dy, !transposeA, false));
    return [aWanted ? da() : null, bWanted ? db() : null];
  });
}

/**
 * A fully connected layer: y = x · weightᵀ + bias.
 * @param x […,in]: any dimensions before the last, as torch.nn.functional.linear
 * @param weight [out,in]
 * @param bias [out], or null
 * @returns […,out]
 */
export function linear(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const { inputs, forward, gradients } = linearParts(x, weight, bias);
  return differentiable('linear', forward(), inputs, gradients);
}

/** What `linear` is made of, for the fusions that it is part of. */
export function linearParts(x: Tensor, weight: Tensor, bias: Tensor | null): OpParts<MatmulSpec> {
  requireFloats('linear', [x, weight, bias]);
  if (x.shape.length === 0 || weight.shape.length !== 2 || x.shape.at(-1) !== weight.shape[1]) {
    throw new RangeError(
      `linear: input [${x.shape}] does not fit the weight [${weight.shape}] (expected […,${weight.shape[1]}]); ` +
        'flatten images first',
    );
  }
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== weight.shape[0])) {
    throw new RangeError(
      `linear: bias is [${bias.shape}], but the weight [${weight.shape}] has ${weight.shape[0]} outputs`,
    );
  }
  const rows = asRows(x);
  const shape = [...x.shape.slice(0, -1), weight.shape[0]];
  const spec = { ...matmulSpec(rows, weight, false, true), bias: bias !== null };
  return {
    inputs: bias ? [rows, weight, bias] : [rows, weight],
    forward: (end = {}) => {
      const y = product({ ...spec, ...end }, rows, weight, bias);
      return shape.length === 2 ? y : reshape(y, shape);
    },
    gradients: (gradient, wanted) => {
      const dy = asRows(gradient);
      return [
        wanted[0] ? matmul(dy, weight) : null,
        wanted[1] ? matmul(dy, rows, { transposeA: true }) : null,
        wanted[2] ? sum(dy, { dim: 0 }) : null,
      ];
    },
  };
}

/** […,size] as [rows,size]. */
function asRows(x: Tensor): Tensor {
  return x.shape.length === 2 ? x : reshape(x, [elementCount(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}

function product(spec: MatmulSpec, a: Tensor, b: Tensor, bias: Tensor | null = null): Tensor {
  const layouts = matmulLayouts(spec);
  const c = empty(a.runtime, layouts.c);
  launch(matmulKernel, [spec], { a: toLayout(a, layouts.a), b: toLayout(b, layouts.b), bias, c });
  return c;
}

function matmulSpec(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): MatmulSpec {
  requireFloats('matmul', [a, b]);
  const batch = a.shape.length === 3 ? { batch: a.shape[0] } : {};
  return { ...matmulSizes(a, b, transposeA, transposeB), transposeA, transposeB, ...batch };
}

/** The sizes of a product, from the last two dimensions. @throws RangeError if the inner ones differ */
function matmulSizes(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean) {
  const [m, k] = transposeA ? [a.shape.at(-1)!, a.shape.at(-2)!] : [a.shape.at(-2)!, a.shape.at(-1)!];
  const [inner, n] = transposeB ? [b.shape.at(-1)!, b.shape.at(-2)!] : [b.shape.at(-2)!, b.shape.at(-1)!];
  if (k !== inner) {
    throw new RangeError(
      `matmul: [${a.shape}]${transposeA ? 'ᵀ' : ''} · [${b.shape}]${transposeB ? 'ᵀ' : ''}: ` +
        `expected matrices [m,k] · [k,n], but k is ${k} on the left and ${inner} on the right`,
    );
  }
  return { m, k, n };
}
