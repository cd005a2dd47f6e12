import { requireFloats } from '../../primitives/operands.ts';
import type { Tensor } from '../../tensor.ts';

/** @throws RangeError unless x is [N,C,H,W] */
export function requireImages(op: string, x: Tensor): void {
  requireFloats(op, [x]);
  if (x.shape.length !== 4) throw new RangeError(`${op}: expected images [N,C,H,W], got [${x.shape}]`);
}
