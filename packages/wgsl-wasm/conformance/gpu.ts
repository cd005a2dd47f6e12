/**
 * As much of WebGPU as the conformance suite's shader tests use, over the compiler and the runtime of this package:
 * modules, compute pipelines, buffers, dispatches, error scopes. What is outside the subset ends the test with what
 * `skip` throws.
 */
import { FEATURES } from '../src/check/directives.ts';
import { Device } from './gpu/device.ts';
import type { Skip, Tally } from './gpu/modules.ts';

/** An object as `navigator.gpu`, with one adapter and one device. `limits`: those of WebGPU by default. */
export async function openGpu(limits: Record<string, number>, skip: Skip, tally: Tally) {
  const device = new Device(limits, skip, tally);
  await device.refresh();
  const adapter = {
    features: device.features,
    limits,
    info: device.adapterInfo,
    isFallbackAdapter: false,
    requestDevice: async () => device,
  };
  const gpu = { wgslLanguageFeatures: FEATURES, requestAdapter: async () => adapter };
  return { gpu, device };
}
