/** Runs kernels on Dawn with SwiftShader: another implementation of the language, for comparing results bit by bit. */
import { useSwiftShader } from '../../../tensor-core/src/device/webgpu/swiftshader.ts';
import type { Data } from '../lower/harness.ts';

// Dawn crashes the process when its root object is collected while a promise is in flight: keep it.
const kept: unknown[] = [];

export interface Judge {
  /** Runs the kernel; returns what the writable buffers hold afterwards (`null` for the others). */
  run(
    wgsl: string,
    buffers: readonly { data: Data; writable: boolean }[],
    workgroups: number,
  ): Promise<(Int32Array | null)[]>;
  close(): Promise<void>;
}

export async function openSwiftShader(): Promise<Judge> {
  useSwiftShader();
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Error('Dawn finds no adapter; is the npm package @sparticuz/chromium installed?');
  const device = await adapter.requestDevice();
  kept.push(gpu, adapter, device);
  return {
    async run(wgsl, buffers, workgroups) {
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ code: wgsl });
      const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
      const error = await device.popErrorScope();
      if (error) throw new Error(`${error.message}\n${wgsl}`);
      const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
      const made = buffers.map(({ data }) => {
        const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_SRC | COPY_DST });
        device.queue.writeBuffer(buffer, 0, data as BufferSource);
        return buffer;
      });
      const group = device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: made.map((buffer, binding) => ({ binding, resource: { buffer } })),
      });
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups);
      pass.end();
      const copies = buffers.map(({ data, writable }, i) => {
        if (!writable) return null;
        const copy = device.createBuffer({ size: data.byteLength, usage: MAP_READ | COPY_DST });
        encoder.copyBufferToBuffer(made[i], 0, copy, 0, data.byteLength);
        return copy;
      });
      device.queue.submit([encoder.finish()]);
      const results = [];
      for (const copy of copies) {
        if (!copy) {
          results.push(null);
          continue;
        }
        await copy.mapAsync(GPUMapMode.READ);
        results.push(new Int32Array(copy.getMappedRange().slice(0)));
        copy.destroy();
      }
      for (const buffer of made) buffer.destroy();
      return results;
    },
    async close() {
      await device.queue.onSubmittedWorkDone();
      device.destroy();
    },
  };
}
