import { rowOf } from '../row.ts';
import { extremeFunctions } from './literal.ts';

/** What a gradient of a binary op is made of: a WGSL expression and the tensors that it reads. */
export interface BinaryGradient {
  /** WGSL over `vec4<f32>` in `dy`, `a` and `b`. */
  readonly expression: string;
  /** The tensors that the expression reads: dy and the operands that are saved. */
  readonly reads: readonly ('dy' | 'a' | 'b')[];
  /** The expression is 0 where everything that it reads is 0. */
  readonly zeroAtZero: boolean;
  /** Operations per element. */
  readonly flop: number;
  /** The same in float64, for one element. */
  readonly oracle: (dy: number, a: number, b: number) => number;
}

/** One elementwise function of two tensors; kernels, oracles and tests come from this row. */
export interface BinaryRow {
  /** WGSL over `vec4<f32>` in `a` and `b`. */
  readonly forward: string;
  /** f(0, 0) = 0. */
  readonly mapsZeroToZero: boolean;
  /** Operations per element; exp, log, sqrt and divisions count as one. */
  readonly flop: number;
  /** WGSL functions that the expressions call. */
  readonly declarations?: string;
  /** The function in float64, for one element. */
  readonly oracle: (a: number, b: number) => number;
  /** What tests draw b from, where not every number will do. */
  readonly domainOfB?: readonly [number, number];
  /** Gradients by operand; none for comparisons, whose gradient is 0 everywhere. */
  readonly gradient?: Readonly<Record<'a' | 'b', BinaryGradient>>;
}

/** A function of two tensors as kernels take it. */
export interface BinaryOp {
  /** Its name. */
  readonly op: string;
  /** What it computes. */
  readonly row: BinaryRow;
}

const binaryOp = (op: string, row: BinaryRow): BinaryOp => rowOf({ op }, row);

const passed: BinaryGradient = {
  expression: 'dy',
  reads: ['dy'],
  zeroAtZero: true,
  flop: 0,
  oracle: (dy) => dy,
};

/** dy where this operand was chosen, half of it at a tie, else 0; all of it beside a NaN (as PyTorch). */
function chosen(mine: 'a' | 'b', sign: 1 | -1): BinaryGradient {
  const other = mine === 'a' ? 'b' : 'a';
  const loses = sign === 1 ? `${mine} < ${other}` : `${mine} > ${other}`;
  return {
    expression: `select(select(dy, 0.5f * dy, a == b), vec4<f32>(), ${loses})`,
    reads: ['dy', 'a', 'b'],
    zeroAtZero: true,
    flop: 3,
    oracle: (dy, a, b) => {
      const lead = sign * (mine === 'a' ? a - b : b - a);
      return lead < 0 ? 0 : lead === 0 ? dy / 2 : dy;
    },
  };
}

function comparison(operator: string, oracle: (a: number, b: number) => boolean): BinaryRow {
  return {
    forward: `select(vec4<f32>(), vec4<f32>(1f), a ${operator} b)`,
    mapsZeroToZero: !oracle(0, 0),
    flop: 1,
    oracle: (a, b) => Number(oracle(a, b)),
  };
}

// PyTorch's names. Comparisons give 1 or 0 as f32. Each function is a constant of its own, so that bundlers leave out
// those that a page does not use.

/** a + b. */
export const addOp = /* @__PURE__ */ binaryOp('add', {
  forward: 'a + b',
  mapsZeroToZero: true,
  flop: 1,
  oracle: (a, b) => a + b,
  gradient: { a: passed, b: passed },
});

/** a - b. */
export const subOp = /* @__PURE__ */ binaryOp('sub', {
  forward: 'a - b',
  mapsZeroToZero: true,
  flop: 1,
  oracle: (a, b) => a - b,
  gradient: { a: passed, b: { ...passed, expression: '-dy', flop: 1, oracle: (dy) => -dy } },
});

/** a · b. */
export const mulOp = /* @__PURE__ */ binaryOp('mul', {
  forward: 'a * b',
  mapsZeroToZero: true,
  flop: 1,
  oracle: (a, b) => a * b,
  gradient: {
    a: {
      expression: 'dy * b',
      reads: ['dy', 'b'],
      zeroAtZero: true,
      flop: 1,
      oracle: (dy, _a, b) => dy * b,
    },
    b: { expression: 'dy * a', reads: ['dy', 'a'], zeroAtZero: true, flop: 1, oracle: (dy, a) => dy * a },
  },
});

/** a / b. */
export const divOp = /* @__PURE__ */ binaryOp('div', {
  forward: 'a / b',
  mapsZeroToZero: false,
  flop: 1,
  domainOfB: [0.5, 3],
  oracle: (a, b) => a / b,
  gradient: {
    a: {
      expression: 'dy / b',
      reads: ['dy', 'b'],
      zeroAtZero: false,
      flop: 1,
      oracle: (dy, _a, b) => dy / b,
    },
    b: {
      expression: '-dy * (a / b) / b',
      reads: ['dy', 'a', 'b'],
      zeroAtZero: false,
      flop: 4,
      oracle: (dy, a, b) => (-dy * (a / b)) / b,
    },
  },
});

/** The larger one. */
export const maximumOp = /* @__PURE__ */ binaryOp('maximum', {
  forward: 'extreme(a, b)',
  declarations: /* @__PURE__ */ extremeFunctions('max'),
  mapsZeroToZero: true,
  flop: 1,
  oracle: Math.max,
  gradient: { a: /* @__PURE__ */ chosen('a', 1), b: /* @__PURE__ */ chosen('b', 1) },
});

/** The smaller one. */
export const minimumOp = /* @__PURE__ */ binaryOp('minimum', {
  forward: 'extreme(a, b)',
  declarations: /* @__PURE__ */ extremeFunctions('min'),
  mapsZeroToZero: true,
  flop: 1,
  oracle: Math.min,
  gradient: { a: /* @__PURE__ */ chosen('a', -1), b: /* @__PURE__ */ chosen('b', -1) },
});

/** a where positive, b · a elsewhere. */
export const preluOp = /* @__PURE__ */ binaryOp('prelu', {
  forward: 'select(b * a, a, a > vec4<f32>())',
  mapsZeroToZero: true,
  flop: 2,
  oracle: (a, b) => (a > 0 ? a : b * a),
  gradient: {
    a: {
      expression: 'select(dy * b, dy, a > vec4<f32>())',
      reads: ['dy', 'a', 'b'],
      zeroAtZero: true,
      flop: 2,
      oracle: (dy, a, b) => (a > 0 ? dy : dy * b),
    },
    b: {
      expression: 'select(dy * a, vec4<f32>(), a > vec4<f32>())',
      reads: ['dy', 'a'],
      zeroAtZero: true,
      flop: 2,
      oracle: (dy, a) => (a > 0 ? 0 : dy * a),
    },
  },
});

/** a equals b. */
export const eqOp = /* @__PURE__ */ binaryOp(
  'eq',
  /* @__PURE__ */ comparison('==', (a, b) => a === b),
);

/** a is more than b. */
export const gtOp = /* @__PURE__ */ binaryOp(
  'gt',
  /* @__PURE__ */ comparison('>', (a, b) => a > b),
);

/** a is at least b. */
export const geOp = /* @__PURE__ */ binaryOp(
  'ge',
  /* @__PURE__ */ comparison('>=', (a, b) => a >= b),
);

/** a is less than b. */
export const ltOp = /* @__PURE__ */ binaryOp(
  'lt',
  /* @__PURE__ */ comparison('<', (a, b) => a < b),
);

/** a is at most b. */
export const leOp = /* @__PURE__ */ binaryOp(
  'le',
  /* @__PURE__ */ comparison('<=', (a, b) => a <= b),
);

/** All of them by name, for whoever goes through all. */
export const binaryOps = {
  add: addOp,
  sub: subOp,
  mul: mulOp,
  div: divOp,
  maximum: maximumOp,
  minimum: minimumOp,
  prelu: preluOp,
  eq: eqOp,
  gt: gtOp,
  ge: geOp,
  lt: ltOp,
  le: leOp,
} as const;

/** The name of an elementwise function of two tensors. */
export type BinaryName = keyof typeof binaryOps;

/**
 * The row of a gradient.
 * @throws TypeError for comparisons, which have none.
 */
export function binaryGradientRow({ op, row }: BinaryOp, operand: 'a' | 'b'): BinaryGradient {
  if (!row.gradient) {
    throw new TypeError(
      `${op}: a comparison has no gradient; detach its operands or leave it out of the loss`,
    );
  }
  return row.gradient[operand];
}
