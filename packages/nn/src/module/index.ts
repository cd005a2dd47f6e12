export { Counter } from './counter.ts';
export {
  type BatchNormChoice,
  type CountOptions,
  type FreezeOptions,
  type LoadStateDictOptions,
  Module,
  type ModuleBuffer,
} from './module.ts';
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
