import {
  eluOp,
  hardsigmoidOp,
  hardswishOp,
  hardtanhOp,
  mishOp,
  relu6Op,
  softplusOp,
} from './activation-ops.ts';
import type { clampOp, powOp } from './number-ops.ts';
import * as ops from './unary-ops.ts';

/** Functions without parameters, and others with PyTorch's defaults of them: one row for whoever goes through all. */
export const unaryOps = {
  relu: ops.reluOp,
  leakyRelu: ops.leakyReluOp({ slope: 0.01 }),
  sigmoid: ops.sigmoidOp,
  tanh: ops.tanhOp,
  exp: ops.expOp,
  log: ops.logOp,
  sqrt: ops.sqrtOp,
  square: ops.squareOp,
  neg: ops.negOp,
  abs: ops.absOp,
  reciprocal: ops.reciprocalOp,
  gelu: ops.geluOp,
  geluTanh: ops.geluTanhOp,
  silu: ops.siluOp,
  erf: ops.erfOp,
  mish: mishOp,
  softplus: softplusOp({ beta: 1, threshold: 20 }),
  elu: eluOp({ alpha: 1 }),
  hardswish: hardswishOp,
  hardsigmoid: hardsigmoidOp,
  hardtanh: hardtanhOp({ min: -1, max: 1 }),
  relu6: relu6Op,
} as const;

/** Every function, for what needs to know each of them. */
export type AnyUnaryOp =
  | (typeof unaryOps)[keyof typeof unaryOps]
  | ReturnType<typeof ops.affineOp | typeof clampOp | typeof powOp>;
