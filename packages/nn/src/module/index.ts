export { Block } from './block.ts';
export { applyActivationCheckpointing, checkpoint } from './checkpoint.ts';
export { Counter, type ModuleBuffer } from './counter.ts';
export type { BatchNormChoice, FreezeOptions } from './freeze.ts';
export type { LoadStateDictOptions } from './load-state.ts';
export {
  type CountOptions,
  Module,
} from './module.ts';
export { type Around, probe } from './probe.ts';
export {
  copyState,
  type HostArrays,
  type HostDType,
  type HostTensor,
  type LoadReport,
  type ShapeMismatch,
  type StateDict,
  StateDictError,
} from './state-dict.ts';
export { Summary, type SummaryRow, summary } from './summary.ts';
