/** Immediate data: `setImmediates`, and what a layout and a dispatch hold it to. */
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

const SCALE = `
struct Given { factor: u32, @size(12) add: u32, rest: vec3u }
var<immediate> given: Given;
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3u) {
  x[id.x] = x[id.x] * given.factor + given.add + given.rest[id.x % 3];
}`;

let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.destroy());

/** Runs `encode` in a pass with the pipeline over 4 words. @returns them, or the message of the error */
async function run(
  encode: (pass: GPUComputePassEncoder) => void,
  pipeline = pipelineOf(device, SCALE),
  at = device,
): Promise<number[] | string> {
  const x = storage(at, [1, 2, 3, 4]);
  const error = await errorOf(at, () => {
    const encoder = at.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    const entries = [{ binding: 0, resource: x }];
    pass.setBindGroup(0, at.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
    encode(pass);
    pass.end();
    at.queue.submit([encoder.finish()]);
  });
  return error ?? wordsOf(at, x);
}

describe('immediate data', () => {
  it('are there by name, and in the limits', async () => {
    expect(create().wgslLanguageFeatures.has('immediate_address_space')).toBe(true);
    expect(device.limits.maxImmediateSize).toBe(64);
  });

  it('are what the pass has set when it dispatches', async () => {
    const words = Uint32Array.of(9, 9, 2, 10, 0, 0, 100, 200, 300);
    const given = await run((pass) => {
      pass.setImmediates(0, words, 2, 2); // 2 and 10
      pass.setImmediates(16, words.subarray(6));
      pass.dispatchWorkgroups(1);
      words.fill(7); // copied before
      pass.setImmediates(0, new Uint8Array([1, 0, 0, 0]));
      pass.dispatchWorkgroups(1);
      pass.setImmediates(4, new DataView(Uint32Array.of(5, 6).buffer), 4, 4);
      pass.dispatchWorkgroups(1);
    });
    // x * 2 + 10 + from; x * 1 + 10 + from; x * 1 + 6 + from
    const from = [100, 200, 300, 100];
    expect(given).toEqual([1, 2, 3, 4].map((x, i) => 2 * x + 26 + 3 * from[i]));
  });

  it('reach indirect dispatches, on several threads and with debug and races', async () => {
    for (const options of [{ threads: 3 }, { threads: 1, debug: true }, { races: true }]) {
      const other = await openDevice(options);
      const counts = storage(other, [1, 1, 1], GPUBufferUsage.INDIRECT);
      const result = await run(
        (pass) => {
          pass.setImmediates(0, Uint32Array.of(3, 1, 0, 0, 10, 20, 30));
          pass.dispatchWorkgroupsIndirect(counts, 0);
          pass.setImmediates(4, Uint32Array.of(0));
          pass.dispatchWorkgroups(1);
        },
        pipelineOf(other, SCALE),
        other,
      );
      const from = [10, 20, 30, 10];
      expect(result, JSON.stringify(options)).toEqual(
        [1, 2, 3, 4].map((x, i) => 9 * x + 3 * (1 + from[i]) + from[i]),
      );
      other.destroy();
    }
  });

  it('have to be set before they are used, but for bytes that only fill them up', async () => {
    const some = (...words: [offset: number, count: number][]) =>
      run((pass) => {
        for (const [offset, count] of words) pass.setImmediates(offset, new Uint32Array(count));
        pass.dispatchWorkgroups(1);
      });
    expect(await some([0, 2], [16, 3])).toEqual([0, 0, 0, 0]);
    expect(await some([0, 2], [16, 2])).toContain("bytes 24 to 28 of the immediate 'given' were not set");
    expect(await some([4, 6])).toContain("bytes 0 to 4 of the immediate 'given' were not set");
    expect(await some()).toContain('were not set');
  });

  it('say what is wrong with data', async () => {
    const pass = device.createCommandEncoder().beginComputePass();
    const words = new Uint32Array(4);
    expect(() => pass.setImmediates(0, words, 5)).toThrow('bytes 20 to 16 are outside of data of 16 bytes');
    expect(() => pass.setImmediates(0, words, 2, 3)).toThrow('bytes 8 to 20 are outside');
    expect(() => pass.setImmediates(0, new Uint8Array(6))).toThrow('6 bytes are not a multiple of 4');
    expect(() => pass.setImmediates(-4, words)).toThrow('rangeOffset');
    expect(() => pass.setImmediates(0, [1] as never)).toThrow('setImmediates: data must be an ArrayBuffer');
    expect(await run((each) => each.setImmediates(2, words))).toContain('rangeOffset 2 is not a multiple');
    expect(await run((each) => each.setImmediates(52, words))).toContain(
      'bytes 52 to 68 are above the limit maxImmediateSize, 64',
    );
    expect(await run((each) => each.setImmediates(48, words))).toEqual([1, 2, 3, 4]);
  });

  it('are held to the immediateSize of a layout', async () => {
    const entries = [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'storage' } } as const,
    ];
    const bindGroupLayouts = [device.createBindGroupLayout({ entries })];
    const layout = (immediateSize: number) =>
      device.createPipelineLayout({ bindGroupLayouts, immediateSize });
    const create = (immediateSize: number) =>
      errorOf(device, () =>
        device.createComputePipeline({
          layout: layout(immediateSize),
          compute: { module: device.createShaderModule({ code: SCALE }) },
        }),
      );
    expect(await create(32)).toBeNull();
    expect(await create(28)).toContain("immediateSize is 28, and 'given' needs 32 bytes");
    expect(await errorOf(device, () => layout(6))).toContain('immediateSize 6 is not a multiple of 4');
    expect(await errorOf(device, () => layout(68))).toContain('above the limit maxImmediateSize, 64');
    const large = 'struct L { @size(68) a: u32 } var<immediate> l: L;';
    const body = '@compute @workgroup_size(1) fn main() { _ = l.a; }';
    expect(await errorOf(device, () => pipelineOf(device, large + body))).toContain('maxImmediateSize');
  });

  it('are named where debug finds an index out of bounds', async () => {
    const other = await openDevice({ threads: 1, debug: true });
    other.onuncapturederror = (event) => event.preventDefault();
    const code = `
var<immediate> m: mat2x2f;
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main() { x[0] = u32(m[x[3]].y); }`;
    const encode = (pass: GPUComputePassEncoder) => {
      pass.setImmediates(0, new Float32Array(4));
      pass.dispatchWorkgroups(1);
    };
    await run(encode, pipelineOf(other, code), other).catch(() => {});
    const { message } = await other.lost;
    expect(message).toContain("accesses element 4 of 'm', which has 2");
    expect(message).toContain("'m' is what setImmediates gave.");
  });

  it('leave nothing in memory', async () => {
    const other = await openDevice();
    const { runtime } = (other as unknown as { core: { runtime: { bufferCount: number } } }).core;
    const pipeline = pipelineOf(other, SCALE);
    await run((pass) => pass.setImmediates(0, new Uint32Array(7)), pipeline, other);
    const count = runtime.bufferCount;
    await run(
      (pass) => {
        for (let i = 0; i < 20; i++) {
          pass.setImmediates(0, new Uint32Array(7));
          pass.dispatchWorkgroups(1);
        }
      },
      pipeline,
      other,
    );
    expect(runtime.bufferCount).toBe(count + 1); // the words of the second run
    other.destroy();
  });
});
