import type { Tensor } from '@glassbox/tensor-core';
import { Module } from '../module/module.ts';

/** Layers one after another, named 0, 1, 2, … as in PyTorch. */
export class Sequential extends Module {
  readonly layers: readonly Module[];

  constructor(...layers: readonly Module[]) {
    super();
    this.layers = layers.map((layer, index) => this.child(String(index), layer));
  }

  forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }
}
