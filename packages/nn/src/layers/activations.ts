import { checkOptions, checkValue, number } from '@glassbox/options';
import {
  flatten,
  type GeluOptions,
  gelu,
  geluNames,
  leakyRelu,
  reluStep,
  type Step,
  sigmoid,
  silu,
  step,
  type Tensor,
  tanh,
} from '@glassbox/tensor-core';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';
import { OpLayer } from './op-layer.ts';

/** max(x, 0). */
export class ReLU extends OpLayer {
  get step(): Step {
    return step(reluStep);
  }
}

/** x where positive, slope · x elsewhere. */
export class LeakyReLU extends Module {
  /** The factor of negative values. */
  readonly slope: number;

  constructor(slope = 0.01) {
    super();
    checkValue('LeakyReLU', 'slope', slope, number);
    this.slope = slope;
  }

  override extraRepr(): string {
    return members({ slope: this.slope });
  }

  forward(x: Tensor): Tensor {
    return leakyRelu(x, this.slope);
  }
}

/** 1 / (1 + exp(-x)). */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** x · sigmoid(x), also called swish. */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** x · Φ(x), Φ(x) being the share of the normal distribution below x; or its approximation by tanh. */
export class GELU extends Module {
  readonly #options: GeluOptions;

  constructor(options: GeluOptions = {}) {
    super();
    checkOptions('GELU', options, geluNames);
    this.#options = options;
  }

  override extraRepr(): string {
    return members({ approximate: this.#options.approximate ?? 'none' });
  }

  forward(x: Tensor): Tensor {
    return gelu(x, this.#options);
  }
}

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
