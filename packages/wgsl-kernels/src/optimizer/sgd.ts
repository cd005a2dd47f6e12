import { type Kernel, reads, readsWrites } from '../kernel.ts';
import { type Machine, machines } from '../machine.ts';
import { type ArenaSpec, arenaKernel, forEachTrainable, hyperSize, requireFinite } from './arena.ts';

/** The numbers of one step of a parameter group. */
export interface SgdStepOptions {
  /** Learning rate. */
  readonly lr: number;
  /** Share of the last update that goes on in this one. Default 0. */
  readonly momentum?: number;
  /** Look ahead by the momentum. Default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the parameter. Default 0. */
  readonly weightDecay?: number;
}

/**
 * A group's 8 floats in `hyper` for `sgd`: lr, momentum, nesterov (0 or 1), weightDecay, and 4 unused.
 * @throws RangeError for Nesterov without momentum, or a number that is not finite.
 */
export function sgdHyper({ lr, momentum = 0, nesterov = false, weightDecay = 0 }: SgdStepOptions): number[] {
  requireFinite('SGD', { lr, momentum, weightDecay });
  if (nesterov && !(momentum > 0)) {
    throw new RangeError(`sgd: Nesterov needs a momentum above 0, not ${momentum}`);
  }
  return [lr, momentum, nesterov ? 1 : 0, weightDecay, 0, 0, 0, 0];
}

/**
 * One step of stochastic gradient descent over all parameters, as PyTorch's `torch.optim.SGD` (dampening 0):
 * g = gradient + weightDecay·p; state = momentum·state + g; p -= lr·(nesterov ? g + momentum·state : state).
 * Bindings: parameters, gradients, state (zero before the first step), groups (u32 per block), hyper (8 floats per
 * group).
 */
export function sgd({ blocks }: ArenaSpec, machine: Machine = machines.gpu): Kernel {
  const floats = blocks * 64;
  return arenaKernel({
    name: 'sgd',
    about: `
g = gradient + weightDecay·p; state = momentum·state + g; p -= lr·(nesterov ? g + momentum·state : state).
parameters, gradients, state: arenas of ${floats} floats
hyper: per group (lr, momentum, nesterov, weightDecay), (4 unused)`,
    bindings: [
      readsWrites('parameters', 'array<vec4<f32>>'),
      reads('gradients', 'array<vec4<f32>>'),
      readsWrites('state', 'array<vec4<f32>>'),
      reads('groups', 'array<u32>'),
      reads('hyper', 'array<vec4<f32>>'),
    ],
    blocks,
    machine,
    setup: `
let rates = hyper[group * 2u];
let lr = rates.x;
let momentum = rates.y;
let nesterov = rates.z != 0.0;
let weightDecay = rates.w;`,
    each: `
let p = parameters[at];
// Without decay an infinite parameter has no part in it: 0 · infinity would be NaN.
let g = select(gradients[at], gradients[at] + weightDecay * p, weightDecay != 0.0);
let velocity = momentum * state[at] + g;
state[at] = velocity;
parameters[at] = p - lr * select(velocity, g + momentum * velocity, nesterov);`,
    flop: 8 * floats,
    bytes: 4 * 5 * floats + 4 * blocks,
  });
}

/** The float64 twin of `sgd`: changes `parameters` and `state` in place. */
export function sgdOracle(arenas: {
  parameters: Float64Array;
  gradients: ArrayLike<number>;
  state: Float64Array;
  groups: ArrayLike<number>;
  hyper: ArrayLike<number>;
}): void {
  const { parameters, gradients, state, groups, hyper } = arenas;
  forEachTrainable(groups, (i, group) => {
    const [lr, momentum, nesterov, weightDecay] = Array.from(
      { length: 4 },
      (_, k) => hyper[group * hyperSize + k],
    );
    const g = gradients[i] + weightDecay * parameters[i];
    state[i] = momentum * state[i] + g;
    parameters[i] -= lr * (nesterov ? g + momentum * state[i] : state[i]);
  });
}
