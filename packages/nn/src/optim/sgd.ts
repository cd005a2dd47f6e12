import { atLeast0, flag, type OptionTable, required } from '@glassbox/options';
import { sgdStep, type Tensor } from '@glassbox/tensor-core';
import { sgdHyper } from '@glassbox/wgsl-kernels';
import { type ActiveGroup, Optimizer, type ParameterGroup, withDefaults } from './optimizer.ts';

export interface SgdHyper {
  /** Learning rate. */
  lr: number;
  momentum: number;
  nesterov: boolean;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
}

export type SgdOptions = Pick<SgdHyper, 'lr'> & Partial<SgdHyper>;

const names: OptionTable<SgdHyper> = {
  lr: required(atLeast0),
  momentum: required(atLeast0),
  nesterov: required(flag),
  weightDecay: required(atLeast0),
};

/** Stochastic gradient descent with momentum and Nesterov's variant, as `torch.optim.SGD` (dampening 0). */
export class SGD extends Optimizer<SgdHyper> {
  readonly kind = 'sgd';

  constructor(parameters: readonly Tensor[] | readonly ParameterGroup<SgdHyper>[], options: SgdOptions) {
    const defaults = { momentum: 0, nesterov: false, weightDecay: 0 };
    super(parameters, withDefaults('SGD', options, defaults), names, ['momentum_buffer']);
    for (const group of this.groups) sgdHyper(group);
  }

  protected hyper(group: ActiveGroup<SgdHyper>): readonly number[] {
    return sgdHyper(group);
  }

  protected dispatch(groups: Tensor, hyper: Tensor): void {
    sgdStep(this.arena, { groups, hyper }, this.stateArena('momentum_buffer'));
  }
}
