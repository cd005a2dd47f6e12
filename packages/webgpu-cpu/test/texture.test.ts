import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globals } from '../src/index.ts';
import { errorOf, GPUBufferUsage, GPUMapMode, openDevice, pipelineOf } from './device.ts';

const { COPY_SRC, COPY_DST, STORAGE_BINDING } = globals.GPUTextureUsage;
const USAGE = COPY_SRC | COPY_DST | STORAGE_BINDING;

let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice({ threads: 2 });
});
afterAll(() => device.destroy());

const make = (rest: Partial<GPUTextureDescriptor> = {}) =>
  device.createTexture({ label: 't', size: [4, 4], format: 'r32uint', usage: USAGE, ...rest });

/** The texels of a level of 32-bit numbers, in rows of at most 64. */
async function texelsOf(
  texture: GPUTexture,
  mipLevel = 0,
  size: readonly number[] = [4, 4, 1],
): Promise<number[]> {
  const [width, height, depth = 1] = size;
  const rows = height * depth;
  const buffer = device.createBuffer({
    size: 256 * rows,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyTextureToBuffer(
    { texture, mipLevel },
    { buffer, bytesPerRow: 256, rowsPerImage: height },
    size,
  );
  device.queue.submit([encoder.finish()]);
  await buffer.mapAsync(GPUMapMode.READ);
  const words = new Uint32Array(buffer.getMappedRange());
  return Array.from({ length: rows * width }, (_, i) => words[64 * Math.floor(i / width) + (i % width)]);
}

/** Runs a kernel over textures at the bindings 0, 1, … */
function run(
  pipeline: GPUComputePipeline,
  views: readonly GPUTextureView[],
  ...workgroups: [number, number?]
): void {
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = views.map((resource, binding) => ({ binding, resource }));
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(...workgroups);
  pass.end();
  device.queue.submit([encoder.finish()]);
}

const FILL = `
@group(0) @binding(0) var t: texture_storage_2d<r32uint, write>;
@compute @workgroup_size(4, 4) fn main(@builtin(global_invocation_id) id: vec3u) {
  textureStore(t, id.xy, vec4u(1 + id.x + 10 * id.y));
}`;

describe('a texture', () => {
  it('has its properties, and zeros', async () => {
    const texture = make({ size: { width: 8, height: 4 }, mipLevelCount: 3 });
    const { width, height, depthOrArrayLayers, mipLevelCount, sampleCount, dimension, format, usage } =
      texture;
    expect([width, height, depthOrArrayLayers, mipLevelCount, sampleCount]).toEqual([8, 4, 1, 3, 1]);
    expect([dimension, format, usage]).toEqual(['2d', 'r32uint', USAGE]);
    expect(await texelsOf(texture, 2, [2, 1])).toEqual([0, 0]);
  });

  it('is written through a view of one level, and the others keep what they have', async () => {
    const texture = make({ size: [8, 8], mipLevelCount: 4 });
    device.queue.writeTexture(
      { texture, mipLevel: 2 },
      Uint32Array.of(1, 2, 3, 4),
      { bytesPerRow: 8 },
      [2, 2],
    );
    run(pipelineOf(device, FILL), [texture.createView({ baseMipLevel: 1, mipLevelCount: 1 })], 3, 3);
    const wanted = Array.from({ length: 16 }, (_, i) => 1 + (i % 4) + 10 * Math.floor(i / 4));
    expect(await texelsOf(texture, 1)).toEqual(wanted);
    expect(await texelsOf(texture, 2, [2, 2])).toEqual([1, 2, 3, 4]);
    expect(await texelsOf(texture, 0, [8, 8])).toEqual(new Array(64).fill(0));
  });

  it('is written through a view of some layers', async () => {
    const texture = make({ size: [2, 1, 4] });
    const code = FILL.replace('2d<', '2d_array<').replace('id.xy', 'id.xy, id.x');
    const view = texture.createView({ baseArrayLayer: 1, arrayLayerCount: 2 });
    run(pipelineOf(device, code), [view], 1);
    expect(await texelsOf(texture, 0, [2, 1, 4])).toEqual([0, 0, 1, 0, 0, 2, 0, 0]);
  });

  it('is copied before the kernels that follow, and read by them after those before', async () => {
    const [from, to] = [make(), make()];
    device.queue.writeTexture({ texture: from }, new Uint32Array(16).fill(7), { bytesPerRow: 16 }, [4, 4]);
    const code = `
@group(0) @binding(0) var a: texture_storage_2d<r32uint, read>;
@group(0) @binding(1) var b: texture_storage_2d<r32uint, read_write>;
@compute @workgroup_size(4, 4) fn main(@builtin(local_invocation_id) id: vec3u) {
  textureStore(b, id.xy, textureLoad(b, id.xy) + textureLoad(a, id.xy));
}`;
    const pipeline = pipelineOf(device, code);
    for (let i = 0; i < 3; i++) run(pipeline, [from.createView(), to.createView()], 1);
    const encoder = device.createCommandEncoder();
    encoder.copyTextureToTexture({ texture: to }, { texture: from, origin: [1, 0] }, [2, 1]);
    device.queue.submit([encoder.finish()]);
    expect((await texelsOf(from)).slice(0, 5)).toEqual([7, 21, 21, 7, 7]);
  });

  it('of bgra8unorm can be stored to with the feature only', async () => {
    const own = await openDevice({ threads: 1 }, { requiredFeatures: ['bgra8unorm-storage'] });
    const descriptor: GPUTextureDescriptor = { size: [1], format: 'bgra8unorm', usage: STORAGE_BINDING };
    expect(await errorOf(own, () => own.createTexture(descriptor))).toBe(null);
    expect(await errorOf(device, () => device.createTexture(descriptor))).toContain('STORAGE_BINDING');
    own.destroy();
  });

  it('that is too large is an error of memory', async () => {
    device.pushErrorScope('out-of-memory');
    const texture = make({ size: [8192, 8192, 256], format: 'rgba32float' });
    expect((await device.popErrorScope())?.message).toContain('createTexture');
    expect(await errorOf(device, () => texture.createView())).toContain('is not valid');
  });
});

describe('what textures do not allow', () => {
  const copy = (work: (encoder: GPUCommandEncoder) => void) => () => {
    const encoder = device.createCommandEncoder();
    work(encoder);
    encoder.finish();
  };
  const bind = (storageTexture: GPUStorageTextureBindingLayout, resource: () => GPUBindingResource) => () => {
    const entry = { binding: 0, visibility: 4, storageTexture };
    const layout = device.createBindGroupLayout({ entries: [entry] });
    device.createBindGroup({ layout, entries: [{ binding: 0, resource: resource() }] });
  };
  const r32uint = { format: 'r32uint' } as const;
  const buffer = () =>
    device.createBuffer({ size: 4096, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST });

  it.each<[words: string, work: () => unknown]>([
    ["textures of the format 'rgba8unorm-srgb' cannot have", () => make({ format: 'rgba8unorm-srgb' })],
    ['the usage 0 is none', () => make({ usage: 0 })],
    ['mipLevelCount 4 is above 3', () => make({ mipLevelCount: 4 })],
    ["4 x 4 x 1 of dimension '1d' is above 8192 x 1 x 1", () => make({ dimension: '1d' })],
    ["viewFormats has 'r32float'", () => make({ viewFormats: ['r32float'] })],
    ['levels 1 to 2 are not among 1', () => make().createView({ baseMipLevel: 1, mipLevelCount: 1 })],
    ["cannot be viewed as '3d'", () => make().createView({ dimension: '3d' })],
    [
      "of the kind 'sampler'",
      () => device.createBindGroupLayout({ entries: [{ binding: 0, visibility: 4, sampler: {} }] }),
    ],
    [
      "'rgba8unorm' cannot be 'read-write'",
      bind({ format: 'rgba8unorm', access: 'read-write' }, () => make()),
    ],
    ["cannot be viewed as 'cube'", bind({ ...r32uint, viewDimension: 'cube' }, () => make())],
    ["has the format 'r32sint'", bind(r32uint, () => make({ format: 'r32sint' }).createView())],
    ["has the dimension '2d-array'", bind(r32uint, () => make({ size: [4, 4, 2] }).createView())],
    ['has 3 levels', bind(r32uint, () => make({ mipLevelCount: 3 }).createView())],
    ['needs STORAGE_BINDING', bind(r32uint, () => make({ usage: COPY_SRC }).createView())],
    ['a texture is needed', bind(r32uint, () => ({ buffer: buffer() }))],
    [
      'is not a multiple of 256',
      copy((e) => e.copyBufferToTexture({ buffer: buffer(), bytesPerRow: 16 }, { texture: make() }, [4, 4])),
    ],
    [
      'bytesPerRow is needed',
      copy((e) => e.copyTextureToBuffer({ texture: make() }, { buffer: buffer() }, [4, 4])),
    ],
    [
      '4 x 4 x 1 texels from 1, 0, 0 on are outside',
      copy((e) => e.copyTextureToTexture({ texture: make(), origin: [1] }, { texture: make() }, [4, 4])),
    ],
    [
      "cannot be copied to the format 'r32sint'",
      copy((e) =>
        e.copyTextureToTexture({ texture: make() }, { texture: make({ format: 'r32sint' }) }, [4, 4]),
      ),
    ],
    [
      'bytes 0 to 64 are outside of 60 bytes',
      () => device.queue.writeTexture({ texture: make() }, new Uint8Array(60), { bytesPerRow: 16 }, [4, 4]),
    ],
  ])('%s', async (words, work) => {
    expect(await errorOf(device, work)).toContain(words);
  });

  it('a destroyed one cannot be used', async () => {
    const texture = make();
    const view = texture.createView();
    const pipeline = pipelineOf(device, FILL);
    run(pipeline, [view], 1);
    texture.destroy();
    expect(await errorOf(device, () => run(pipeline, [view], 1))).toContain("the texture 't' was destroyed");
  });

  it('one that is written is not bound twice', async () => {
    const texture = make({ size: [4, 4, 2] });
    const pipeline = pipelineOf(
      device,
      `${FILL.replace('textureStore(t', 'textureStore(u, id.xy, vec4u()); textureStore(t')}
@group(0) @binding(1) var u: texture_storage_2d<r32uint, write>;`,
    );
    const layer = (baseArrayLayer: number) => texture.createView({ dimension: '2d', baseArrayLayer });
    expect(await errorOf(device, () => run(pipeline, [layer(0), layer(1)], 1))).toBe(null);
    expect(await errorOf(device, () => run(pipeline, [layer(1), layer(1)], 1))).toContain('are bound twice');
  });

  it('a layout that does not fit a kernel is refused', async () => {
    const module = device.createShaderModule({ code: FILL });
    const of = (storageTexture: GPUStorageTextureBindingLayout) => () => {
      const group = device.createBindGroupLayout({
        entries: [{ binding: 0, visibility: 4, storageTexture }],
      });
      const layout = device.createPipelineLayout({ bindGroupLayouts: [group] });
      device.createComputePipeline({ layout, compute: { module } });
    };
    expect(await errorOf(device, of(r32uint))).toBe(null);
    expect(await errorOf(device, of({ ...r32uint, access: 'read-write' }))).toBe(null);
    expect(await errorOf(device, of({ ...r32uint, access: 'read-only' }))).toContain(
      "the access 'read-only'",
    );
    expect(await errorOf(device, of({ format: 'r32sint' }))).toContain("the format 'r32sint'");
    expect(await errorOf(device, of({ ...r32uint, viewDimension: '3d' }))).toContain(
      "the viewDimension '3d'",
    );
  });

  it('is a TypeError where WebIDL has it', () => {
    expect(() => make({ format: 'rgb8unorm' as never })).toThrow(TypeError);
    expect(() => make({ format: 'bc1-rgba-unorm' })).toThrow(TypeError);
    expect(() => make({ size: [] })).toThrow(TypeError);
    expect(() => make({ size: [1, 1, 1, 1] })).toThrow(TypeError);
    expect(() => make().createView({ swizzle: 'rgbx' } as never)).toThrow(TypeError);
  });
});
