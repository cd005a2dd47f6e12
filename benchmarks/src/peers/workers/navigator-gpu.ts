import type { AdapterChoice } from '@glassbox/tensor-core';
import { findAdapter } from '@glassbox/tensor-core/devices';
import * as cpu from '@glassbox/webgpu-cpu';
import { globals } from 'webgpu';

/** Dawn's adapter of a kind, or this project's own WebGPU on the processor. */
export type GpuChoice = AdapterChoice | 'webgpu-cpu';

/**
 * Gives this process what libraries written for browsers look for: `navigator.gpu` and WebGPU's constants, answered by
 * the very adapter that our own device uses, or by `@glassbox/webgpu-cpu` on so many threads.
 */
export function installNavigatorGpu(choice: GpuChoice, threads = 1): void {
  const onProcessor = choice === 'webgpu-cpu';
  Object.assign(globalThis, onProcessor ? cpu.globals : globals);
  const gpu = onProcessor
    ? cpu.create({ threads })
    : {
        requestAdapter: async () => (await findAdapter(choice))?.adapter ?? null,
        getPreferredCanvasFormat: () => 'rgba8unorm',
        wgslLanguageFeatures: new Set<string>(),
      };
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}
