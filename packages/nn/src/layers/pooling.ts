import { checkOptions, checkValue, divisor, flag, type OptionTable } from '@glassbox/options';
import { avgPool2dStep, maxPool2dStep, type Step, step } from '@glassbox/tensor-core/functions';
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
  /** Whether windows may reach over the bottom and right end, so that nothing is left out. Default false. */
  readonly ceilMode?: boolean;
}

/** Options of `MaxPool2d`. */
export interface MaxPoolOptions extends PoolOptions {
  /** Rows and columns from one position of a window to the next. Default 1. */
  readonly dilation?: Pair;
}

/** Options of `AvgPool2d`. */
export interface AvgPoolOptions extends PoolOptions {
  /** Count zeros of the padding in the mean. Default true. */
  readonly countIncludePad?: boolean;
  /** What the sum of a window is divided by, in place of how many numbers count: an integer other than 0. */
  readonly divisorOverride?: number;
}

const windowNames: OptionTable<PoolOptions> = { stride: sizes, padding: margins, ceilMode: flag };
const maxNames: OptionTable<MaxPoolOptions> = { ...windowNames, dilation: sizes };
const averageNames: OptionTable<AvgPoolOptions> = {
  ...windowNames,
  countIncludePad: flag,
  divisorOverride: divisor,
};

/** The window that both kinds of pooling share. */
abstract class Pool2d extends OpLayer {
  /** Rows and columns of the window. */
  readonly kernelSize: readonly [number, number];
  /** Rows and columns between windows. */
  readonly stride: readonly [number, number];
  /** Rows and columns added on each side. */
  readonly padding: readonly [number, number];
  /** Whether windows may reach over the bottom and right end. */
  readonly ceilMode: boolean;

  /** @param check refuses what is no option of the layer with this name. */
  constructor(kernelSize: Pair, options: PoolOptions, check: (layer: string) => void) {
    super();
    checkValue(new.target.name, 'kernelSize', kernelSize, sizes);
    check(new.target.name);
    const { stride = kernelSize, padding = 0, ceilMode = false } = options;
    this.kernelSize = pair(kernelSize);
    this.stride = pair(stride);
    this.padding = pair(padding);
    this.ceilMode = ceilMode;
  }

  /** The options that both kinds hand on; `ceilMode` only where it is true. */
  protected get windows() {
    const { kernelSize, stride, padding, ceilMode } = this;
    return { kernelSize, stride, padding, ceilMode: ceilMode || undefined };
  }
}

/** The largest value of each window: [N,C,H,W] to [N,C,P,Q] (`maxPool2d`). */
export class MaxPool2d extends Pool2d {
  /** Rows and columns from one position of a window to the next. */
  readonly dilation: readonly [number, number];

  constructor(kernelSize: Pair, options: MaxPoolOptions = {}) {
    super(kernelSize, options, (layer) => checkOptions(layer, options, maxNames));
    this.dilation = pair(options.dilation ?? 1);
  }

  get step(): Step {
    return step(maxPool2dStep, { ...this.windows, dilation: this.dilation });
  }

  override extraRepr(): string {
    const { windows, dilation } = this;
    return members({ ...windows, dilation: dilation.some((size) => size > 1) ? dilation : undefined });
  }
}

/**
 * The mean of each window, zeros of the padding counted unless `countIncludePad` is false: [N,C,H,W] to [N,C,P,Q]
 * (`avgPool2d`).
 */
export class AvgPool2d extends Pool2d {
  /** Whether zeros of the padding count in the mean. */
  readonly countIncludePad: boolean;
  /** What sums are divided by, if not by how many numbers count. */
  readonly divisorOverride: number | undefined;

  constructor(kernelSize: Pair, options: AvgPoolOptions = {}) {
    super(kernelSize, options, (layer) => checkOptions(layer, options, averageNames));
    this.countIncludePad = options.countIncludePad ?? true;
    this.divisorOverride = options.divisorOverride;
  }

  get step(): Step {
    const { windows, countIncludePad, divisorOverride } = this;
    return step(avgPool2dStep, { ...windows, countIncludePad, divisorOverride });
  }

  override extraRepr(): string {
    const { windows, countIncludePad, divisorOverride } = this;
    return members({ ...windows, countIncludePad: countIncludePad ? undefined : false, divisorOverride });
  }
}
