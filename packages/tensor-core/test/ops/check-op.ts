import { forEachElement, type Layout } from '@glassbox/wgsl-kernels';
import { expect } from 'vitest';
import { backward } from '../../src/autograd.ts';
import type { Runtime } from '../../src/index.ts';
import { hostArrayOf } from '../../src/runtime/storage.ts';
import { type Tensor, tensor } from '../../src/tensor.ts';
import { fromOp, observe, sameSource } from '../support/observe.ts';
import { random } from '../support/random.ts';

/** One float32 operand of an op under test. */
export interface Input {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  readonly layout: Layout;
  /** No gradient is wanted: the op must not compute one. */
  readonly frozen: boolean;
}

export interface OpCheck {
  /** The op's exported name. */
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly op: (...tensors: Tensor[]) => Tensor;
  /** The same in float64 on dense row-major arrays. */
  readonly oracle: (...arrays: Float64Array[]) => ArrayLike<number>;
  /** Shape of the result. */
  readonly shape: readonly number[];
  /** Seeds the upstream gradient and the elements that are differentiated. */
  readonly seed?: number;
  /**
   * Terms of several inputs are added and may cancel: errors are compared with what they add up to without their
   * signs.
   */
  readonly cancels?: boolean;
  /** Gradients smaller than this count as this large: where functions are flat, float32 has few digits of them. */
  readonly leastGradient?: number;
  /** Largest error of values and gradients, relative to the largest of each. */
  readonly tolerance?: number;
  readonly gradientTolerance?: number;
  /** Half the width of the central differences. */
  readonly step?: number;
}

/** Elements of an input that are differentiated one by one; all of them together are by one direction. */
const elementsTried = 12;

/**
 * Runs an op forward and backward with a random upstream gradient; compares the value with the float64 oracle and
 * the gradients with central differences of the oracle. Frozen inputs must stay without gradient.
 */
export async function checkOp(runtime: Runtime, check: OpCheck): Promise<void> {
  const {
    name,
    inputs,
    op,
    oracle,
    shape,
    seed = 1,
    tolerance = 4e-6,
    gradientTolerance = 2e-5,
    step = 1e-5,
  } = check;
  const tensors = inputs.map(({ data, shape, layout, frozen }) =>
    tensor(runtime, data, shape, { layout }).requiresGrad_(!frozen),
  );
  const exact = inputs.map(({ data }) => Float64Array.from(data));
  const expected = oracle(...exact);
  const next = random(seed);
  const dy = Float32Array.from(expected, () => next());
  const learns = inputs.some(({ frozen }) => !frozen);
  const y = runtime.step(() => {
    const result = op(...tensors);
    expect(result.shape, `shape of ${name}`).toEqual(shape);
    expect(result.requiresGrad, `${name}: requiresGrad`).toBe(learns);
    if (learns) backward(result, tensor(runtime, dy, result.shape));
    return result;
  });
  const { device } = runtime;
  await expectZeroPadding(y, name);
  const value = fromOp(await y.array(), device, name, 'value');
  const sizes = check.cancels ? exact.map((array) => array.map(Math.abs)) : exact;
  const scale = Math.max(largest(expected), largest(oracle(...sizes)));
  expectScaled(`${name}(${describe(inputs)})`, value, expected, scale, tolerance);
  const objective = (arrays: Float64Array[]) => dot(oracle(...arrays), dy);
  const sizeOfTerms = (arrays: Float64Array[]) => dot(oracle(...arrays), dy.map(Math.abs));
  for (const [index, leaf] of tensors.entries()) {
    const title = `gradient ${index} of ${name}(${describe(inputs)})`;
    if (inputs[index].frozen) {
      expect(leaf.grad, title).toBeNull();
      continue;
    }
    expect(leaf.grad, title).not.toBeNull();
    await expectZeroPadding(leaf.grad!, title);
    const gradient = fromOp(await leaf.grad!.array(), device, name, 'gradient');
    const all = Array.from(gradient, () => 1);
    const terms = check.cancels
      ? slope(sizeOfTerms, sizes, index, all, step) / Math.sqrt(gradient.length)
      : 0;
    const size = Math.max(terms, check.leastGradient ?? 0);
    expectDerivative(title, gradient, {
      exact,
      index,
      objective,
      next,
      step,
      size,
      tolerance: gradientTolerance,
    });
  }
}

/** Every op leaves padding at 0: the next kernel may read it. */
export async function expectZeroPadding(x: Tensor, title: string): Promise<void> {
  const words = new hostArrayOf[x.dtype](await x.runtime.read(x.storage));
  const used = new Set<number>();
  forEachElement(x.layout, (_, offset) => used.add(offset));
  const dirty = words.findIndex((word, offset) => word !== 0 && !used.has(offset));
  if (dirty >= 0) expect.fail(`${title}: padding at ${dirty} of ${words.length} is not 0`);
}

interface Derivative {
  readonly exact: readonly Float64Array[];
  readonly index: number;
  readonly objective: (arrays: Float64Array[]) => number;
  readonly next: () => number;
  readonly step: number;
  /** Errors may be as large as of a gradient of this size. */
  readonly size: number;
  readonly tolerance: number;
}

/**
 * Compares a gradient with differences of `objective`: element by element for some, and along one direction for all.
 */
function expectDerivative(
  title: string,
  gradient: ArrayLike<number>,
  { exact, index, objective, next, step, size, tolerance }: Derivative,
): void {
  const count = gradient.length;
  const tried =
    count <= elementsTried
      ? Array.from({ length: count }, (_, i) => i)
      : Array.from({ length: elementsTried }, () =>
          Math.min(count - 1, Math.floor(((next() + 1) / 2) * count)),
        );
  const along = (direction: ArrayLike<number>) => slope(objective, exact, index, direction, step);
  const expected = tried.map((element) => along(Array.from(gradient, (_, i) => Number(i === element))));
  const actual = sameSource(
    tried.map((element) => gradient[element]),
    gradient as unknown as object,
  );
  const scale = Math.max(largest(expected), largest(gradient), size);
  expectScaled(title, actual, expected, scale, tolerance);
  const signs = Array.from(gradient, () => (next() < 0 ? -1 : 1));
  const absolute = Array.from(gradient).reduce((sum, value) => sum + Math.abs(value), 0);
  const total = Math.max(absolute, scale);
  expectScaled(`${title}, all elements`, [dot(gradient, signs)], [along(signs)], total, tolerance);
}

/** The derivative of a function of several arrays by one of them, along a direction, by central differences. */
function slope(
  f: (arrays: Float64Array[]) => number,
  at: readonly Float64Array[],
  index: number,
  direction: ArrayLike<number>,
  step: number,
): number {
  const moved = (by: number) =>
    f(at.map((array, i) => (i === index ? array.map((value, e) => value + by * direction[e]) : array)));
  return (moved(step) - moved(-step)) / (2 * step);
}

/** Expects |actual - expected| <= tolerance · scale for each element. */
export function expectScaled(
  title: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  scale: number,
  tolerance: number,
): void {
  expect(actual.length, title).toBe(expected.length);
  const bound = Math.max(scale, 1e-6);
  observe(actual, expected, bound);
  for (let i = 0; i < expected.length; i++) {
    if (!(Math.abs(actual[i] - expected[i]) <= tolerance * bound)) {
      expect.fail(
        `${title}: element ${i} is ${actual[i]} instead of ${expected[i]} (largest ${scale}, tolerance ${tolerance})`,
      );
    }
  }
}

function describe(inputs: readonly Input[]): string {
  return inputs
    .map(({ shape, layout, frozen }) => `[${shape}] in order ${layout.order}${frozen ? ' frozen' : ''}`)
    .join(', ');
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function largest(values: ArrayLike<number>): number {
  let found = 0;
  for (let i = 0; i < values.length; i++) found = Math.max(found, Math.abs(values[i]));
  return found;
}
