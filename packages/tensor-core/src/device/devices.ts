/**
 * The classes of devices, for programs that open one by hand. They are not in the package's index: a page that calls
 * `openRuntime` fetches only the device that it opens.
 */
export { WasmDevice } from './wasm/wasm-device.ts';
export { adapterInfo, findAdapter, openWebGpu } from './webgpu/dawn.ts';
export { WebGpuDevice } from './webgpu/webgpu-device.ts';
