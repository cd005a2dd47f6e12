import { flatKernel } from '../elementwise/flat.ts';
import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';

/**
 * Moves y towards x by a share, over whole buffers: y += weight · (x - y), as `torch.lerp`. A share of 1 gives x to the
 * bit. How averages of weights are kept. The share is data, so that a recorded step may change it. Bindings: x, weight
 * (one f32), y.
 * @throws RangeError unless `words` is a positive multiple of 4.
 */
export function average({ words }: { readonly words: number }, machine: Machine = machines.gpu): Kernel {
  if (!(words > 0 && words % 4 === 0)) {
    throw new RangeError(`average: ${words} words; buffers hold a positive multiple of 4`);
  }
  return flatKernel(
    {
      name: 'average',
      about: `y += weight[0] · (x - y)\nx, y: ${words} f32`,
      bindings: [
        reads('x', 'array<vec4<f32>>'),
        reads('weight', 'array<f32>'),
        readsWrites('y', 'array<vec4<f32>>'),
      ],
      body: `
let share = weight[0];
let step = x[v] - y[v];
// From the nearer end, so that a share of 1 ends at x.
y[v] = select(x[v] - step * (1.0 - share), y[v] + step * share, share < 0.5);`,
      vectors: words / 4,
      flop: 5 * words,
      bytes: 12 * words,
    },
    machine,
  );
}

/** The float64 twin of `average`: y after it. */
export function averageOracle(x: ArrayLike<number>, y: ArrayLike<number>, weight: number): Float64Array {
  return Float64Array.from(y, (value, i) => value + weight * (x[i] - value));
}
