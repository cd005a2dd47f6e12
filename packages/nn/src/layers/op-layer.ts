import { firstOf, longestFusion, type Runtime, type Step, type Tensor } from '@glassbox/tensor-core';
import { Module } from '../module/module.ts';

/** A layer that computes one op. It says which, so that it can be computed together with the layers around it. */
export abstract class OpLayer extends Module {
  /** The op that `forward` computes now, with its arguments. */
  abstract get step(): Step;

  /** Checks an input. @throws RangeError or TypeError if it does not fit the layer */
  protected check(_x: Tensor): void {}

  /** Is called after each forward pass: here a layer advances what counts them. */
  protected passed(_runtime: Runtime): void {}

  forward(x: Tensor): Tensor {
    return OpLayer.computeFirst(x, [this]).y;
  }

  /** Computes the first of some layers, together with those after it that have a fusion with it. @returns how many */
  static computeFirst(x: Tensor, layers: readonly OpLayer[]): { readonly y: Tensor; readonly count: number } {
    layers[0].check(x);
    const steps = layers.map(({ step }) => step);
    const first = firstOf(x, steps);
    for (const layer of layers.slice(0, first.count)) layer.passed(x.runtime);
    return first;
  }
}

/**
 * Calls layers one after another, those together whose ops have a fusion (see `tensor-core/src/fusions`): the same
 * results in fewer passes over memory. `Sequential` does this, and a net whose layers are not in a `Sequential` can.
 */
export function forwardThrough(x: Tensor, layers: readonly Module[]): Tensor {
  let y = x;
  for (let at = 0; at < layers.length; ) {
    const ops = plainOps(layers.slice(at, at + longestFusion));
    if (ops.length === 0) {
      y = layers[at].forward(y);
      at++;
    } else {
      const first = OpLayer.computeFirst(y, ops);
      y = first.y;
      at += first.count;
    }
  }
  return y;
}

/** The first layers, as long as each computes its op alone: a `forward` of somebody else's may do more. */
function plainOps(layers: readonly Module[]): OpLayer[] {
  const other = layers.findIndex(
    (layer) => !(layer instanceof OpLayer && layer.forward === OpLayer.prototype.forward),
  );
  return layers.slice(0, other < 0 ? layers.length : other) as OpLayer[];
}
