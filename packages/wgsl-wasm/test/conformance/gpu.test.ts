/** The GPU object that the conformance suite's tests meet. The suite itself is no part of this project. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../conformance/gpu/device.ts';
import { type Tally, withoutUnusedTextures } from '../../conformance/gpu/modules.ts';
import { openGpu } from '../../conformance/gpu.ts';

class Skipped extends Error {}

const tally: Tally = { valid: 0, invalid: 0, outside: 0, dispatches: 0 };
let device: Device;
beforeAll(async () => {
  const skip = (reason: string): never => {
    throw new Skipped(reason);
  };
  ({ device } = await openGpu({}, skip, tally));
});
afterAll(() => device.runtime.destroy());

/** What the validation scope around the work caught. */
async function errorOf(work: () => unknown): Promise<string | undefined> {
  device.pushErrorScope('validation');
  work();
  return (await device.popErrorScope())?.message;
}

describe('the GPU object of the conformance run', () => {
  it('reports what is not valid, with its place, and what is only suspicious as a warning', async () => {
    expect(await errorOf(() => device.createShaderModule({ code: 'const a = 1;' }))).toBeUndefined();
    expect(await errorOf(() => device.createShaderModule({ code: 'const a = b;' }))).toContain('1:11');
    const warned = device.createShaderModule({ code: 'diagnostic(off, nonsense);' });
    expect((await warned.getCompilationInfo()).messages).toMatchObject([{ type: 'warning', linePos: 17 }]);
  });

  it('skips what is outside the subset, and leaves the scopes of the suite as they were', async () => {
    for (const filter of ['validation', 'internal', 'out-of-memory']) device.pushErrorScope(filter);
    device.pushErrorScope('validation');
    expect(() => device.createShaderModule({ code: 'var<private> m: mat2x2f;' })).toThrow(Skipped);
    for (let n = 0; n < 3; n++) await device.popErrorScope();
    await expect(device.popErrorScope()).rejects.toThrow('no error scope');
  });

  it('can leave out textures and samplers that a module only declares', () => {
    const declared = (name: string, type: string) => `@group(0) @binding(0) var ${name} : ${type};`;
    const unused = declared('t', 'texture_2d<f32>') + declared('s', 'sampler');
    const used = declared('u', 'texture_storage_2d<rgba8unorm, read>');
    const rest = 'fn f() { _ = textureDimensions(u); } fn st() {}';
    expect(withoutUnusedTextures(unused + used + rest)).toBe(used + rest);
  });

  it('refuses a pipeline whose constants do not fit', async () => {
    const module = device.createShaderModule({
      code: '@id(1) override n: u32; @compute @workgroup_size(n) fn main() {}',
    });
    const pipeline = (constants?: Record<string, number>) => () =>
      device.createComputePipeline({ compute: { module, constants } });
    expect(await errorOf(pipeline({ 1: 4 }))).toBeUndefined();
    expect(await errorOf(pipeline({ 1: 0 }))).toContain('@workgroup_size');
    expect(await errorOf(pipeline({ n: 4 }))).toContain("no override 'n'");
    expect(await errorOf(pipeline())).toBeDefined();
    await expect(device.createComputePipelineAsync({ compute: { module } })).rejects.toThrow();
  });

  it('runs kernels over mapped, written and copied buffers', async () => {
    const code = `
override scale = 1u;
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@group(1) @binding(2) var<uniform> x: vec4<u32>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { y[i] = y[i] + scale * x[i]; }`;
    const module = device.createShaderModule({ code });
    const pipeline = device.createComputePipeline({ compute: { module, constants: { scale: 10 } } });
    const y = device.createBuffer({ size: 16, usage: 0, mappedAtCreation: true });
    new Uint32Array(y.getMappedRange()).set([1, 2, 3, 4]);
    y.unmap();
    const x = device.createBuffer({ size: 16, usage: 0 });
    device.queue.writeBuffer(x, 0, Uint32Array.of(5, 6, 7, 8));
    const copy = device.createBuffer({ size: 16, usage: 0 });
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, device.createBindGroup({ entries: [{ binding: 0, resource: { buffer: y } }] }));
    pass.setBindGroup(1, device.createBindGroup({ entries: [{ binding: 2, resource: { buffer: x } }] }));
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(y, 4, copy, 0, 8);
    device.queue.submit([encoder.finish()]);
    await copy.mapAsync(1);
    expect([...new Uint32Array(copy.getMappedRange())]).toEqual([62, 73, 0, 0]);
    expect(tally.dispatches).toBe(1);
  });
});
