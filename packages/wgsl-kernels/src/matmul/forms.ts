import type { Accumulators } from '../cascade.ts';
import { dots } from './dots.ts';
import type { MatmulPlan } from './plan.ts';
import { rows } from './rows.ts';
import type { MatmulSpec } from './spec.ts';
import { transposedResult } from './transposed-result.ts';

/** A way to walk through A and B: which vec4s an invocation loads, and what its accumulators hold. */
export interface MatmulForm {
  /** The stored matrices that it is for. */
  readonly when: (spec: MatmulSpec) => boolean;
  /** What an invocation computes, for the header. */
  readonly about: (plan: MatmulPlan) => string;
  /** Accumulators `acc<x>_<y>` of an invocation, by how many x and y there are. */
  readonly accumulators: (plan: MatmulPlan) => Accumulators;
  /**
   * Steps of k whose products are summed by themselves where k is longer than two of them (`../cascade.ts`), as BLAS
   * does. Where four lanes share the products, each lane takes a quarter of them.
   */
  readonly kBlock: number;
  /** WGSL of the whole product, after the invocation's place is known. */
  readonly body: (spec: MatmulSpec, plan: MatmulPlan) => string;
}

export type FormName = 'rows' | 'dots' | 'transposedResult';

/** The forms: the first one that fits is chosen. */
export const matmulForms: Readonly<Record<FormName, MatmulForm>> = { rows, dots, transposedResult };

export function formOf(spec: MatmulSpec): FormName {
  const names = Object.keys(matmulForms) as FormName[];
  return names.find((name) => matmulForms[name].when(spec))!;
}
