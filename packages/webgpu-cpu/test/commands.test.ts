/** Pipelines, bind groups, passes, queries: what runs, and what is refused with which words. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globals } from '../src/index.ts';
import {
  dispatch,
  errorOf,
  GPUBufferUsage,
  GPUShaderStage,
  openDevice,
  pipelineOf,
  storage,
  wordsOf,
} from './device.ts';

const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, INDIRECT, QUERY_RESOLVE } = GPUBufferUsage;
let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice({ threads: 1 }, { requiredFeatures: ['timestamp-query'] });
});
afterAll(() => device.destroy());

const COUNT = `
@group(0) @binding(0) var<storage, read_write> counts: array<atomic<u32>>;
@compute @workgroup_size(2) fn main(@builtin(workgroup_id) id: vec3u) { atomicAdd(&counts[id.y], 1u); }`;

/** A pass of `encode`, and the error that the whole of it reports. */
function errorOfPass(encode: (pass: GPUComputePassEncoder) => void): Promise<string | null> {
  return errorOf(device, () => {
    const encoder = device.createCommandEncoder({ label: 'list' });
    const pass = encoder.beginComputePass();
    encode(pass);
    pass.end();
    device.queue.submit([encoder.finish()]);
  });
}

describe('pipelines', () => {
  it('take overrides, an entry point, and a layout of their own', async () => {
    const code = `
override scale: f32 = 2; @id(7) override add = 1u; override never: u32;
@group(1) @binding(3) var<uniform> x: vec4u;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(4) fn one(@builtin(local_invocation_index) i: u32) { y[i] = u32(scale) * x[i] + add; }
@compute @workgroup_size(never) fn two() { y[0] = 0; }`;
    const module = device.createShaderModule({ code });
    const buffer = (binding: number, type: GPUBufferBindingType, hasDynamicOffset = false) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type, hasDynamicOffset },
    });
    const groups = [[buffer(1, 'storage')], [buffer(3, 'uniform', true)]].map((entries) =>
      device.createBindGroupLayout({ entries }),
    );
    const pipeline = await device.createComputePipelineAsync({
      layout: device.createPipelineLayout({ bindGroupLayouts: groups }),
      compute: { module, entryPoint: 'one', constants: { scale: 3, 7: 100 } },
    });
    const x = device.createBuffer({ size: 512, usage: UNIFORM | COPY_DST });
    device.queue.writeBuffer(x, 256, Uint32Array.of(1, 2, 3, 4));
    const y = storage(device, [0, 0, 0, 0]);
    const error = await errorOfPass((pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(
        0,
        device.createBindGroup({ layout: groups[0], entries: [{ binding: 1, resource: y }] }),
      );
      const resource = { buffer: x, size: 16 };
      const group = device.createBindGroup({ layout: groups[1], entries: [{ binding: 3, resource }] });
      pass.setBindGroup(1, group, Uint32Array.of(0, 256), 1, 1);
      pass.dispatchWorkgroups(1);
    });
    expect(error).toBeNull();
    expect(await wordsOf(device, y)).toEqual([103, 106, 109, 112]);
  });

  it('say what is wrong with them', async () => {
    const module = device.createShaderModule({ code: COUNT });
    const create = (compute: GPUProgrammableStage, layout: GPUPipelineLayout | 'auto' = 'auto') =>
      errorOf(device, () => device.createComputePipeline({ layout, compute }));
    expect(await create({ module, entryPoint: 'other' })).toContain("no compute shader 'other'");
    expect(await create({ module, constants: { n: 1 } })).toContain("no override 'n'");
    expect(() =>
      device.createComputePipeline({ layout: 'auto', compute: { module, constants: { n: NaN } } }),
    ).toThrow(TypeError);
    const empty = device.createPipelineLayout({ bindGroupLayouts: [] });
    expect(await create({ module }, empty)).toContain("no entry for 'counts' at @group(0) @binding(0)");
    const large = device.createShaderModule({ code: '@compute @workgroup_size(257) fn main() {}' });
    expect(await create({ module: large })).toContain('maxComputeWorkgroupSizeX, 256');
    const memory = device.createShaderModule({
      code: `var<workgroup> w: array<u32, 4097>;
      @compute @workgroup_size(1) fn main() { w[0] = 1; }`,
    });
    expect(await create({ module: memory })).toContain('maxComputeWorkgroupStorageSize, 16384');
    const wrong = device.createComputePipelineAsync({ layout: 'auto', compute: { module: large } });
    await expect(wrong).rejects.toMatchObject({ name: 'GPUPipelineError', reason: 'validation' });
    await expect(wrong).rejects.toBeInstanceOf(globals.GPUPipelineError);
  });

  it('keep bind groups of automatic layouts to themselves', async () => {
    const [one, two] = [pipelineOf(device, COUNT), pipelineOf(device, COUNT)];
    const group = device.createBindGroup({
      layout: one.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: storage(device, [0]) }],
    });
    const run = (pipeline: GPUComputePipeline) =>
      errorOfPass((pass) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(1);
      });
    expect(await run(one)).toBeNull();
    expect(await run(two)).toContain('take it from getBindGroupLayout');
    expect(one.getBindGroupLayout(0)).not.toBe(one.getBindGroupLayout(0));
    expect(await errorOf(device, () => one.getBindGroupLayout(4))).toContain('maxBindGroups');
  });
});

describe('modules', () => {
  it('say where the text is wrong', async () => {
    let module!: GPUShaderModule;
    const error = await errorOf(device, () => {
      module = device.createShaderModule({ label: 'm', code: 'fn f() {\n  let x: i32 = 1.5;\n}' });
    });
    expect(error).toContain("createShaderModule 'm': 2:16: error:");
    const { messages } = await module.getCompilationInfo();
    expect(messages).toMatchObject([{ type: 'error', lineNum: 2, linePos: 16, offset: 24, length: 3 }]);
    const warned = device.createShaderModule({ code: 'diagnostic(off, nonsense);' });
    expect((await warned.getCompilationInfo()).messages).toMatchObject([{ type: 'warning', linePos: 17 }]);
  });
});

describe('f16', () => {
  it('is there for devices that ask for it, and for no others', async () => {
    const code = `enable f16;
@group(0) @binding(0) var<storage, read_write> x: array<vec2h>;
override scale: f16 = 2;
@compute @workgroup_size(1) fn main() { x[0] = scale * x[0].yx; }`;
    expect(await errorOf(device, () => device.createShaderModule({ code }))).toContain(
      "the extension 'f16' is not enabled for this device",
    );
    const own = await openDevice({ threads: 1 }, { requiredFeatures: ['shader-f16'] });
    const x = storage(own, [0x3c00_4100]); // 2.5 and 1
    dispatch(own, pipelineOf(own, code, { constants: { scale: 3 } }), [x], 1);
    expect(await wordsOf(own, x)).toEqual([0x4780_4200]); // 3 and 7.5
    own.destroy();
  });
});

describe('passes', () => {
  it('name what a dispatch lacks', async () => {
    const pipeline = pipelineOf(device, COUNT);
    const layout = pipeline.getBindGroupLayout(0);
    const counts = storage(device, [0, 0], INDIRECT);
    const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: counts }] });
    expect(await errorOfPass((pass) => pass.dispatchWorkgroups(1))).toBe(
      "finish of the command encoder 'list': dispatchWorkgroups: no pipeline is set",
    );
    const withGroup = (encode: (pass: GPUComputePassEncoder) => void) =>
      errorOfPass((pass) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        encode(pass);
      });
    expect(await withGroup((pass) => pass.setBindGroup(0, null))).toBeNull();
    const noGroup = (pass: GPUComputePassEncoder) => {
      pass.setBindGroup(0, null);
      pass.dispatchWorkgroups(1);
    };
    expect(await withGroup(noGroup)).toContain('no bind group is set at 0');
    expect(await withGroup((pass) => pass.dispatchWorkgroups(65536))).toContain(
      'maxComputeWorkgroupsPerDimension',
    );
    expect(await withGroup((pass) => pass.dispatchWorkgroupsIndirect(counts, 0))).toContain('is written to');
    expect(await withGroup((pass) => pass.setBindGroup(0, group, [256]))).toContain(
      '1 dynamic offsets are given',
    );
    expect(await withGroup((pass) => pass.pushDebugGroup('open'))).toContain('1 debug groups are open');
    expect(await withGroup((pass) => pass.popDebugGroup())).toContain('no debug group is open');
  });

  it('refuse a buffer that is written and bound again', async () => {
    const code = `
@group(0) @binding(0) var<storage, read_write> a: array<u32>;
@group(0) @binding(1) var<storage, read> b: array<u32>;
@compute @workgroup_size(1) fn main() { a[0] = b[0]; }`;
    const pipeline = pipelineOf(device, code);
    const buffer = storage(device, new Array(128).fill(3));
    const entries = [
      { binding: 0, resource: { buffer, size: 256 } },
      { binding: 1, resource: { buffer, offset: 256 } },
    ];
    const error = await errorOfPass((pass) => {
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
      pass.dispatchWorkgroups(1);
    });
    expect(error).toContain("is bound twice, as 'storage' and as 'read-only-storage'");
  });

  it('run as many workgroups as a buffer says by then, or none if they are too many', async () => {
    const pipeline = pipelineOf(device, COUNT);
    const fill = pipelineOf(
      device,
      `@group(0) @binding(0) var<storage, read_write> sizes: array<u32>;
      @compute @workgroup_size(1) fn main() { sizes[1] = 3; sizes[2] = 2; sizes[3] = 1; }`,
    );
    const counts = storage(device, [0, 0, 0]);
    const sizes = storage(device, [65536, 1, 1, 1], INDIRECT);
    const bind = (to: GPUComputePipeline, resource: GPUBuffer) =>
      device.createBindGroup({ layout: to.getBindGroupLayout(0), entries: [{ binding: 0, resource }] });
    const error = await errorOfPass((pass) => {
      pass.setPipeline(fill);
      pass.setBindGroup(0, bind(fill, sizes));
      pass.dispatchWorkgroups(1);
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bind(pipeline, counts));
      pass.dispatchWorkgroupsIndirect(sizes, 4);
      pass.dispatchWorkgroupsIndirect(sizes, 0);
    });
    expect(error).toBeNull();
    expect(await wordsOf(device, counts)).toEqual([6, 6, 0]);
  });

  it('end once, and are over then', async () => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.end();
    expect(await errorOf(device, () => pass.end())).toContain('has ended');
    expect(await errorOf(device, () => pass.dispatchWorkgroups(1))).toContain('has ended');
    const list = encoder.finish();
    expect(await errorOf(device, () => encoder.finish())).toContain('finished already');
    device.queue.submit([list]);
    expect(await errorOf(device, () => device.queue.submit([list]))).toContain('was submitted before');
  });

  it('note when they begin and end', async () => {
    const querySet = device.createQuerySet({ type: 'timestamp', count: 3 });
    const results = device.createBuffer({ size: 512, usage: QUERY_RESOLVE | COPY_SRC });
    const encoder = device.createCommandEncoder();
    const writes = { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 2 };
    encoder.beginComputePass({ timestampWrites: writes }).end();
    encoder.resolveQuerySet(querySet, 0, 3, results, 256);
    device.queue.submit([encoder.finish()]);
    const words = Uint32Array.from(await wordsOf(device, results));
    const [begin, unused, end] = new BigUint64Array(words.buffer, 256, 3);
    expect(unused).toBe(0n);
    expect(begin > 10n ** 18n && end >= begin && end - begin < 10n ** 9n).toBe(true);
    const plain = await openDevice();
    expect(() => plain.createQuerySet({ type: 'timestamp', count: 1 })).toThrow("feature 'timestamp-query'");
    plain.destroy();
  });
});

describe('accesses out of bounds', () => {
  const code = `
@group(0) @binding(0) var<storage, read> a: array<u32>;
@group(0) @binding(1) var<storage, read_write> b: array<u32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) i: vec3u) { b[i.x] = a[i.x + 1u]; }`;

  it('read an element and write nothing', async () => {
    const b = storage(device, [0, 0, 0]);
    dispatch(device, pipelineOf(device, code), [storage(device, [1, 2, 3]), b], 2);
    expect(await wordsOf(device, b)).toEqual([2, 3, 3]);
  });

  it('lose the device with debug: true, with the place', async () => {
    const own = await openDevice({ threads: 1, debug: true });
    dispatch(own, pipelineOf(own, code), [storage(own, [1, 2, 3]), storage(own, [0, 0, 0])], 1);
    const { message } = await own.lost;
    expect(message).toMatch(/^kernel 'main' accesses element 3 of 'a', which has 3, at 4:89\n/);
  });
});

describe('what belongs to rendering', () => {
  it('is refused by name', async () => {
    const texture: GPUTextureDescriptor = { size: [1], format: 'r32float', usage: 1 };
    const image = { source: {}, origin: [0, 0] } as never;
    const encoder = device.createCommandEncoder();
    const refused: [string, () => unknown][] = [
      [
        'createTexture: render attachments',
        () => device.createTexture({ ...texture, usage: 17 }).createView(),
      ],
      [
        'createTexture: textures of depth and stencil',
        () => device.createTexture({ ...texture, format: 'depth16unorm' }),
      ],
      ['createSampler: samplers', () => device.createSampler()],
      ['createRenderPipeline: render pipelines', () => device.createRenderPipeline({} as never)],
      ['createRenderBundleEncoder: render bundles', () => device.createRenderBundleEncoder({} as never)],
      [
        'copyExternalImageToTexture: images',
        () => device.queue.copyExternalImageToTexture(image, {} as never, [1]),
      ],
      [
        'beginRenderPass: render passes',
        () => {
          encoder.beginRenderPass({ colorAttachments: [] }).end();
          encoder.finish();
        },
      ],
      [
        "is of the kind 'sampler': samplers and external textures",
        () => device.createBindGroupLayout({ entries: [{ binding: 0, visibility: 4, sampler: {} }] }),
      ],
    ];
    for (const [words, work] of refused) {
      const error = await errorOf(device, work);
      expect(error).toContain(`${words} are not supported by this WebGPU, which only computes`);
    }
    await expect(device.createRenderPipelineAsync({} as never)).rejects.toMatchObject({
      reason: 'validation',
    });
  });

  it('lets programs of other stages load', () => {
    expect(STORAGE).toBe(128);
    for (const name of ['GPUTexture', 'GPURenderPipeline', 'GPUTextureUsage', 'GPUColorWrite'] as const) {
      expect(globals[name]).toBeDefined();
    }
    dispatch(device, pipelineOf(device, COUNT), [storage(device, [0])], 1);
  });
});
