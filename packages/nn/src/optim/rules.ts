/** Optimisers that are rows (`wgsl-kernels/src/optimizer`): a row is the update, a class the numbers. */
import { atLeast0, checkValue, flag, type Kind, type OptionTable, required } from '@glassbox/options';
import { type Tensor, updateStep } from '@glassbox/tensor-core/functions';
import * as k from '@glassbox/wgsl-kernels';
import { betas } from './adam.ts';
import { type ActiveGroup, Optimizer, type ParameterGroup, withDefaults } from './optimizer.ts';

type Parameters<H> = readonly Tensor[] | readonly ParameterGroup<H>[];

/** What they share: the dispatch of a row. */
abstract class RuleOptimizer<H extends { lr: number }> extends Optimizer<H> {
  readonly #rule: k.UpdateRule;

  constructor(rule: k.UpdateRule, parameters: Parameters<H>, defaults: H, names: OptionTable<H>) {
    super(parameters, defaults, names, rule.row.state);
    this.#rule = rule;
  }

  protected dispatch(groups: Tensor, hyper: Tensor): void {
    const kept = this.#rule.row.state.map((name) => this.stateArena(name));
    updateStep(this.#rule, this.arena, { groups, hyper }, kept);
  }
}

const notNegative = required(atLeast0);

/** The numbers of RMSprop, under PyTorch's names; a group of parameters may have its own. */
export interface RmspropHyper {
  /** Learning rate. */
  lr: number;
  /** Decay rate of the average of squares. */
  alpha: number;
  /** Added to its root. */
  eps: number;
  /** Share of the last update that goes on in this one. */
  momentum: number;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
}

/** The numbers that RMSprop takes; the others have PyTorch's defaults. */
export interface RmspropOptions extends Partial<RmspropHyper> {
  /** Divide by the deviation of the gradients, not by the root of their squares, for all groups. Default false. */
  readonly centered?: boolean;
}

const share: Kind = {
  what: 'a number in [0, 1)',
  fits: (value) => typeof value === 'number' && value >= 0 && value < 1,
};

/** RMSprop (Hinton, 2012) as `torch.optim.RMSprop`. */
export class RMSprop extends RuleOptimizer<RmspropHyper> {
  readonly kind: string;

  constructor(parameters: Parameters<RmspropHyper>, options: RmspropOptions = {}) {
    const defaults = { lr: 1e-2, alpha: 0.99, eps: 1e-8, momentum: 0, weightDecay: 0 };
    const { centered = false, ...hyper } = withDefaults('RMSprop', options, defaults);
    checkValue('RMSprop', 'centered', centered, flag);
    super(centered ? k.rmspropCenteredRule : k.rmspropRule, parameters, hyper, {
      lr: notNegative,
      alpha: required(share),
      eps: notNegative,
      momentum: notNegative,
      weightDecay: notNegative,
    });
    this.kind = centered ? 'rmsprop centered' : 'rmsprop';
  }

  protected hyper(group: ActiveGroup<RmspropHyper>): readonly number[] {
    return k.rmspropHyper(group);
  }
}

/** The numbers of Adagrad, under PyTorch's names; a group of parameters may have its own. */
export interface AdagradHyper {
  /** Learning rate. */
  lr: number;
  /** How much it falls with each step: lr / (1 + (step - 1) · lrDecay). */
  lrDecay: number;
  /** Added to the root of the sum of squares. */
  eps: number;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
}

/** Adagrad (Duchi et al., 2011) as `torch.optim.Adagrad`; the sums begin with 0. */
export class Adagrad extends RuleOptimizer<AdagradHyper> {
  readonly kind = 'adagrad';

  constructor(parameters: Parameters<AdagradHyper>, options: Partial<AdagradHyper> = {}) {
    const defaults = { lr: 1e-2, lrDecay: 0, eps: 1e-10, weightDecay: 0 };
    const names = { lr: notNegative, lrDecay: notNegative, eps: notNegative, weightDecay: notNegative };
    super(k.adagradRule, parameters, withDefaults('Adagrad', options, defaults), names);
  }

  protected hyper(group: ActiveGroup<AdagradHyper>, step: number): readonly number[] {
    return k.adagradHyper(group, step);
  }
}

/** The numbers of RAdam, under PyTorch's names; a group of parameters may have its own. */
export interface RadamHyper {
  /** Learning rate. */
  lr: number;
  /** Decay rates of the two averages. */
  betas: readonly [number, number];
  /** Added to the root of the second average. */
  eps: number;
  /** Added to the gradient, times the parameter. */
  weightDecay: number;
}

/** The numbers of NAdam, under PyTorch's names; a group of parameters may have its own. */
export interface NadamHyper extends RadamHyper {
  /** How fast the momentum grows to its full size. */
  momentumDecay: number;
}

const momentNames = { lr: notNegative, betas: required(betas), eps: notNegative, weightDecay: notNegative };
const momentDefaults = { betas: [0.9, 0.999] as const, eps: 1e-8, weightDecay: 0 };

/** NAdam (Dozat, 2016) as `torch.optim.NAdam`: Adam with Nesterov's momentum. */
export class NAdam extends RuleOptimizer<NadamHyper> {
  readonly kind = 'nadam';

  constructor(parameters: Parameters<NadamHyper>, options: Partial<NadamHyper> = {}) {
    const defaults = { ...momentDefaults, lr: 2e-3, momentumDecay: 4e-3 };
    const names = { ...momentNames, momentumDecay: notNegative };
    super(k.nadamRule, parameters, withDefaults('NAdam', options, defaults), names);
  }

  protected hyper(group: ActiveGroup<NadamHyper>, step: number): readonly number[] {
    return k.nadamHyper(group, step);
  }
}

/** RAdam (Liu et al., 2020) as `torch.optim.RAdam`: Adam that does without its second average while that is unsure. */
export class RAdam extends RuleOptimizer<RadamHyper> {
  readonly kind = 'radam';

  constructor(parameters: Parameters<RadamHyper>, options: Partial<RadamHyper> = {}) {
    super(
      k.radamRule,
      parameters,
      withDefaults('RAdam', options, { ...momentDefaults, lr: 1e-3 }),
      momentNames,
    );
  }

  protected hyper(group: ActiveGroup<RadamHyper>, step: number): readonly number[] {
    return k.radamHyper(group, step);
  }
}

/** The numbers of Lion; a group of parameters may have its own. */
export interface LionHyper {
  /** Learning rate: three to ten times less than Adam's. */
  lr: number;
  /** Decay rate of the average in the update, and of the one that is kept. */
  betas: readonly [number, number];
  /** Pull to 0, apart from the gradient. */
  weightDecay: number;
}

/** Lion (Chen et al., 2023): steps of one size, in the direction of an average's sign. PyTorch has none. */
export class Lion extends RuleOptimizer<LionHyper> {
  readonly kind = 'lion';

  constructor(parameters: Parameters<LionHyper>, options: Partial<LionHyper> = {}) {
    const defaults = { lr: 1e-4, betas: [0.9, 0.99] as const, weightDecay: 0 };
    const { eps: _, ...names } = momentNames;
    super(k.lionRule, parameters, withDefaults('Lion', options, defaults), names);
  }

  protected hyper(group: ActiveGroup<LionHyper>): readonly number[] {
    return k.lionHyper(group);
  }
}
