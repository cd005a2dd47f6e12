import { computeNext, type Runtime, type Step, type Tensor } from '@glassbox/tensor-core/functions';
import { Module } from '../module/module.ts';
import { layerObserver } from './observe.ts';

/** A layer that computes one op. It says which, so that it can be computed together with the layers around it. */
export abstract class OpLayer extends Module {
  /** The op that `forward` computes now, with its arguments. */
  abstract get step(): Step;

  /** Checks an input. @throws RangeError or TypeError if it does not fit the layer */
  protected check(_x: Tensor): void {}

  /** Is called after each forward pass: here a layer advances what counts them. */
  protected passed(_runtime: Runtime): void {}

  forward(x: Tensor): Tensor {
    return OpLayer.computeAll(x, [this]);
  }

  /** Computes layers one after another, those together whose ops have a fusion. */
  static computeAll(x: Tensor, layers: readonly OpLayer[]): Tensor {
    const observer = layerObserver();
    const steps = layers.map(({ step }) => step);
    let y = x;
    for (let at = 0; at < layers.length; ) {
      const layer = layers[at];
      layer.check(y);
      const next = observer ? computeNext(y, [steps[at]], 0) : computeNext(y, steps, at);
      observer?.(layer, y, next.y);
      y = next.y;
      for (const end = at + next.count; at < end; at++) layers[at].passed(x.runtime);
    }
    return y;
  }
}

/**
 * Calls layers one after another, those together whose ops have a fusion (see `tensor-core/src/fusions`): the same
 * results in fewer passes over memory. `Sequential` does this, and a net whose layers are not in a `Sequential` can.
 */
export function forwardThrough(x: Tensor, layers: readonly Module[]): Tensor {
  let y = x;
  let ops: OpLayer[] = [];
  const computeOps = () => {
    if (ops.length > 0) y = OpLayer.computeAll(y, ops);
    ops = [];
  };
  for (const layer of layers) {
    // A `forward` of somebody else's may do more than the op.
    if (layer instanceof OpLayer && layer.forward === OpLayer.prototype.forward) ops.push(layer);
    else {
      computeOps();
      const output = layer.forward(y);
      // What consists of layers told of each of them; what computes an op by itself told of itself.
      if (!(layer instanceof OpLayer) && layer.namedChildren().size === 0)
        layerObserver()?.(layer, y, output);
      y = output;
    }
  }
  computeOps();
  return y;
}
