import { rowOf } from '../row.ts';
import { requireFinite } from './arena.ts';

/** The state of one element, by name, and its parameter. */
interface Element {
  /** The parameter. */
  p: number;
  /** The gradient. */
  readonly g: number;
  /** What the rule keeps, in the order of `state`. */
  readonly kept: number[];
}

/**
 * An optimiser as one row: kernel, float64 twin and state come from it. `hyper` in the expressions is `h0` to `h7`, the
 * group's 8 numbers; `hyperOf…` below say what they are.
 */
export interface UpdateRow {
  /** The update in formulas, for the kernel's header. */
  readonly about: string;
  /** The group's 8 numbers in words. */
  readonly hyper: string;
  /** What is kept for each parameter, under PyTorch's names; each zero before the first step. */
  readonly state: readonly string[];
  /** WGSL over `vec4<f32>`: from `p`, `g` and the kept values (under their names) to `next`, and the kept ones anew. */
  readonly update: string;
  /** Operations for one element. */
  readonly flop: number;
  /** The same for one element in float64. */
  readonly oracle: (element: Element, hyper: readonly number[]) => void;
}

/** An optimiser as kernels take it. */
export interface UpdateRule {
  /** What its kernel is called after. */
  readonly rule: string;
  /** How it updates. */
  readonly row: UpdateRow;
}

const updateRule = (rule: string, row: UpdateRow): UpdateRule => rowOf({ rule }, row);

const adaptive = `
exp_avg = (1f - h1) * exp_avg + h1 * g;
exp_avg_sq = h2 * exp_avg_sq + h3 * g * g;`;
const average = (kept: number[], g: number, [, rest1, beta2, rest2]: readonly number[]) => {
  kept[0] = (1 - rest1) * kept[0] + rest1 * g;
  kept[1] = beta2 * kept[1] + rest2 * g * g;
};

function rmsprop(centered: boolean): UpdateRow {
  return {
    about: `g = gradient + weightDecay·p; v = alpha·v + (1 - alpha)·g²;${
      centered ? ' m = alpha·m + (1 - alpha)·g;' : ''
    } b = momentum·b + g / (√${centered ? '(v - m²)' : 'v'} + eps); p -= lr·b`,
    hyper: 'lr, weightDecay, alpha, 1 - alpha, eps, momentum, 2 unused',
    state: ['square_avg', 'momentum_buffer', ...(centered ? ['grad_avg'] : [])],
    update: `
g += h1 * p;
square_avg = h2 * square_avg + h3 * g * g;
${centered ? 'grad_avg = h2 * grad_avg + h3 * g;' : ''}
let root = sqrt(${centered ? 'max(square_avg - grad_avg * grad_avg, vec4<f32>())' : 'square_avg'}) + h4;
momentum_buffer = h5 * momentum_buffer + g / max(root, vec4<f32>(1e-30));
let next = p - h0 * momentum_buffer;`,
    flop: centered ? 18 : 13,
    oracle: (element, [lr, weightDecay, alpha, rest, eps, momentum]) => {
      const { kept } = element;
      const g = element.g + weightDecay * element.p;
      kept[0] = alpha * kept[0] + rest * g * g;
      if (centered) kept[2] = alpha * kept[2] + rest * g;
      const root = Math.sqrt(Math.max(0, centered ? kept[0] - kept[2] ** 2 : kept[0])) + eps;
      kept[1] = momentum * kept[1] + g / Math.max(root, 1e-30);
      element.p -= lr * kept[1];
    },
  };
}

/** AMSGrad (Reddi et al., 2018): Adam that divides by the largest second average so far. Numbers are `adamHyper`'s. */
function amsgrad(decoupled: boolean): UpdateRow {
  return {
    about: `${decoupled ? 'p *= 1 - lr·weightDecay; g = gradient' : 'g = gradient + weightDecay·p'};
m = beta1·m + (1 - beta1)·g; v = beta2·v + (1 - beta2)·g²; u = max(u, v); p -= lr/bc1 · m / (√u/√bc2 + eps)`,
    hyper: 'lr, 1 - beta1, beta2, weightDecay, eps, bc1, √bc2, 1 - beta2',
    state: ['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq'],
    update: `
${decoupled ? 'let start = p * (1f - h0 * h3);' : 'let start = p;\ng += h3 * p;'}
exp_avg = (1f - h1) * exp_avg + h1 * g;
exp_avg_sq = h2 * exp_avg_sq + h7 * g * g;
max_exp_avg_sq = max(max_exp_avg_sq, exp_avg_sq);
let root = max(sqrt(max_exp_avg_sq) / h6 + h4, vec4<f32>(1e-30));
let next = start - h0 / h5 * (exp_avg / root);`,
    flop: 17,
    oracle: (element, [lr, rest1, beta2, weightDecay, eps, correction1, rootCorrection2, rest2]) => {
      const { kept } = element;
      if (decoupled) element.p *= 1 - lr * weightDecay;
      const g = element.g + (decoupled ? 0 : weightDecay * element.p);
      kept[0] = (1 - rest1) * kept[0] + rest1 * g;
      kept[1] = beta2 * kept[1] + rest2 * g * g;
      kept[2] = Math.max(kept[2], kept[1]);
      element.p -=
        ((lr / correction1) * kept[0]) / Math.max(Math.sqrt(kept[2]) / rootCorrection2 + eps, 1e-30);
    },
  };
}

// Optimisers besides SGD and Adam. Each is a constant of its own, so that bundlers leave out those that a page does not
// use.

/** RMSprop (Hinton, 2012). */
export const rmspropRule = /* @__PURE__ */ updateRule('rmsprop', /* @__PURE__ */ rmsprop(false));
/** RMSprop that divides by the deviation of the gradients. */
export const rmspropCenteredRule = /* @__PURE__ */ updateRule(
  'rmspropCentered',
  /* @__PURE__ */ rmsprop(true),
);
/** AMSGrad (Reddi et al., 2018) whose weight decay is added to the gradient. */
export const amsgradRule = /* @__PURE__ */ updateRule('amsgrad', /* @__PURE__ */ amsgrad(false));
/** AMSGrad whose weights decay on their own. */
export const amsgradWRule = /* @__PURE__ */ updateRule('amsgradW', /* @__PURE__ */ amsgrad(true));

/** Adagrad (Duchi et al., 2011). */
export const adagradRule = /* @__PURE__ */ updateRule('adagrad', {
  about: 'g = gradient + weightDecay·p; s = s + g²; p -= lr / (1 + (step - 1)·lrDecay) · g / (√s + eps)',
  hyper: 'lr / (1 + (step - 1)·lrDecay), weightDecay, eps, 5 unused',
  state: ['sum'],
  update: `
g += h1 * p;
sum += g * g;
let next = p - h0 * (g / max(sqrt(sum) + h2, vec4<f32>(1e-30)));`,
  flop: 9,
  oracle: (element, [rate, weightDecay, eps]) => {
    const g = element.g + weightDecay * element.p;
    element.kept[0] += g * g;
    element.p -= (rate * g) / Math.max(Math.sqrt(element.kept[0]) + eps, 1e-30);
  },
});

/** NAdam (Dozat, 2016). */
export const nadamRule = /* @__PURE__ */ updateRule('nadam', {
  about: `g = gradient + weightDecay·p; m = beta1·m + (1 - beta1)·g; v = beta2·v + (1 - beta2)·g²;
p -= (ofGradient·g + ofAverage·m) / (√(v/bc2) + eps)`,
  hyper: 'ofGradient, 1 - beta1, beta2, 1 - beta2, ofAverage, bc2, eps, weightDecay',
  state: ['exp_avg', 'exp_avg_sq'],
  update: `
g += h7 * p;${adaptive}
let root = max(sqrt(exp_avg_sq / h5) + h6, vec4<f32>(1e-30));
let next = p - h0 * (g / root) - h4 * (exp_avg / root);`,
  flop: 18,
  oracle: (element, hyper) => {
    const [ofGradient, , , , ofAverage, correction2, eps, weightDecay] = hyper;
    const g = element.g + weightDecay * element.p;
    average(element.kept, g, hyper);
    const root = Math.max(Math.sqrt(element.kept[1] / correction2) + eps, 1e-30);
    element.p -= (ofGradient * g + ofAverage * element.kept[0]) / root;
  },
});

/** RAdam (Liu et al., 2020). */
export const radamRule = /* @__PURE__ */ updateRule('radam', {
  about: `g = gradient + weightDecay·p; m = beta1·m + (1 - beta1)·g; v = beta2·v + (1 - beta2)·g²;
p -= lr/bc1 · m · (rectified: rectification·√bc2 / (√v + eps); in the first steps: 1)`,
  hyper: 'lr/bc1, 1 - beta1, beta2, 1 - beta2, rectification·√bc2 or 0, eps, weightDecay, unused',
  state: ['exp_avg', 'exp_avg_sq'],
  update: `
g += h6 * p;${adaptive}
let share = select(vec4<f32>(1f), h4 / max(sqrt(exp_avg_sq) + h5, vec4<f32>(1e-30)), h4 != 0f);
let next = p - h0 * exp_avg * share;`,
  flop: 15,
  oracle: (element, hyper) => {
    const [rate, , , , rectification, eps, weightDecay] = hyper;
    average(element.kept, element.g + weightDecay * element.p, hyper);
    const root = Math.max(Math.sqrt(element.kept[1]) + eps, 1e-30);
    element.p -= rate * element.kept[0] * (rectification === 0 ? 1 : rectification / root);
  },
});

/** Lion (Chen et al., 2023). */
export const lionRule = /* @__PURE__ */ updateRule('lion', {
  about: 'u = sign(beta1·m + (1 - beta1)·g); p -= lr·(u + weightDecay·p); m = beta2·m + (1 - beta2)·g',
  hyper: 'lr, 1 - beta1, beta2, 1 - beta2, weightDecay, 3 unused',
  state: ['exp_avg'],
  update: `
let direction = sign((1f - h1) * exp_avg + h1 * g);
exp_avg = h2 * exp_avg + h3 * g;
let next = p * (1f - h0 * h4) - h0 * direction;`,
  flop: 11,
  oracle: (element, [lr, rest1, beta2, rest2, weightDecay]) => {
    const { kept } = element;
    const direction = Math.sign((1 - rest1) * kept[0] + rest1 * element.g);
    kept[0] = beta2 * kept[0] + rest2 * element.g;
    element.p -= lr * (direction + weightDecay * element.p);
  },
});

/** All of them by name, for whoever goes through all. */
export const updateRules = {
  rmsprop: rmspropRule,
  rmspropCentered: rmspropCenteredRule,
  amsgrad: amsgradRule,
  amsgradW: amsgradWRule,
  adagrad: adagradRule,
  nadam: nadamRule,
  radam: radamRule,
  lion: lionRule,
} as const;

/** The name of an optimiser in `updateRules`. */
export type UpdateRuleName = keyof typeof updateRules;

/** The numbers of one step of RMSprop. */
export interface RmspropStepOptions {
  /** Learning rate. */
  readonly lr: number;
  /** Decay rate of the average of squares. */
  readonly alpha: number;
  /** Added to its root. */
  readonly eps: number;
  /** Share of the last update that goes on in this one. */
  readonly momentum: number;
  /** Added to the gradient, times the parameter. */
  readonly weightDecay: number;
}

/** A group's 8 floats for `rmsprop` and `rmspropCentered`. @throws RangeError for a number that is not finite. */
export function rmspropHyper({ lr, alpha, eps, momentum, weightDecay }: RmspropStepOptions): number[] {
  requireFinite('RMSprop', { lr, alpha, eps, momentum, weightDecay });
  return [lr, weightDecay, alpha, 1 - alpha, eps, momentum, 0, 0];
}

/** The numbers of one step of Adagrad. */
export interface AdagradStepOptions {
  /** Learning rate. */
  readonly lr: number;
  /** How much it falls with each step. */
  readonly lrDecay: number;
  /** Added to the root of the sum. */
  readonly eps: number;
  /** Added to the gradient, times the parameter. */
  readonly weightDecay: number;
}

/** A group's 8 floats for `adagrad`; `step` counts from 1. @throws RangeError for a number that is not finite. */
export function adagradHyper({ lr, lrDecay, eps, weightDecay }: AdagradStepOptions, step: number): number[] {
  const rate = lr / (1 + (step - 1) * lrDecay);
  requireFinite('Adagrad', { lr, lrDecay, eps, weightDecay, rate });
  return [rate, weightDecay, eps, 0, 0, 0, 0, 0];
}

/** The numbers of one step of Adam's relatives. */
export interface MomentStepOptions {
  /** Learning rate. */
  readonly lr: number;
  /** Decay rates of the averages of gradients and of their squares. */
  readonly betas: readonly [number, number];
  /** Added to the root of the second average. */
  readonly eps: number;
  /** Pull to 0. */
  readonly weightDecay: number;
}

/**
 * A group's 8 floats for `nadam` (Dozat, 2016), as torch.optim.NAdam: the momentum of step t is
 * mu(t) = beta1 (1 - 0.96^(t·momentumDecay) / 2). `step` counts from 1.
 * @throws RangeError for a number that is not finite.
 */
export function nadamHyper(
  {
    lr,
    betas: [beta1, beta2],
    eps,
    weightDecay,
    momentumDecay,
  }: MomentStepOptions & { momentumDecay: number },
  step: number,
): number[] {
  const momentum = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * momentumDecay));
  let product = 1;
  for (let t = 1; t <= step; t++) product *= momentum(t);
  const [now, next] = [momentum(step), momentum(step + 1)];
  const ofGradient = (lr * (1 - now)) / (1 - product);
  const ofAverage = (lr * next) / (1 - product * next);
  requireFinite('NAdam', { lr, beta1, beta2, eps, weightDecay, momentumDecay, ofGradient, ofAverage });
  return [ofGradient, 1 - beta1, beta2, 1 - beta2, ofAverage, 1 - beta2 ** step, eps, weightDecay];
}

/**
 * A group's 8 floats for `radam` (Liu et al., 2020), as torch.optim.RAdam. `step` counts from 1.
 * @throws RangeError for a number that is not finite.
 */
export function radamHyper(
  { lr, betas: [beta1, beta2], eps, weightDecay }: MomentStepOptions,
  step: number,
): number[] {
  const correction2 = 1 - beta2 ** step;
  const most = 2 / (1 - beta2) - 1;
  const length = most - (2 * step * beta2 ** step) / correction2;
  const rectification =
    length > 5
      ? Math.sqrt(((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length)) *
        Math.sqrt(correction2)
      : 0;
  const rate = lr / (1 - beta1 ** step);
  requireFinite('RAdam', { lr, beta1, beta2, eps, weightDecay, rate, rectification });
  return [rate, 1 - beta1, beta2, 1 - beta2, rectification, eps, weightDecay, 0];
}

/** A group's 8 floats for `lion` (Chen et al., 2023). @throws RangeError for a number that is not finite. */
export function lionHyper({
  lr,
  betas: [beta1, beta2],
  weightDecay,
}: Omit<MomentStepOptions, 'eps'>): number[] {
  requireFinite('Lion', { lr, beta1, beta2, weightDecay });
  return [lr, 1 - beta1, beta2, 1 - beta2, weightDecay, 0, 0, 0];
}
