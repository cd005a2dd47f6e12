import { checkOptions, checkValue, number, whole } from '@glassbox/options';
import {
  elu,
  type GeluOptions,
  gelu,
  geluNames,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSoftmax,
  mish,
  prelu,
  relu6,
  reluStep,
  reshape,
  type SoftplusOptions,
  type Step,
  sigmoid,
  silu,
  softmax,
  softplus,
  softplusNames,
  step,
  type Tensor,
  tanh,
  tensor,
} from '@glassbox/tensor-core/functions';
import { anInit, count } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';
import { OpLayer } from './op-layer.ts';
import { requireInput } from './shapes.ts';

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

/** x · tanh(softplus(x)). */
export class Mish extends Module {
  forward(x: Tensor): Tensor {
    return mish(x);
  }
}

/** log(1 + exp(beta · x)) / beta: a smooth ReLU. */
export class Softplus extends Module {
  readonly #options: SoftplusOptions;

  constructor(options: SoftplusOptions = {}) {
    super();
    checkOptions('Softplus', options, softplusNames);
    this.#options = options;
  }

  override extraRepr(): string {
    const { beta = 1, threshold = 20 } = this.#options;
    return members({ beta, threshold });
  }

  forward(x: Tensor): Tensor {
    return softplus(x, this.#options);
  }
}

/** x where positive, alpha · (exp(x) - 1) elsewhere. */
export class ELU extends Module {
  /** What very negative values come to, with its sign turned. */
  readonly alpha: number;

  constructor(alpha = 1) {
    super();
    checkValue('ELU', 'alpha', alpha, number);
    this.alpha = alpha;
  }

  override extraRepr(): string {
    return members({ alpha: this.alpha });
  }

  forward(x: Tensor): Tensor {
    return elu(x, this.alpha);
  }
}

/** x · relu6(x + 3) / 6. */
export class Hardswish extends Module {
  forward(x: Tensor): Tensor {
    return hardswish(x);
  }
}

/** relu6(x + 3) / 6. */
export class Hardsigmoid extends Module {
  forward(x: Tensor): Tensor {
    return hardsigmoid(x);
  }
}

/** x, but at least `min` and at most `max`. */
export class Hardtanh extends Module {
  /** The least value. */
  readonly min: number;
  /** The largest value. */
  readonly max: number;

  constructor(min = -1, max = 1) {
    super();
    checkValue('Hardtanh', 'min', min, number);
    checkValue('Hardtanh', 'max', max, number);
    if (!(min < max)) throw new RangeError(`Hardtanh: min ${min} must be below max ${max}`);
    this.min = min;
    this.max = max;
  }

  override extraRepr(): string {
    return members({ min: this.min, max: this.max });
  }

  forward(x: Tensor): Tensor {
    return hardtanh(x, this.min, this.max);
  }
}

/** x, but at least 0 and at most 6. */
export class ReLU6 extends Module {
  forward(x: Tensor): Tensor {
    return relu6(x);
  }
}

/** x where positive, weight · x elsewhere: the slope of negative values is learnt, as torch.nn.PReLU. */
export class PReLU extends Module {
  /** [1], or [C] for a slope of each channel. */
  readonly weight: Tensor;

  /**
   * @param numParameters 1, or the number of channels. Default 1.
   * @param slope what the slopes begin with. Default 0.25.
   */
  constructor(init: Init, numParameters = 1, slope = 0.25) {
    super();
    checkValue('PReLU', 'the first argument', init, anInit);
    checkValue('PReLU', 'numParameters', numParameters, count);
    checkValue('PReLU', 'slope', slope, number);
    const slopes = new Float32Array(numParameters).fill(slope);
    this.weight = this.parameter('weight', tensor(init.runtime, slopes, [numParameters]));
  }

  override extraRepr(): string {
    return members({ numParameters: this.weight.size });
  }

  /**
   * @param x any shape; [N,C,…] if there is a slope for each channel
   * @throws RangeError for another number of channels.
   */
  forward(x: Tensor): Tensor {
    requireInput('PReLU', x);
    const { size } = this.weight;
    if (size > 1 && x.shape[1] !== size) {
      throw new RangeError(`PReLU: expected input [N,${size},…] but got [${x.shape}]`);
    }
    return prelu(
      x,
      size === 1 ? this.weight : reshape(this.weight, [1, size, ...x.shape.slice(2).map(() => 1)]),
    );
  }
}

const aDimension = whole(Number.MIN_SAFE_INTEGER);

/** exp(x) / Σ exp(x) along a dimension, the last unless given. */
export class Softmax extends Module {
  /** The dimension whose elements sum to 1. */
  readonly dim: number;

  constructor(dim = -1) {
    super();
    checkValue('Softmax', 'dim', dim, aDimension);
    this.dim = dim;
  }

  override extraRepr(): string {
    return members({ dim: this.dim });
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.dim);
  }
}

/** x - log Σ exp(x) along a dimension, the last unless given. */
export class LogSoftmax extends Module {
  /** The dimension whose exponentials sum to 1. */
  readonly dim: number;

  constructor(dim = -1) {
    super();
    checkValue('LogSoftmax', 'dim', dim, aDimension);
    this.dim = dim;
  }

  override extraRepr(): string {
    return members({ dim: this.dim });
  }

  forward(x: Tensor): Tensor {
    return logSoftmax(x, this.dim);
  }
}
