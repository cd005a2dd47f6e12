import {
  adam,
  clipGradients as clipGradientsKernel,
  gradientNorm as gradientNormKernel,
  gradientNormPartials,
  gradientNormPartialsSize,
  rowMajor,
  sgd,
  type UpdateRule,
  update,
} from '@glassbox/wgsl-kernels';
import type { ParameterArena } from '../../parameter-arena.ts';
import type { Arena } from '../../runtime/arena.ts';
import { launch } from '../../runtime/launch.ts';
import { empty, type Tensor } from '../../tensor.ts';

/**
 * What optimisers share: which block belongs to which group, and the groups' numbers (see
 * `wgsl-kernels/src/optimizer`).
 */
export interface OptimizerTables {
  /** u32, one for each block of 64 floats: the parameter group, or 0xffffffff to leave the block as it is. */
  readonly groups: Tensor;
  /** f32, 8 for each group: `sgdHyper` and `adamHyper` make them. */
  readonly hyper: Tensor;
}

/** One step of SGD over all parameters: one dispatch. `momentum` is an arena of the parameters' size, zero at first. */
export function sgdStep(arena: ParameterArena, { groups, hyper }: OptimizerTables, momentum: Arena): void {
  launch(sgd, [{ blocks: arena.values.blocks }], {
    parameters: arena.values,
    gradients: arena.gradients,
    state: momentum,
    groups,
    hyper,
  });
}

/** One step of Adam, or with `decoupled` weight decay AdamW, over all parameters: one dispatch. */
export function adamStep(
  arena: ParameterArena,
  { groups, hyper }: OptimizerTables,
  { m, v, decoupled }: { readonly m: Arena; readonly v: Arena; readonly decoupled: boolean },
): void {
  launch(adam, [{ blocks: arena.values.blocks, decoupled }], {
    parameters: arena.values,
    gradients: arena.gradients,
    m,
    v,
    groups,
    hyper,
  });
}

/**
 * One step of an optimiser over all parameters: one dispatch. `updateRules` of wgsl-kernels has the optimisers.
 * @param kept what the rule keeps, in its order: arenas of the parameters' size, zero at first
 */
export function updateStep(
  rule: UpdateRule,
  arena: ParameterArena,
  { groups, hyper }: OptimizerTables,
  kept: readonly Arena[],
): void {
  const { state } = rule.row;
  launch(update, [{ blocks: arena.values.blocks, rule }], {
    parameters: arena.values,
    gradients: arena.gradients,
    ...Object.fromEntries(state.map((name, k) => [`${name}s`, kept[k]])),
    groups,
    hyper,
  });
}

/** The Euclidean norm of all gradients whose block has a group, as a scalar tensor. */
export function gradientNorm(arena: ParameterArena, groups: Tensor): Tensor {
  const { runtime } = groups;
  const { gradients } = arena;
  const { blocks } = gradients;
  const partials = runtime.scratch(gradientNormPartialsSize({ blocks }));
  const norm = empty(runtime, rowMajor([]));
  launch(gradientNormPartials, [{ blocks }], { gradients, groups, partials });
  launch(gradientNormKernel, [{ blocks }], { partials, norm });
  runtime.release(partials);
  return norm;
}

/**
 * Scales all gradients by min(1, maxNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_; `maxNorm` may be
 * Infinity.
 */
export function clipGradients(arena: ParameterArena, groups: Tensor, norm: Tensor, maxNorm: number): void {
  const { gradients } = arena;
  launch(clipGradientsKernel, [{ blocks: gradients.blocks, maxNorm }], { gradients, groups, norm });
}
