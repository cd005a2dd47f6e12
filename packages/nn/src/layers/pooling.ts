import { checkOptions, checkValue, type OptionTable } from '@glassbox/options';
import { avgPool2dStep, maxPool2dStep, type Step, step } from '@glassbox/tensor-core';
import { margins, sizes } from '../module/kinds.ts';
import { members } from '../module/tree.ts';
import { OpLayer } from './op-layer.ts';
import { type Pair, pair } from './shapes.ts';

/** Where a layer's windows lie; one number stands for both directions. */
export interface PoolOptions {
  /** Step between windows; as large as the window unless given. */
  readonly stride?: Pair;
  /** Rows and columns added on each side, at most half a window. Default 0. */
  readonly padding?: Pair;
}

const optionNames: OptionTable<PoolOptions> = { stride: sizes, padding: margins };

/** The window that both kinds of pooling share. */
abstract class Pool2d extends OpLayer {
  /** Rows and columns of the window. */
  readonly kernelSize: readonly [number, number];
  /** Rows and columns between windows. */
  readonly stride: readonly [number, number];
  /** Rows and columns added on each side. */
  readonly padding: readonly [number, number];

  constructor(kernelSize: Pair, options: PoolOptions = {}) {
    super();
    checkValue(new.target.name, 'kernelSize', kernelSize, sizes);
    checkOptions(new.target.name, options, optionNames);
    const { stride = kernelSize, padding = 0 } = options;
    this.kernelSize = pair(kernelSize);
    this.stride = pair(stride);
    this.padding = pair(padding);
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return members({ kernelSize, stride, padding });
  }
}

/** The largest value of each window: [N,C,H,W] to [N,C,P,Q]. */
export class MaxPool2d extends Pool2d {
  get step(): Step {
    const { kernelSize, stride, padding } = this;
    return step(maxPool2dStep, { kernelSize, stride, padding });
  }
}

/** The mean of each window, zeros of the padding counted: [N,C,H,W] to [N,C,P,Q]. */
export class AvgPool2d extends Pool2d {
  get step(): Step {
    const { kernelSize, stride, padding } = this;
    return step(avgPool2dStep, { kernelSize, stride, padding });
  }
}
