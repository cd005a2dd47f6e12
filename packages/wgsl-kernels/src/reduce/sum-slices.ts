import { loopTo, sumLoops } from '../cascade.ts';
import { type Kernel, linearKernel, reads, readsWrites } from '../kernel.ts';
import type { Machine } from '../machine.ts';

export interface SliceSum {
  readonly name: string;
  /** Words of the result, and of each slice of `partial`. */
  readonly words: number;
  readonly slices: number;
  /** Name of the result's binding. */
  readonly result: string;
  /** Add a row bias of this many vec4s to each row; 0 for none. */
  readonly biasVectors?: number;
  readonly relu?: boolean;
  /** Add to what the result holds already. */
  readonly accumulate?: boolean;
}

/**
 * Second stage of a reduction: adds the slices of `partial` in order, so that the same input gives the same
 * bits. Bindings: partial, [bias], result.
 */
export function sumSlices(sum: SliceSum, { workgroupSize }: Machine): Kernel {
  const { name, words, slices, result, biasVectors = 0, relu = false, accumulate = false } = sum;
  const before = accumulate ? ` + ${result}[i]` : '';
  const added = `${biasVectors > 0 ? ' + bias[column]' : ''}${before}`;
  const value = `${biasVectors > 0 ? `total + bias[i % BIAS4]` : 'total'}${before}`;
  return linearKernel({
    name,
    about: `
${result}[i] = sum over ${slices} slices of partial[slice][i]${added}${relu ? '; negative values become 0' : ''}
partial: [${slices},${words}], ${result}: ${words} words.
One invocation adds one vec4 of every slice, in order.`,
    bindings: [
      reads('partial', 'array<vec4<f32>>'),
      ...(biasVectors > 0 ? [reads('bias', 'array<vec4<f32>>')] : []),
      readsWrites(result, 'array<vec4<f32>>'),
    ],
    invocations: words / 4,
    workgroupSize,
    constants: { SLICES: slices, SIZE4: words / 4, BIAS4: biasVectors },
    body: `
var total = partial[i];
${sumLoops(
  [{ ...loopTo('slice', slices, 1), to: 'SLICES' }],
  ['total'],
  (suffix) => `total${suffix} += partial[slice * SIZE4 + i];`,
)}
${result}[i] = ${relu ? `max(${value}, vec4<f32>())` : value};`,
    flop: slices * words,
    bytes: 4 * (slices + 1) * words,
  });
}
