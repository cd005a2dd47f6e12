import type { Accumulators } from '../cascade.ts';
import type { MatmulLayouts, MatmulSpec, MatmulTile } from './spec.ts';

export type FormName = 'rows' | 'dots' | 'transposedResult';

/** How a product is divided among invocations. */
export interface MatmulPlan extends MatmulTile {
  readonly form: FormName;
  readonly layouts: MatmulLayouts;
  readonly rowTiles: number;
  readonly columnTiles: number;
  /** B lies in panels as wide as a tile (`pack.ts`). */
  readonly packed?: boolean;
  /** Bindings of A and B, if they were turned (`turn.ts`) and have other names than a and b. */
  readonly turned?: { readonly a?: string; readonly b?: string };
  /** Number of parts that k is cut into, and the length of one: a multiple of 4. */
  readonly slices: number;
  readonly sliceLength: number;
  /** Steps of k whose products are summed by themselves (`MatmulForm.kBlock`); 0 for one sum over all. */
  readonly kBlock: number;
}

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
