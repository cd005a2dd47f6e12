import { checkValue, show } from '@glassbox/options';
import { dropout, dropout2d, type Tensor } from '@glassbox/tensor-core/functions';
import { anInit } from '../module/kinds.ts';
import { Module } from '../module/module.ts';
import { members } from '../module/tree.ts';
import type { Init } from '../random/init.ts';

/** What both kinds of dropout share: a share to drop and the place of their random numbers. */
export abstract class DropoutLayer extends Module {
  /** Share of the values that become 0 in training mode. */
  readonly p: number;
  /** Forward passes in training mode so far: each has its own mask. */
  readonly calls = this.stepCounter('calls');
  readonly #seed: number;
  readonly #stream: number;

  constructor(init: Init, p = 0.5) {
    super();
    checkValue(new.target.name, 'the first argument', init, anInit);
    if (!(typeof p === 'number' && p >= 0 && p < 1))
      throw new RangeError(`dropout: p must be in [0, 1), not ${show(p)}`);
    this.p = p;
    this.#seed = init.seed;
    this.#stream = init.nextStream();
  }

  forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    return this.drop(x, { seed: this.#seed, stream: this.#stream, step: () => this.calls.value++ });
  }

  override extraRepr(): string {
    return members({ p: this.p });
  }

  /** Drops values of x by the mask that belongs to this key. */
  protected abstract drop(x: Tensor, key: { seed: number; stream: number; step: () => number }): Tensor;
}

/** In training mode sets each value to 0 with probability p and scales the others by 1/(1-p). */
export class Dropout extends DropoutLayer {
  /** Drops single values. */
  protected drop(x: Tensor, key: { seed: number; stream: number; step: () => number }): Tensor {
    return dropout(x, this.p, key);
  }
}

/** In training mode sets whole channels of [N,C,H,W] to 0 with probability p and scales the others by 1/(1-p). */
export class Dropout2d extends DropoutLayer {
  /** Drops whole channels. */
  protected drop(x: Tensor, key: { seed: number; stream: number; step: () => number }): Tensor {
    return dropout2d(x, this.p, key);
  }
}
