import { loopTo, sumLoops } from '../cascade.ts';
import { type Kernel, type KernelBinding, linearKernel, reads, readsWrites } from '../kernel.ts';
import type { Machine } from '../machine.ts';

/** What the kernels of this folder add to x̂ = (x - mean)·rstd. */
export interface NormAffine {
  /** Multiply by weight. */
  readonly weight?: boolean;
  /** Add bias. */
  readonly bias?: boolean;
}

export const vector = 'array<vec4<f32>>';

/** Bindings of the scale and the shift, as far as there are any. */
export function affineBindings({ weight, bias }: NormAffine): KernelBinding[] {
  return [...(weight ? [reads('weight', vector)] : []), ...(bias ? [reads('bias', vector)] : [])];
}

/** y as a formula, for headers. */
export function aboutAffine({ weight, bias }: NormAffine): string {
  return `(x - mean)·rstd${weight ? '·weight' : ''}${bias ? ' + bias' : ''}`;
}

/** The sums that become the gradients of weight and bias. */
export interface AffineSums {
  readonly name: string;
  /** Name and lines of the buffer [slices, 2, vectors]: Σdy and Σdy·x̂. */
  readonly from: string;
  readonly slices: number;
  readonly vectors: number;
}

/** dBias and dWeight (those that exist) from sums of slices, in a fixed order. */
export function mergeAffine(
  { name, from, slices, vectors }: AffineSums,
  { weight, bias }: NormAffine,
  { workgroupSize }: Machine,
): Kernel {
  const sums = [...(bias ? ['sum'] : []), ...(weight ? ['product'] : [])];
  const results = [...(weight ? ['dWeight'] : []), ...(bias ? ['dBias'] : [])];
  return linearKernel({
    name,
    about: `
dBias = Σ over slices of Σdy, dWeight = Σ over slices of Σdy·x̂
${from}: [${slices} slices, (Σdy, Σdy·x̂), ${vectors} vec4]; ${results.join(', ')}: ${vectors} vec4
One invocation sums one vec4 of every slice.`,
    bindings: [reads(from, vector), ...results.map((result) => readsWrites(result, vector))],
    invocations: vectors,
    workgroupSize,
    constants: { SLICES: slices, ROW4: [vectors, 'vec4s of a sum'] },
    body: `
${sums.map((sum) => `var ${sum} = vec4<f32>();`).join('\n')}
${sumLoops([{ ...loopTo('s', slices), to: 'SLICES' }], sums, (suffix) =>
  sums
    .map((sum) => `${sum}${suffix} += ${from}[s * (2u * ROW4)${sum === 'sum' ? '' : ' + ROW4'} + i];`)
    .join('\n'),
)}
${weight ? 'dWeight[i] = product;' : ''}
${bias ? 'dBias[i] = sum;' : ''}`,
    flop: sums.length * slices * vectors * 4,
    bytes: 16 * sums.length * (slices + 1) * vectors,
  });
}
