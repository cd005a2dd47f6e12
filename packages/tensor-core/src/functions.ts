/** All of the package but the ops as methods of tensors: a bundler leaves out what a page does not use. */
export { backward, differentiable, isGradEnabled, needsGrad, noGrad } from './autograd.ts';
export { recomputed } from './checkpoint.ts';
export * from './device/device.ts';
export type { DeviceEntry, Flag, Offer } from './device/entry.ts';
export * from './device/probe.ts';
export { type DeviceChoice, type DeviceName, type DeviceOptions, devices } from './device/registry.ts';
export type { WasmOptions } from './device/wasm/wasm-options.ts';
export type { AdapterChoice } from './device/webgpu/adapter-choice.ts';
export type { AdapterReport } from './device/webgpu/dawn.ts';
export { escapeHtml, type MimeBundle, showsAs } from './display.ts';
export * from './fusions/index.ts';
export * from './open.ts';
export { checkNormalization, defaultNormalization } from './ops/gather/normalization.ts';
export { imageSource, labelSource } from './ops/gather/stored.ts';
export * from './ops/index.ts';
export { paddingRow } from './ops/indexing/take.ts';
export { checkInterpolate } from './ops/resample/interpolate.ts';
export { ParameterArena } from './parameter-arena.ts';
export { Picture, type PictureOptions, picture } from './picture.ts';
export { isRecomputing } from './recomputing.ts';
export { Arena } from './runtime/arena.ts';
export { carryState } from './runtime/carried.ts';
export { changeCount, noteChange } from './runtime/changes.ts';
export type { KernelFactory } from './runtime/kernels.ts';
export { launch } from './runtime/launch.ts';
export type { Launch, Observer } from './runtime/observer.ts';
export { record } from './runtime/record.ts';
export {
  type Recording,
  type RecordOptions,
  type ReplayOptions,
  StepChangedError,
} from './runtime/recorded-step.ts';
export { Runtime, type RuntimeOptions } from './runtime/runtime.ts';
export { type DType, type HostArray, isLive, Storage } from './runtime/storage.ts';
export { empty, imageTensor, stepInput, Tensor, type TensorOptions, tensor, zeros } from './tensor.ts';
export {
  type DeviceTiles,
  planHash,
  type RememberedTile,
  type TilesInUse,
  TileTable,
} from './tiles/table.ts';
