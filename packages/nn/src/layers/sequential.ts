import type { Tensor } from '@glassbox/tensor-core/functions';
import { Module } from '../module/module.ts';
import { forwardThrough } from './op-layer.ts';

/**
 * Layers one after another, named 0, 1, 2, … as in PyTorch. Some in a row have kernels in common (see
 * `forwardThrough`); the results are the same.
 */
export class Sequential extends Module {
  /** The layers in order; part `i` is named `String(i)`. */
  readonly layers: readonly Module[];

  constructor(...layers: readonly Module[]) {
    super();
    this.layers = layers.map((layer, index) => this.child(String(index), layer));
  }

  forward(x: Tensor): Tensor {
    return forwardThrough(x, this.layers);
  }
}
