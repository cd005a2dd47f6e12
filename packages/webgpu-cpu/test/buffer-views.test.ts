/** WGSL's `buffer_view` on a device: sizes of bindings, layouts, values of overrides, `debug` and `races`. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create } from '../src/index.ts';
import {
  errorOf,
  GPUBufferUsage,
  GPUShaderStage,
  openDevice,
  pipelineOf,
  storage,
  wordsOf,
} from './device.ts';

let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.destroy());

const LENGTHS = `
requires buffer_view;
@group(0) @binding(0) var<storage, read_write> out: array<u32>;
@group(0) @binding(1) var<storage> open: buffer;
@group(0) @binding(2) var<uniform> sized: buffer<32>;
override words = 2;
var<workgroup> held: buffer<4 * words>;
@compute @workgroup_size(1) fn main() {
  out[0] = bufferLength(&open);
  out[1] = bufferLength(&sized);
  out[2] = arrayLength(bufferView<array<vec2u>>(&open, out[7]));
  out[3] = arrayLength(bufferArrayView<array<u32>>(&sized, 8, out[7]));
  let s = bufferView<array<u32>>(&held, 0);
  for (var i = 0u; i < arrayLength(s); i++) { s[i] = bufferView<vec2u>(&sized, 8 * i).y; }
  out[4] = arrayLength(s);
  out[5] = s[arrayLength(s) - 1];
  *bufferView<vec2u>(&held, 8 * out[7]) = vec2u(8, 9);
  out[6] = s[0];
}`;

/** Runs a kernel whose first buffer holds eight words. @returns them, or the message of the error */
async function run(
  pipeline: GPUComputePipeline,
  bound: readonly GPUBindingResource[],
  { at = device, last = 8, offsets = [] as number[], layout = pipeline.getBindGroupLayout(0) } = {},
): Promise<number[] | string> {
  const out = storage(at, [0, 0, 0, 0, 0, 0, 0, last]);
  const error = await errorOf(at, () => {
    const entries = [out, ...bound].map((resource, binding) => ({ binding, resource }));
    const group = at.createBindGroup({ layout, entries });
    const encoder = at.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group, offsets);
    pass.dispatchWorkgroups(1);
    pass.end();
    at.queue.submit([encoder.finish()]);
  });
  return error ?? wordsOf(at, out);
}

const numbers = Array.from({ length: 128 }, (_, i) => i);

describe('buffer_view', () => {
  it('is there by name', () => {
    expect(create().wgslLanguageFeatures.has('buffer_view')).toBe(true);
  });

  it('sees what is bound: its offset and its size', async () => {
    const buffer = storage(device, numbers, GPUBufferUsage.UNIFORM);
    const sized = { buffer, offset: 256, size: 48 };
    const pipeline = pipelineOf(device, LENGTHS);
    expect(await run(pipeline, [{ buffer, offset: 256, size: 40 }, sized])).toEqual([
      40, 32, 4, 2, 2, 67, 65, 8,
    ]);
    expect(await run(pipeline, [buffer, sized], { last: 24 })).toEqual([512, 32, 61, 6, 2, 67, 65, 24]);
    expect(await run(pipeline, [buffer, sized], { last: 0 })).toMatchObject({ 2: 64, 6: 8 });
    const wider = pipelineOf(device, LENGTHS, { constants: { words: 4 } });
    expect(await run(wider, [buffer, sized])).toMatchObject({ 4: 4, 5: 71 });
  });

  it('sees dynamic offsets, on several threads too', async () => {
    const other = await openDevice({ threads: 3 });
    const entry = (binding: number, type: GPUBufferBindingType) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type, hasDynamicOffset: binding > 0 },
    });
    const entries = [entry(0, 'storage'), entry(1, 'read-only-storage'), entry(2, 'uniform')];
    const layout = other.createBindGroupLayout({ entries });
    const pipeline = other.createComputePipeline({
      layout: other.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: other.createShaderModule({ code: LENGTHS }) },
    });
    const buffer = storage(other, numbers, GPUBufferUsage.UNIFORM);
    const bound = { buffer, size: 64 };
    const at = (offsets: number[]) => run(pipeline, [bound, bound], { at: other, offsets, layout });
    expect(await at([0, 256])).toEqual([64, 32, 7, 2, 2, 67, 65, 8]);
    expect(await at([256, 0])).toEqual([64, 32, 7, 2, 2, 3, 1, 8]);
    other.destroy();
  });

  it('has a minimum size: of buffer<N> N, of buffer its largest view', async () => {
    const buffer = storage(device, numbers, GPUBufferUsage.UNIFORM);
    const pipeline = pipelineOf(device, LENGTHS);
    const [open, sized] = [4, 28].map((size) => ({ buffer, size }));
    expect(await run(pipeline, [open, buffer])).toContain(
      "4 bytes are bound, and the layout's minBindingSize is 8",
    );
    expect(await run(pipeline, [buffer, sized])).toContain(
      "28 bytes are bound, and the layout's minBindingSize is 32",
    );
    const create = (minBindingSize: number) =>
      errorOf(device, () => {
        const types = ['storage', 'read-only-storage', 'uniform'] as const;
        const entries = types.map((type, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type, minBindingSize: type === 'read-only-storage' ? minBindingSize : 0 },
        }));
        const bindGroupLayouts = [device.createBindGroupLayout({ entries })];
        const module = device.createShaderModule({ code: LENGTHS });
        device.createComputePipeline({
          layout: device.createPipelineLayout({ bindGroupLayouts }),
          compute: { module },
        });
      });
    expect(await create(8)).toBeNull();
    expect(await create(4)).toContain(
      "'open' at @group(0) @binding(1) has minBindingSize 4, and the shader needs 8",
    );
    // Nothing is asked of a buffer without views.
    const free = pipelineOf(
      device,
      `@group(0) @binding(0) var<storage, read_write> out: array<u32>; @group(0) @binding(1) var<storage> b: buffer;
       @compute @workgroup_size(1) fn main() { out[0] = bufferLength(&b); }`,
    );
    expect(await run(free, [{ buffer, size: 4 }])).toMatchObject({ 0: 4 });
  });

  it('refuses modules and values of overrides that make a view wrong', async () => {
    expect(await errorOf(device, () => pipelineOf(device, LENGTHS, { constants: { words: 0 } }))).toContain(
      'the size of a buffer must be at least 1, not 0',
    );
    expect(await errorOf(device, () => pipelineOf(device, LENGTHS, { constants: { words: 1 } }))).toContain(
      'needs 8 bytes of a buffer that has 4',
    );
    const code = LENGTHS.replace('(&sized, 8, out[7])', '(&sized, 8, 28)');
    const error = await errorOf(device, () => device.createShaderModule({ code }));
    expect(error).toContain("'bufferArrayView<array<u32>>' needs 36 bytes of a buffer that has 32");
    const large =
      'var<workgroup> b: buffer<16388>; @compute @workgroup_size(1) fn main() { _ = bufferLength(&b); }';
    expect(await errorOf(device, () => pipelineOf(device, large))).toContain(
      'maxComputeWorkgroupStorageSize',
    );
  });

  it('is named where debug finds a view outside of its buffer, and an index outside of a view', async () => {
    const message = async (statement: string, last: number) => {
      const other = await openDevice({ threads: 1, debug: true });
      other.onuncapturederror = (event) => event.preventDefault();
      const code = `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@group(0) @binding(1) var<storage> b: buffer;
@compute @workgroup_size(1) fn main() { let i = x[7]; ${statement} }`;
      const b = storage(other, numbers.slice(0, 4));
      const ran = run(pipelineOf(other, code), [b], { at: other, last });
      const outcome = await Promise.race([
        other.lost.then((lost) => lost.message),
        ran.catch(() => other.lost),
      ]);
      other.destroy();
      return typeof outcome === 'string' ? outcome : JSON.stringify(outcome);
    };
    const view = 'x[0] = bufferView<vec2u>(&b, i).y;';
    expect(await message(view, 8)).toBe('[3,0,0,0,0,0,0,8]');
    expect(await message(view, 13)).toBe('[3,0,0,0,0,0,0,13]'); // taken as 8
    const outside = await message(view, 16);
    expect(outside).toContain("views 8 bytes from byte 16 of 'b' on, which has 16, at 4:");
    expect(outside).toContain("'b' is ");
    expect(outside).toContain('@group(0) @binding(1)');
    const array = 'x[0] = bufferArrayView<array<vec2u>>(&b, 4 * i, i)[0].y;';
    expect(await message(array, 3)).toContain(
      "views 3 bytes from byte 8 of 'b' on, which has 16, and its type needs 8, at 4:",
    );
    expect(await message(array, 12)).toContain("views 12 bytes from byte 48 of 'b' on, which has 16, at 4:");
    const element = await message('let p = bufferView<array<u32>>(&b, 8); x[0] = p[i];', 2);
    expect(element).toContain("accesses element 2 of 'bufferView(&b)', which has 2");
  });

  it('is watched for races by its bytes, whatever types it is viewed as', async () => {
    const raceOf = async (statement: string) => {
      const other = await openDevice({ races: true });
      const code = `
@group(0) @binding(0) var<storage, read_write> b: buffer;
var<workgroup> w: buffer<64>;
@compute @workgroup_size(4) fn main(@builtin(local_invocation_index) i: u32) { ${statement} }`;
      const error = await errorOf(other, () => {
        const pipeline = pipelineOf(other, code);
        const resource = storage(other, numbers.slice(0, 32));
        const group = other.createBindGroup({
          layout: pipeline.getBindGroupLayout(0),
          entries: code.includes('&b') ? [{ binding: 0, resource }] : [],
        });
        const encoder = other.createCommandEncoder();
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(1);
        pass.end();
        other.queue.submit([encoder.finish()]);
      });
      other.destroy();
      return error;
    };
    expect(await raceOf('*bufferView<vec2u>(&b, 8 * i) = vec2u(i);')).toBeNull();
    const words = await raceOf(
      '*bufferView<vec4u>(&b, 16 * i) = vec4u(i); *bufferView<f32>(&b, 16 * i + 16) = 1;',
    );
    expect(words).toContain("a data race on 'b (byte 16)'");
    const shared = 'let p = bufferView<array<u32>>(&w, 4); p[i] = i;';
    const read = 'let q = bufferArrayView<array<vec2f>>(&w, 8 * i, 8); q[0].x += q[0].y;';
    expect(await raceOf(`${shared} ${read}`)).toContain("on 'w (byte 12)', in workgroup memory");
    expect(await raceOf(`${shared} workgroupBarrier(); ${read}`)).toBeNull();
  });
});
