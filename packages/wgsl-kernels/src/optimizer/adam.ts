import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import { type ArenaSpec, arenaKernel, forEachTrainable, hyperSize, requireFinite } from './arena.ts';

/** The numbers of one step of a parameter group. */
export interface AdamStepOptions {
  /** Learning rate. */
  readonly lr: number;
  /** Decay rate of the average of gradients. Default 0.9. */
  readonly beta1?: number;
  /** Decay rate of the average of their squares. Default 0.999. */
  readonly beta2?: number;
  /** Added to the root of that average. Default 1e-8. */
  readonly eps?: number;
  /** Pull to 0: see `AdamSpec.decoupled`. Default 0. */
  readonly weightDecay?: number;
}

/** An arena, and whether weights decay on their own. */
export interface AdamSpec extends ArenaSpec {
  /** True: AdamW, which shrinks the parameter itself. False: Adam, which adds weightDecay·p to the gradient. */
  readonly decoupled: boolean;
}

/**
 * A group's 8 floats in `hyper` for `adam`: lr, 1 - beta1, beta2, weightDecay, eps, biasCorrection1 = 1 - beta1^step,
 * √biasCorrection2 = √(1 - beta2^step), and 1 - beta2. The differences are taken here: float32 would lose digits, and
 * every update would be a little too large in the same direction. The kernel takes beta1 back from 1 - beta1, which
 * is exact enough. `step` counts from 1.
 * @throws RangeError for a number that is not finite.
 */
export function adamHyper(options: AdamStepOptions, step: number): number[] {
  const { lr, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weightDecay = 0 } = options;
  if (!(step >= 1)) throw new RangeError(`adam: steps count from 1, but this is step ${step}`);
  const stepSize = lr / (1 - beta1 ** step);
  requireFinite('Adam', { lr, beta1, beta2, eps, weightDecay, stepSize, lr·weightDecay: lr * weightDecay });
  return [lr, 1 - beta1, beta2, weightDecay, eps, 1 - beta1 ** step, Math.sqrt(1 - beta2 ** step), 1 - beta2];
}

/**
 * One step of Adam (Kingma and Ba, 2015) or AdamW (Loshchilov and Hutter, 2019) over all parameters, in PyTorch's
 * order of operations. With g the gradient (Adam: plus weightDecay·p; AdamW: p is first scaled by 1 - lr·weightDecay):
 * m = beta1·m + (1 - beta1)·g; v = beta2·v + (1 - beta2)·g²; p -= lr/bc1 · m / (√v/√bc2 + eps).
 * Bindings: parameters, gradients, m, v (both zero before the first step), groups (u32 per block),
 * hyper (8 floats per group).
 */
export function adam({ blocks, decoupled }: AdamSpec, machine: Machine = machines.gpu): Kernel {
  const floats = blocks * 64;
  const arena = 'array<vec4<f32>>';
  const name = decoupled ? 'adamW' : 'adam';
  return arenaKernel({
    name,
    about: `
${decoupled ? 'p *= 1 - lr·weightDecay; g = gradient' : 'g = gradient + weightDecay·p'}; m = beta1·m + (1 - beta1)·g;
v = beta2·v + (1 - beta2)·g²; p -= lr/bc1 · m / (√v/√bc2 + eps).
parameters, gradients, m, v: arenas of ${floats} floats
hyper: per group (lr, 1 - beta1, beta2, weightDecay), (eps, bc1, √bc2, 1 - beta2)`,
    bindings: [
      readsWrites('parameters', arena),
      reads('gradients', arena),
      readsWrites('m', arena),
      readsWrites('v', arena),
      reads('groups', 'array<u32>'),
      reads('hyper', arena),
    ],
    blocks,
    machine,
    setup: `
let rates = hyper[group * 2u];
let lr = rates.x;
let rest1 = rates.y;
let beta1 = 1.0 - rest1;
let beta2 = rates.z;
let weightDecay = rates.w;
let corrections = hyper[group * 2u + 1u];
let eps = corrections.x;
let stepSize = lr / corrections.y;
let rootCorrection2 = corrections.z;
let rest2 = corrections.w;`,
    each: `
${
  decoupled
    ? `let p = parameters[at] * (1.0 - lr * weightDecay);
let g = gradients[at];`
    : `let p = parameters[at];
let g = select(gradients[at], gradients[at] + weightDecay * p, weightDecay != 0.0);`
}
let mean = beta1 * m[at] + rest1 * g;
// In this order the square of a large gradient does not overflow, and the bits are PyTorch's.
let square = beta2 * v[at] + rest2 * g * g;
m[at] = mean;
v[at] = square;
// Bounded below, so that eps = 0 cannot divide 0 by 0 where a gradient has always been 0.
let root = max(sqrt(square) / rootCorrection2 + eps, vec4<f32>(1e-30));
parameters[at] = p - stepSize * (mean / root);`,
    flop: 15 * floats,
    bytes: 4 * 7 * floats + 4 * blocks,
  });
}

/** The float64 twin of `adam`: changes `parameters`, `m` and `v` in place. */
export function adamOracle(
  arenas: {
    parameters: Float64Array;
    gradients: ArrayLike<number>;
    m: Float64Array;
    v: Float64Array;
    groups: ArrayLike<number>;
    hyper: ArrayLike<number>;
  },
  { decoupled }: { readonly decoupled: boolean },
): void {
  const { parameters, gradients, m, v, groups, hyper } = arenas;
  forEachTrainable(groups, (i, group) => {
    const own = Array.from({ length: hyperSize }, (_, k) => hyper[group * hyperSize + k]);
    const [lr, rest1, beta2, weightDecay, eps, correction1, rootCorrection2, rest2] = own;
    if (decoupled) parameters[i] *= 1 - lr * weightDecay;
    const g = gradients[i] + (decoupled ? 0 : weightDecay * parameters[i]);
    m[i] = (1 - rest1) * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * g * g;
    const root = Math.sqrt(v[i]) / rootCorrection2 + eps;
    parameters[i] -= root > 0 ? ((lr / correction1) * m[i]) / root : 0;
  });
}
