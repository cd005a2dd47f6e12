import { checkOptions, checkValue, type OptionTable, whole } from '@glassbox/options';
import {
  rowMajor,
  type TakeSpec,
  takeGradient as takeGradientKernel,
  take as takeKernel,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import {
  requireBelow,
  requireDimension,
  requireElements,
  requireFloats,
  requireIndices,
  requireTensor,
} from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';
import { contiguous } from '../copy/layout.ts';
import { slice } from '../copy/slice.ts';

/**
 * For each element of `index` the element of x at that position along a dimension, as torch.gather:
 * y[i][j] = x[index[i][j]][j] for dimension 0. Gradient: each element gets the sum of what it gave, added up in the
 * order of the positions along the dimension.
 * @param index u32, with as many dimensions as x, none of the others larger than x's
 * @returns of the shape of `index`
 * @throws RangeError if an index does not exist: at once if the indices are still on the host, else at the next read of
 *   a value; what it gives is NaN.
 */
export function gather(x: Tensor, dimension: number, index: Tensor): Tensor {
  requireFloats('gather', [x]);
  const dim = requireDimension('gather', x, dimension);
  requireIndices('gather', 'indices', index, x);
  const fits =
    index.shape.length === x.shape.length && index.shape.every((size, d) => d === dim || size <= x.shape[d]);
  if (!fits) {
    throw new RangeError(
      `gather: index [${index.shape}] does not fit [${x.shape}]; it has as many dimensions, and only ` +
        `dimension ${dim} may be larger`,
    );
  }
  const part = x.shape.reduce((y, _, d) => (d === dim ? y : slice(y, d, 0, index.shape[d])), x);
  return take(part, index, { op: 'gather', dimension: dim, shape: index.shape });
}

/**
 * The positions of a dimension that `index` names, in its order, as torch.index_select. Gradient: each position gets
 * the sum of what it gave, added up in the order of `index`.
 * @param index u32 [J]
 * @throws RangeError as `gather` does.
 */
export function indexSelect(x: Tensor, dimension: number, index: Tensor): Tensor {
  requireFloats('indexSelect', [x]);
  const dim = requireDimension('indexSelect', x, dimension);
  requireIndices('indexSelect', 'indices', index, x);
  if (index.shape.length !== 1) {
    throw new RangeError(`indexSelect: index is [J], not [${index.shape}]; flatten it`);
  }
  const shape = x.shape.map((size, d) => (d === dim ? index.shape[0] : size));
  return take(x, index, { op: 'indexSelect', dimension: dim, shape });
}

/** Options of `embedding`. */
export interface EmbeddingOptions {
  /** A row of the weight that gets no gradient; negative numbers count from the end. */
  readonly paddingIdx?: number;
}

const optionNames: OptionTable<EmbeddingOptions> = { paddingIdx: whole(Number.MIN_SAFE_INTEGER) };

/**
 * Rows of a matrix, as torch.nn.functional.embedding. Gradient: each row gets the sum of what it gave, added up in the
 * order of `index`, so that its bits are always the same.
 * @param index u32, of any shape
 * @param weight [rows,columns]
 * @returns […,columns]
 * @throws RangeError as `gather` does.
 */
export function embedding(index: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  requireFloats('embedding', [weight]);
  checkOptions('embedding', options, optionNames);
  requireIndices('embedding', 'indices', index, weight);
  if (weight.shape.length !== 2) {
    throw new RangeError(`embedding: expected a weight [rows,columns], got [${weight.shape}]`);
  }
  const [rows, columns] = weight.shape;
  const ignored = paddingRow('embedding', rows, options.paddingIdx);
  const shape = [...index.shape, columns];
  return take(weight, index, { op: 'embedding', dimension: 0, shape, ignored });
}

/** The row that gets no gradient, from 0. @throws RangeError if there is no such row. */
export function paddingRow(op: string, rows: number, paddingIdx: number | undefined): number | undefined {
  if (paddingIdx === undefined) return undefined;
  checkValue(op, 'paddingIdx', paddingIdx, whole(-rows, rows - 1));
  return paddingIdx < 0 ? paddingIdx + rows : paddingIdx;
}

interface Taken {
  readonly op: TakeSpec['op'];
  readonly dimension: number;
  readonly shape: readonly number[];
  readonly ignored?: number;
}

function take(given: Tensor, index: Tensor, { op, dimension, shape, ignored }: Taken): Tensor {
  requireTensor(op, given);
  requireElements(op, given);
  requireBelow(op, index, given.shape[dimension]);
  const [x, positions] = [contiguous(given), contiguous(index)];
  const layout = rowMajor(shape);
  const spec: TakeSpec = {
    op,
    x: x.layout,
    index: positions.layout,
    y: layout,
    dimension,
    each: op === 'gather',
  };
  const y = empty(x.runtime, layout);
  launch(takeKernel, [spec], { x, index: positions, y });
  return differentiable(op, y, [x], (dy) => {
    const dx = empty(x.runtime, x.layout);
    const gradient = ignored === undefined ? spec : { ...spec, ignored };
    launch(takeGradientKernel, [gradient], { dy, index: positions, dx });
    return [dx];
  });
}
