export { Adam, type AdamHyper, type AdamOptions, AdamW } from './adam.ts';
export { AveragedModel, type AveragedModelOptions, type AveragedState } from './averaged-model.ts';
export { type ActiveGroup, Optimizer, type ParameterGroup } from './optimizer.ts';
export {
  Adagrad,
  type AdagradHyper,
  Lion,
  type LionHyper,
  NAdam,
  type NadamHyper,
  RAdam,
  type RadamHyper,
  RMSprop,
  type RmspropHyper,
  type RmspropOptions,
} from './rules.ts';
export { SGD, type SgdHyper, type SgdOptions } from './sgd.ts';
export type { OptimizerState } from './state.ts';
