/** A device for tests. */
import { type CreateOptions, create, globals } from '../src/index.ts';

export const { GPUBufferUsage, GPUMapMode, GPUShaderStage } = globals;
const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;

export async function openDevice(
  options: CreateOptions = { threads: 1 },
  descriptor: GPUDeviceDescriptor = {},
): Promise<GPUDevice> {
  const adapter = await create(options).requestAdapter();
  return adapter!.requestDevice(descriptor);
}

/** The message of what `work` reports; null if nothing is wrong. */
export async function errorOf(device: GPUDevice, work: () => unknown): Promise<string | null> {
  device.pushErrorScope('validation');
  work();
  return (await device.popErrorScope())?.message ?? null;
}

/** A storage buffer with these words. */
export function storage(device: GPUDevice, words: readonly number[], usage = 0): GPUBuffer {
  const buffer = device.createBuffer({
    size: 4 * words.length,
    usage: STORAGE | COPY_SRC | COPY_DST | usage,
    mappedAtCreation: true,
  });
  new Uint32Array(buffer.getMappedRange()).set(words);
  buffer.unmap();
  return buffer;
}

/** The words of a buffer. */
export async function wordsOf(device: GPUDevice, buffer: GPUBuffer): Promise<number[]> {
  const copy = device.createBuffer({ size: buffer.size, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  const words = [...new Uint32Array(copy.getMappedRange())];
  copy.destroy();
  return words;
}

/** A pipeline of one kernel with an automatic layout. */
export const pipelineOf = (
  device: GPUDevice,
  code: string,
  rest: Partial<GPUProgrammableStage> = {},
): GPUComputePipeline =>
  device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), ...rest },
  });

/** Runs a kernel once over buffers at the bindings 0, 1, … of group 0. */
export function dispatch(
  device: GPUDevice,
  pipeline: GPUComputePipeline,
  buffers: readonly GPUBuffer[],
  ...workgroups: [number, number?, number?]
): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(...workgroups);
  pass.end();
  device.queue.submit([encoder.finish()]);
}
