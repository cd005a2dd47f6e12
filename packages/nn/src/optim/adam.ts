import { adamStep, type Tensor } from '@glassbox/tensor-core';
import { adamHyper } from '@glassbox/wgsl-kernels';
import { type ActiveGroup, Optimizer, type ParameterGroup } from './optimizer.ts';

export interface AdamHyper {
  /** Learning rate. */
  lr: number;
  /** Decay rates of the two averages. */
  betas: readonly [number, number];
  /** Added to the root of the second average. */
  eps: number;
  weightDecay: number;
}

export type AdamOptions = Partial<AdamHyper>;

/** What Adam and AdamW share: two running averages per parameter. */
abstract class AdamFamily extends Optimizer<AdamHyper> {
  protected abstract readonly decoupled: boolean;

  constructor(parameters: readonly Tensor[] | readonly ParameterGroup<AdamHyper>[], defaults: AdamHyper) {
    super(parameters, defaults, ['exp_avg', 'exp_avg_sq']);
    for (const { lr, betas, eps, weightDecay } of this.groups) {
      if (!(lr >= 0)) throw new RangeError(`Adam: lr must be 0 or more, not ${lr}`);
      if (betas.length !== 2 || !betas.every((beta) => beta >= 0 && beta < 1)) {
        throw new RangeError(`Adam: betas must be two numbers in [0, 1), not [${betas}]`);
      }
      if (!(eps >= 0)) throw new RangeError(`Adam: eps must be 0 or more, not ${eps}`);
      if (!(weightDecay >= 0))
        throw new RangeError(`Adam: weightDecay must be 0 or more, not ${weightDecay}`);
    }
  }

  protected hyper({ lr, betas: [beta1, beta2], eps, weightDecay }: ActiveGroup<AdamHyper>, step: number) {
    return adamHyper({ lr, beta1, beta2, eps, weightDecay }, step);
  }

  protected dispatch(groups: Tensor, hyper: Tensor): void {
    const { decoupled } = this;
    const [m, v] = [this.stateArena('exp_avg'), this.stateArena('exp_avg_sq')];
    adamStep(this.arena, { groups, hyper }, { m, v, decoupled });
  }
}

const defaults: AdamHyper = { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 };

/** Adam (Kingma and Ba, 2015) as `torch.optim.Adam`: weight decay is added to the gradient. */
export class Adam extends AdamFamily {
  readonly kind = 'adam';
  protected readonly decoupled = false;

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup<AdamHyper>[],
    options: AdamOptions = {},
  ) {
    super(parameters, { ...defaults, ...options });
  }
}

/** AdamW (Loshchilov and Hutter, 2019) as `torch.optim.AdamW`: weights decay on their own. Default decay 0.01. */
export class AdamW extends AdamFamily {
  readonly kind = 'adamw';
  protected readonly decoupled = true;

  constructor(
    parameters: readonly Tensor[] | readonly ParameterGroup<AdamHyper>[],
    options: AdamOptions = {},
  ) {
    super(parameters, { ...defaults, weightDecay: 0.01, ...options });
  }
}
