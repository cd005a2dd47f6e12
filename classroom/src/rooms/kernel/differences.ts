/** Central differences in float64: what a gradient must be, whoever computes it. */
import { type Derivative, largest } from './oracle-types.ts';
import { positionIn } from './places.ts';

interface Element {
  /** In row-major order. */
  readonly at: number;
  readonly index: readonly number[];
  readonly quotient: number;
}

/** As in the tests of gradients: the largest error, as a share of the largest gradient. */
const tolerance = 2e-5;

/** Differentiates at the element with the largest gradient and at three more, spread over the tensor, one by one. */
export class Quotients {
  readonly output: string;
  /** What is known by now. */
  readonly elements: Element[] = [];
  /** The largest difference from a kernel's float32 that rounding explains. */
  readonly allowed: number;
  readonly #derivative: Derivative;
  readonly #shape: readonly number[];
  readonly #waiting: number[];

  constructor(derivative: Derivative, gradient: ArrayLike<number>, shape: readonly number[]) {
    const size = largest(gradient);
    const most = Array.prototype.findIndex.call(gradient, (value: number) => Math.abs(value) === size);
    const spread = [0.15, 0.5, 0.85].map((share) => Math.floor(share * gradient.length));
    const { at, step } = derivative;
    // Where a function has a kink, a quotient across it says nothing.
    const smooth = (index: number) => at[index] === 0 || Math.abs(at[index]) > 2 * step;
    this.#waiting = [...new Set([most, ...spread])].filter((index) => index >= 0 && smooth(index));
    this.#derivative = derivative;
    this.#shape = shape;
    this.output = derivative.output;
    this.allowed = tolerance * size;
  }

  /** Computes the next one. @returns false if there is none. */
  next(): boolean {
    const element = this.#waiting.shift();
    if (element === undefined) return false;
    const { at, f, step } = this.#derivative;
    const value = (by: number) => {
      const moved = at.slice();
      moved[element] += by;
      return f(moved, element);
    };
    const quotient = (value(step) - value(-step)) / (2 * step);
    this.elements.push({ at: element, index: positionIn(this.#shape, element), quotient });
    return true;
  }
}
