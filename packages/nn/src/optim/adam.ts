import { atLeast0, checkValue, flag, type Kind, type OptionTable, required } from '@glassbox/options';
import { adamStep, type Tensor, updateStep } from '@glassbox/tensor-core/functions';
import { adamHyper, amsgradRule, amsgradWRule } from '@glassbox/wgsl-kernels';
import { type ActiveGroup, Optimizer, type ParameterGroup, withDefaults } from './optimizer.ts';

/** The numbers of Adam and AdamW, under PyTorch's names; a group of parameters may have its own. */
export interface AdamHyper {
  /** Learning rate. */
  lr: number;
  /** Decay rates of the two averages. */
  betas: readonly [number, number];
  /** Added to the root of the second average. */
  eps: number;
  /**
   * Pull to 0: added to the gradient times the parameter (Adam), or taken from the parameter itself (AdamW).
   */
  weightDecay: number;
}

/** The numbers that Adam and AdamW take; the others have PyTorch's defaults. */
export interface AdamOptions extends Partial<AdamHyper> {
  /** Divide by the largest second average so far (Reddi et al., 2018), for all groups. Default false. */
  readonly amsgrad?: boolean;
}

/** Decay rates of two averages. */
export const betas: Kind = {
  what: 'two numbers in [0, 1)',
  fits: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    value.every((beta) => typeof beta === 'number' && beta >= 0 && beta < 1),
};
const names: OptionTable<AdamHyper> = {
  lr: required(atLeast0),
  betas: required(betas),
  eps: required(atLeast0),
  weightDecay: required(atLeast0),
};

/** What Adam and AdamW share: two running averages per parameter. */
abstract class AdamFamily extends Optimizer<AdamHyper> {
  protected abstract readonly decoupled: boolean;

  readonly #amsgrad: boolean;

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup<AdamHyper>[],
    { amsgrad = false, ...defaults }: AdamHyper & Pick<AdamOptions, 'amsgrad'>,
  ) {
    checkValue(new.target.name, 'amsgrad', amsgrad, flag);
    super(parameters, defaults, names, amsgradRule.row.state.slice(0, amsgrad ? 3 : 2));
    this.#amsgrad = amsgrad;
  }

  protected hyper({ lr, betas: [beta1, beta2], eps, weightDecay }: ActiveGroup<AdamHyper>, step: number) {
    return adamHyper({ lr, beta1, beta2, eps, weightDecay }, step);
  }

  protected dispatch(groups: Tensor, hyper: Tensor): void {
    const { decoupled } = this;
    if (this.#amsgrad) {
      const rule = decoupled ? amsgradWRule : amsgradRule;
      const kept = rule.row.state.map((name) => this.stateArena(name));
      updateStep(rule, this.arena, { groups, hyper }, kept);
      return;
    }
    const [m, v] = [this.stateArena('exp_avg'), this.stateArena('exp_avg_sq')];
    adamStep(this.arena, { groups, hyper }, { m, v, decoupled });
  }
}

const defaults: AdamHyper = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 };

/** Adam (Kingma and Ba, 2015) as `torch.optim.Adam`: weight decay is added to the gradient. */
export class Adam extends AdamFamily {
  readonly kind = 'adam';
  /** True if weights decay on their own, apart from the gradient. */
  protected readonly decoupled = false;

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup<AdamHyper>[],
    options: AdamOptions = {},
  ) {
    super(parameters, withDefaults('Adam', options, defaults));
  }
}

/** AdamW (Loshchilov and Hutter, 2019) as `torch.optim.AdamW`: weights decay on their own. Default decay 0.01. */
export class AdamW extends AdamFamily {
  readonly kind = 'adamw';
  /** True: weights decay on their own, apart from the gradient. */
  protected readonly decoupled = true;

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup<AdamHyper>[],
    options: AdamOptions = {},
  ) {
    super(parameters, withDefaults('AdamW', options, { ...defaults, weightDecay: 0.01 }));
  }
}
