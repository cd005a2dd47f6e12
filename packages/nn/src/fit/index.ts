export type { FitCallback } from './callbacks.ts';
export { type CompiledStep, type CompileOptions, compile } from './compile.ts';
export { EarlyStopping, type EarlyStoppingOptions, type EarlyStoppingState } from './early-stopping.ts';
export { NoBestEpochError, NonFiniteLossError } from './errors.ts';
export {
  type EvaluateOptions,
  type Evaluation,
  evaluate,
  type Outputs,
  type PredictOptions,
  predict,
} from './evaluate.ts';
export { fit } from './fit.ts';
export type { FitOptions } from './fit-options.ts';
export { decodeFitState, encodeFitState, type FitState, readFitState, writeFitState } from './fit-state.ts';
export {
  duration,
  type FitProgress,
  type ProgressDisplay,
  progressLine,
  terminalProgress,
} from './progress.ts';
export type { EpochRecord, FitResult, StopReason } from './records.ts';
export type { SavedModes } from './saved-modes.ts';
export type { EpochTotals } from './totals.ts';
export { type UpdateBnOptions, updateBn } from './update-bn.ts';
