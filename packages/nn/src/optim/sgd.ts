import { sgdStep, type Tensor } from '@glassbox/tensor-core';
import { type SgdOptions as KernelOptions, sgdHyper } from '@glassbox/wgsl-kernels';
import { type ActiveGroup, Optimizer, type ParameterGroup } from './optimizer.ts';

export interface SgdHyper {
  /** Learning rate. */
  lr: number;
  momentum: number;
  nesterov: boolean;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
}

export type SgdOptions = Pick<SgdHyper, 'lr'> & Partial<SgdHyper>;

/** Stochastic gradient descent with momentum and Nesterov's variant, as `torch.optim.SGD` (dampening 0). */
export class SGD extends Optimizer<SgdHyper> {
  readonly kind = 'sgd';

  constructor(parameters: readonly Tensor[] | readonly ParameterGroup<SgdHyper>[], options: SgdOptions) {
    super(parameters, { momentum: 0, nesterov: false, weightDecay: 0, ...options }, ['momentum_buffer']);
    for (const group of this.groups) sgdHyper(checked(group));
  }

  protected hyper(group: ActiveGroup<SgdHyper>): readonly number[] {
    return sgdHyper(group);
  }

  protected dispatch(groups: Tensor, hyper: Tensor): void {
    sgdStep(this.arena, { groups, hyper }, this.stateArena('momentum_buffer'));
  }
}

function checked(group: SgdHyper): KernelOptions {
  if (!(group.lr >= 0)) throw new RangeError(`SGD: lr must be 0 or more, not ${group.lr}`);
  if (!(group.momentum >= 0)) throw new RangeError(`SGD: momentum must be 0 or more, not ${group.momentum}`);
  if (!(group.weightDecay >= 0))
    throw new RangeError(`SGD: weightDecay must be 0 or more, not ${group.weightDecay}`);
  return group;
}
