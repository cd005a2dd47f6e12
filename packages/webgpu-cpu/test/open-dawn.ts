/** Dawn with SwiftShader, and what a step reports: for comparing it with this package. */
import { useSwiftShader } from '../../tensor-core/src/device/webgpu/swiftshader.ts';

// Dawn crashes the process when its root object is collected while a promise is in flight: keep it.
const kept: unknown[] = [];

export async function openDawn(): Promise<GPUDevice> {
  useSwiftShader();
  const { create } = await import('webgpu');
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('Dawn finds no adapter; is the npm package @sparticuz/chromium installed?');
  const device = await adapter.requestDevice();
  kept.push(gpu, adapter, device);
  return device;
}

/** What a step reports: the class of the error, or of what it throws. */
export async function outcomeOf(device: GPUDevice, work: () => unknown): Promise<string> {
  device.pushErrorScope('validation');
  let thrown: string | null = null;
  try {
    await work();
  } catch (error) {
    thrown = (error as Error).name;
  }
  const error = await device.popErrorScope();
  return `${thrown ?? 'returned'}, ${error ? error.constructor.name : 'no error'}`;
}
