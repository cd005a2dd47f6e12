import { type Layout, rowMajor } from '../layout.ts';

/** C[m,n] = op(A)[m,k] op(B)[k,n], each of a batch on its own. */
export interface MatmulSpec {
  /** Rows of C and of op(A). */
  readonly m: number;
  /** Columns of op(A) and rows of op(B): what is summed over. */
  readonly k: number;
  /** Columns of C and of op(B). */
  readonly n: number;
  /** A is stored [k,m]. */
  readonly transposeA?: boolean;
  /** B is stored [n,k]. */
  readonly transposeB?: boolean;
  /**
   * Number of independent products; the tensors then have a leading dimension. Without it they are matrices.
   */
  readonly batch?: number;
  /** Add bias[n] to every row. */
  readonly bias?: boolean;
  /** Replace negative results by 0. */
  readonly relu?: boolean;
  /** Add to what C holds already. */
  readonly accumulate?: boolean;
}

/** How the tensors of a product lie in memory: row-major. */
export interface MatmulLayouts {
  /** [m,k], or [k,m] with `transposeA`; with a batch in front. */
  readonly a: Layout;
  /** [k,n], or [n,k] with `transposeB`; with a batch in front. */
  readonly b: Layout;
  /** A number for each column of C, [n]. */
  readonly bias: Layout;
  /** [m,n], with a batch in front. */
  readonly c: Layout;
}

/** The row-major layouts of a product's tensors. */
export function matmulLayouts({ m, k, n, transposeA, transposeB, batch }: MatmulSpec): MatmulLayouts {
  const matrix = (rows: number, columns: number) =>
    rowMajor(batch === undefined ? [rows, columns] : [batch, rows, columns]);
  return {
    a: transposeA ? matrix(k, m) : matrix(m, k),
    b: transposeB ? matrix(n, k) : matrix(k, n),
    bias: rowMajor([n]),
    c: matrix(m, n),
  };
}

/** The register tile of one invocation, in rows and in vec4s of columns of C. */
export interface MatmulTile {
  /** Rows of C. */
  readonly rows: number;
  /** `vec4`s of columns of C. */
  readonly columns4: number;
  /** Invocations per workgroup, if not the device's usual number. */
  readonly workgroupSize?: number;
  /** Share blocks of A and B in workgroup memory (`matmulWorkgroup`), with so many invocations along the columns. */
  readonly across?: number;
  /**
   * Parts that k is cut into, at most; by default as many as give every thread work. Changes the order of summation.
   */
  readonly parts?: number;
}
