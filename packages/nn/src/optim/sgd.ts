import { atLeast0, flag, type OptionTable, required } from '@glassbox/options';
import { sgdStep, type Tensor } from '@glassbox/tensor-core/functions';
import { sgdHyper } from '@glassbox/wgsl-kernels';
import { type ActiveGroup, Optimizer, type ParameterGroup, withDefaults } from './optimizer.ts';

/** The numbers of SGD, under PyTorch's names; a group of parameters may have its own. */
export interface SgdHyper {
  /** Learning rate. */
  lr: number;
  /** Share of the last update that goes on in this one. Default 0. */
  momentum: number;
  /** Look ahead by the momentum (Nesterov); it needs a momentum. Default false. */
  nesterov: boolean;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
}

/** The numbers that SGD takes: the rate, and others than the defaults. */
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
