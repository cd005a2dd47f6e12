import { checkValue, instance, whole } from '@glassbox/options';
import { Runtime } from '@glassbox/tensor-core/functions';
import { RandomStream } from './stream.ts';

/** See `@glassbox/options`. */
export const aRuntime = instance(() => Runtime, 'a runtime, from await openRuntime()');

/**
 * Where a net's parameters live and the random numbers that they start from. Every parameter takes a stream of its
 * own, numbered in the order of creation: a net built twice from the same seed starts from the same bits, on any
 * device.
 */
export class Init {
  /** Where parameters live. */
  readonly runtime: Runtime;
  /** What all their first values follow from. */
  readonly seed: number;
  #streams = 0;

  constructor(runtime: Runtime, seed = 0) {
    checkValue('Init', 'runtime', runtime, aRuntime);
    checkValue('Init', 'seed', seed, whole(0));
    this.runtime = runtime;
    this.seed = seed;
  }

  /** A stream number that nobody else has: for a parameter, or for a layer that draws numbers itself. */
  nextStream(): number {
    return this.#streams++;
  }

  /** Numbers uniform in [-bound, bound). */
  uniform(count: number, bound: number): Float32Array {
    const random = new RandomStream(this.seed, this.nextStream());
    const values = new Float32Array(count);
    random.fillUniform(values);
    for (let i = 0; i < count; i++) values[i] = (2 * values[i] - 1) * bound;
    return values;
  }

  /**
   * Normal numbers of mean 0, those beyond ±`limit` drawn again.
   * @param std their standard deviation; with a limit that of the numbers before they are cut
   */
  normal(count: number, std = 1, limit = Number.POSITIVE_INFINITY): Float32Array {
    const random = new RandomStream(this.seed, this.nextStream());
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      do values[i] = std * random.normal();
      while (Math.abs(values[i]) > limit);
    }
    return values;
  }

  /**
   * PyTorch's default for weights of linear and convolution layers: `kaiming_uniform_(a=sqrt(5))`, which is uniform in
   * ±sqrt(6 / ((1 + a²) fanIn)) = ±1/sqrt(fanIn) (He et al., 2015).
   */
  kaimingUniform(count: number, fanIn: number): Float32Array {
    return this.uniform(count, fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0);
  }
}
