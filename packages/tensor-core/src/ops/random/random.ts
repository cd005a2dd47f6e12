import {
  atLeast0,
  callback,
  checkOptions,
  checkValue,
  number,
  type OptionTable,
  required,
  share,
  whole,
} from '@glassbox/options';
import {
  type DropoutSpec,
  dropout2d as dropout2dKernel,
  dropout as dropoutKernel,
  imageLayout,
  type Kernel,
  type Machine,
  randomCounter,
  randomNormal as randomNormalKernel,
  randomUniform as randomUniformKernel,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import { differentiable } from '../../autograd.ts';
import { requireFloats } from '../../primitives/operands.ts';
import { launch } from '../../runtime/launch.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { empty, requireShape, stepInput, type Tensor } from '../../tensor.ts';
import { toLayout } from '../copy/layout.ts';

/** What random numbers depend on: nothing else decides them. */
export interface RandomSource {
  /** Whole number of 0 or more: the same seed gives the same numbers. */
  readonly seed: number;
  /** Tells users of the same seed apart: each dropout layer has its own. */
  readonly stream: number;
  /** Asked once now, and once at each replay of a recorded step. */
  readonly step: () => number;
}

const sourceNames: OptionTable<RandomSource> = {
  seed: required(whole(0)),
  stream: required(whole(0)),
  step: required(callback),
};

/** The interval [low, high) of uniform numbers. */
export interface UniformOptions {
  /** The least number. Default 0. */
  readonly low?: number;
  /** The end of the interval, which is not reached. Default 1. */
  readonly high?: number;
}

const uniformNames: OptionTable<UniformOptions> = { low: number, high: number };

/** Mean and standard deviation of normal numbers. */
export interface NormalOptions {
  /** Mean of the distribution. Default 0. */
  readonly mean?: number;
  /** Standard deviation of the distribution. Default 1. */
  readonly std?: number;
}

const normalNames: OptionTable<NormalOptions> = { mean: number, std: atLeast0 };

/**
 * Sets each element to 0 with probability p and scales the others by 1/(1-p). The mask comes from Philox and is
 * computed again in backward.
 */
export function dropout(x: Tensor, p: number, source: RandomSource): Tensor {
  return drop('dropout', dropoutKernel, x, p, source);
}

/**
 * Sets whole channels of images [N,C,H,W] to 0 with probability p and scales the others by 1/(1-p) (PyTorch's
 * Dropout2d).
 */
export function dropout2d(x: Tensor, p: number, source: RandomSource): Tensor {
  return drop('dropout2d', dropout2dKernel, toLayout(x, imageLayout(x.shape)), p, source);
}

/** Uniform random numbers in [low, high). */
export function randomUniform(
  runtime: Runtime,
  shape: readonly number[],
  source: RandomSource,
  options: UniformOptions = {},
): Tensor {
  requireSource('randomUniform', source);
  checkOptions('randomUniform', options, uniformNames);
  const { low = 0, high = 1 } = options;
  requireShape('randomUniform', shape);
  const layout = rowMajor(shape);
  const y = empty(runtime, layout);
  const spec = { layout, stream: source.stream, low, high };
  launch(randomUniformKernel, [spec], { counter: counter(runtime, source), y });
  return y;
}

/** Normally distributed random numbers. */
export function randomNormal(
  runtime: Runtime,
  shape: readonly number[],
  source: RandomSource,
  options: NormalOptions = {},
): Tensor {
  requireSource('randomNormal', source);
  checkOptions('randomNormal', options, normalNames);
  const { mean = 0, std = 1 } = options;
  requireShape('randomNormal', shape);
  const layout = rowMajor(shape);
  const y = empty(runtime, layout);
  const spec = { layout, stream: source.stream, mean, std };
  launch(randomNormalKernel, [spec], { counter: counter(runtime, source), y });
  return y;
}

/** @throws TypeError or RangeError if the source is missing or not whole. */
function requireSource(op: string, source: RandomSource): void {
  checkOptions(`${op}: source`, source ?? {}, sourceNames);
}

function counter(runtime: Runtime, { seed, step }: RandomSource): Tensor {
  return stepInput(runtime, [4], 'u32', () => randomCounter({ seed, step: step() }));
}

function drop(
  name: string,
  kernel: (spec: DropoutSpec, machine: Machine) => Kernel,
  x: Tensor,
  p: number,
  source: RandomSource,
): Tensor {
  requireFloats(name, [x]);
  checkValue(name, 'p', p, share);
  requireSource(name, source);
  const { runtime, layout } = x;
  const { stream } = source;
  const words = counter(runtime, source);
  const apply = (input: Tensor): Tensor => {
    const output = empty(runtime, layout);
    launch(kernel, [{ layout, p, stream }], { counter: words, x: input, y: output });
    return output;
  };
  return differentiable(name, apply(x), [x], (dy) => [apply(dy)]);
}
