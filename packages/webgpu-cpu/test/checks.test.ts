/** What `debug` and `races` find, and how it is told. */
import { describe, expect, it, vi } from 'vitest';
import { create, globals } from '../src/index.ts';
import { dispatch, GPUBufferUsage, openDevice, pipelineOf, wordsOf } from './device.ts';

const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
const labelled = (device: GPUDevice, label: string, words: number) =>
  device.createBuffer({ label, size: 4 * words, usage: STORAGE | COPY_SRC | COPY_DST });

describe('debug: true', () => {
  const code = `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> b: array<f32>;
@compute @workgroup_size(4, 2) fn main(@builtin(global_invocation_id) id: vec3u) {
  b[id.x] = a[id.x + 8 * id.y];
}`;
  const message = `kernel 'copy' accesses element 27 of 'a', which has 27, at 5:13
  b[id.x] = a[id.x + 8 * id.y];
            ^
'a' is the buffer 'weights' at @group(0) @binding(0). The invocation has global_invocation_id (3, 3, 0), \
local_invocation_id (3, 1, 0), workgroup_id (0, 1, 0).
Where more invocations run than there are elements, let the others return first.`;

  it.each([1, 2])('tells which invocation leaves which buffer, and where (%i threads)', async (threads) => {
    const device = await openDevice({ threads, debug: true });
    const uncaptured = vi.fn((event: Event) => event.preventDefault());
    device.addEventListener('uncapturederror', uncaptured);
    const module = device.createShaderModule({ code });
    const pipeline = device.createComputePipeline({ label: 'copy', layout: 'auto', compute: { module } });
    const b = labelled(device, 'result', 64);
    dispatch(device, pipeline, [labelled(device, 'weights', 27), b], 2, 2);
    await expect(wordsOf(device, b)).rejects.toThrow(`mapAsync: the device is lost: ${message}`);
    expect(await device.lost).toMatchObject({ reason: 'unknown', message });
    await vi.waitFor(() => expect(uncaptured).toHaveBeenCalledTimes(1));
    const { error } = uncaptured.mock.lastCall![0] as GPUUncapturedErrorEvent;
    expect(error).toBeInstanceOf(globals.GPUInternalError);
    expect(error.message).toBe(message);
  });

  it('finds the buffer where it is bound with an offset, and says when it has no label', async () => {
    const device = await openDevice({ threads: 1, debug: true });
    device.onuncapturederror = (event) => event.preventDefault();
    const pipeline = pipelineOf(device, code);
    const [layout, buffer] = [pipeline.getBindGroupLayout(0), labelled(device, '', 256)];
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const parts = [
      { binding: 0, resource: { buffer, offset: 512, size: 84 } },
      { binding: 1, resource: { buffer: labelled(device, 'result', 64) } },
    ];
    pass.setBindGroup(0, device.createBindGroup({ layout, entries: parts }));
    pass.dispatchWorkgroups(2, 2);
    pass.end();
    device.queue.submit([encoder.finish()]);
    expect((await device.lost).message).toContain(
      "'a' is a buffer without a label at @group(0) @binding(0).",
    );
  });

  it('tells of variables that are in no buffer', async () => {
    const device = await openDevice({ threads: 1, debug: true });
    device.onuncapturederror = (event) => event.preventDefault();
    const pipeline = pipelineOf(
      device,
      `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
var<workgroup> part: array<u32, 4>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) l: u32) {
  part[l] = l;
  workgroupBarrier();
  x[l] = part[l + x[0]];
}`,
    );
    const x = labelled(device, 'x', 4);
    device.queue.writeBuffer(x, 0, new Uint32Array([2]));
    dispatch(device, pipeline, [x], 1);
    const { message } = await device.lost;
    expect(message).toContain("accesses element 4 of 'part', which has 4, at 6:10");
    expect(message).toContain('\nThe invocation has global_invocation_id (2, 0, 0),');
  });
});

describe('races: true', () => {
  const sum = (barrier: string) => `
var<workgroup> part: array<f32, 64>;
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(local_invocation_index) i: u32) {
  part[i] = x[i];
  workgroupBarrier();
  for (var s = 32u; s > 0; s /= 2) {
    if (i < s) { part[i] += part[i + s]; }
    ${barrier}
  }
  if (i == 0) { x[0] = part[0]; }
}`;

  it('gives a validation error where the work is submitted, and the work is done', async () => {
    const device = await openDevice({ races: true });
    const x = labelled(device, 'x', 64);
    const run = async (barrier: string) => {
      device.queue.writeBuffer(x, 0, new Float32Array(64).fill(1));
      device.pushErrorScope('validation');
      dispatch(device, pipelineOf(device, sum(barrier)), [x], 1);
      return device.popErrorScope();
    };
    expect(await run('workgroupBarrier();')).toBeNull();
    expect(new Float32Array(Uint32Array.from(await wordsOf(device, x)).buffer)[0]).toBe(64);
    const error = await run('');
    expect(error).toBeInstanceOf(globals.GPUValidationError);
    expect(error!.message).toMatch(/^kernel 'main' has a data race on 'part\[\d+\]', in workgroup memory\./);
    expect((await wordsOf(device, x)).length).toBe(64);
    device.destroy();
  });

  it('looks at dispatches whose size is in a buffer, too, and at each of a submit', async () => {
    const device = await openDevice({ races: true });
    const errors: string[] = [];
    device.onuncapturederror = (event) => {
      event.preventDefault();
      errors.push(event.error.message);
    };
    const x = labelled(device, 'x', 4);
    const size = device.createBuffer({ size: 12, usage: GPUBufferUsage.INDIRECT | COPY_DST });
    device.queue.writeBuffer(size, 0, new Uint32Array([2, 1, 1]));
    const pipeline = pipelineOf(
      device,
      `@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) { x[id.x / 2] = id.x; }`,
    );
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const entries = [{ binding: 0, resource: { buffer: x } }];
    pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    pass.dispatchWorkgroups(1);
    pass.dispatchWorkgroups(4);
    pass.dispatchWorkgroupsIndirect(size, 0);
    pass.end();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    await vi.waitFor(() => expect(errors).toHaveLength(2));
    for (const error of errors) expect(error).toContain("data race on 'x[0]', in the buffer 'x'");
    expect(await wordsOf(device, x)).toEqual([1, 3, 0, 0]);
    device.destroy();
  });

  it('has one thread', () => {
    expect(() => create({ races: true, threads: 2 })).toThrow('races are looked for on one thread');
  });
});
