import type { AdapterChoice } from '@glassbox/tensor-core';
import { findAdapter } from '@glassbox/tensor-core/devices';
import { globals } from 'webgpu';

/**
 * Gives this process what libraries written for browsers look for: `navigator.gpu` and WebGPU's constants, answered by
 * the very adapter that our own device uses.
 */
export function installNavigatorGpu(choice: AdapterChoice): void {
  Object.assign(globalThis, globals);
  const gpu = {
    requestAdapter: async () => (await findAdapter(choice))?.adapter ?? null,
    getPreferredCanvasFormat: () => 'rgba8unorm',
    wgslLanguageFeatures: new Set<string>(),
  };
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}
