import { flatten, type Tensor } from '@glassbox/tensor-core/functions';
import { Module } from '../module/module.ts';

/** [N,C,H,W] to [N,C·H·W], in PyTorch's order. */
export class Flatten extends Module {
  forward(x: Tensor): Tensor {
    return flatten(x);
  }
}

/** Returns what it gets. */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}
