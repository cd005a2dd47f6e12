import { flatKernel } from '../elementwise/flat.ts';
import { f32 } from '../elementwise/literal.ts';
import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';

/**
 * y += alpha x over whole buffers, padding and all: how gradients accumulate. `words`: their common size in f32, a
 * multiple of 4. Bindings: x, y.
 * @throws RangeError if `words` is not a multiple of 4.
 */
export function axpy(words: number, alpha = 1, machine: Machine = machines.gpu): Kernel {
  if (!(words > 0 && words % 4 === 0)) {
    throw new RangeError(`axpy: ${words} words; buffers hold a positive multiple of 4`);
  }
  return flatKernel(
    {
      name: 'axpy',
      about: `y += ${alpha === 1 ? '' : `${alpha} `}x\nx, y: ${words} f32`,
      bindings: [reads('x', 'array<vec4<f32>>'), readsWrites('y', 'array<vec4<f32>>')],
      body: `y[v] += ${alpha === 1 ? 'x[v]' : `x[v] * ${f32(alpha)}`};`,
      vectors: words / 4,
      flop: (alpha === 1 ? 1 : 2) * words,
      bytes: 12 * words,
    },
    machine,
  );
}

/** y after y += alpha x, in float64. */
export function axpyOracle(x: ArrayLike<number>, y: ArrayLike<number>, alpha = 1): Float64Array {
  return Float64Array.from(y, (value, i) => value + alpha * x[i]);
}
