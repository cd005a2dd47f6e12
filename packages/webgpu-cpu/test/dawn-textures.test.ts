/** The same programs with textures here and on Dawn with SwiftShader: errors, and what the textures hold in the end. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { globals } from '../src/index.ts';
import { GPUBufferUsage, GPUMapMode, openDevice } from './device.ts';
import { openDawn, outcomeOf } from './open-dawn.ts';

const { COPY_SRC, COPY_DST, TEXTURE_BINDING, STORAGE_BINDING } = globals.GPUTextureUsage;

let devices: GPUDevice[];
beforeAll(async () => {
  devices = [await openDevice(), await openDawn()];
});
afterAll(async () => {
  for (const device of devices) {
    await device.queue.onSubmittedWorkDone();
    device.destroy();
  }
});

const FORMATS = [
  'r32uint',
  'rgba8uint',
  'rgba16sint',
  'rg32float',
  'rgba32uint',
  'rgba8unorm',
  'r8unorm',
] as const;
const format = fc.constantFrom(...FORMATS);
/** Whether a step is made to fit its textures. */
const mostly = fc.constantFrom(true, true, true, true, false);

const texture = fc
  .record({
    dimension: fc.constantFrom('1d' as const, '2d' as const, '2d' as const, '2d' as const, '3d' as const),
    format,
    width: fc.constantFrom(1, 4, 5, 8),
    height: fc.constantFrom(1, 1, 3, 8),
    depthOrArrayLayers: fc.constantFrom(1, 1, 2, 3),
    mipLevelCount: fc.constantFrom(1, 1, 2, 3, 5),
    usage: fc.oneof(
      { weight: 8, arbitrary: fc.constant(COPY_SRC | COPY_DST | STORAGE_BINDING) },
      { weight: 1, arbitrary: fc.constant(COPY_SRC | COPY_DST | TEXTURE_BINDING) },
      { weight: 1, arbitrary: fc.constantFrom(0, COPY_SRC, COPY_DST, STORAGE_BINDING, 64) },
    ),
    fits: mostly,
  })
  .map(({ fits, ...given }) => {
    if (!fits) return given;
    const { width, height, depthOrArrayLayers, format } = given;
    const flat = given.dimension === '1d' && { height: 1, depthOrArrayLayers: 1, mipLevelCount: 1 };
    const whole = { ...given, ...flat, ...(format === 'r8unorm' && { format: 'rgba8unorm' as const }) };
    const largest = Math.max(width, height, given.dimension === '3d' ? depthOrArrayLayers : 1);
    return { ...whole, mipLevelCount: Math.min(whole.mipLevelCount, 1 + Math.floor(Math.log2(largest))) };
  });
type Texture = typeof texture extends fc.Arbitrary<infer T> ? T : never;

const which = fc.nat({ max: 2 });
const part = fc.record({
  texture: which,
  fits: mostly,
  mipLevel: fc.constantFrom(0, 0, 0, 1, 2),
  origin: fc.tuple(fc.constantFrom(0, 0, 1, 3), fc.constantFrom(0, 0, 0, 1), fc.constantFrom(0, 0, 0, 1)),
  aspect: fc.constantFrom(
    'all' as const,
    'all' as const,
    'all' as const,
    'all' as const,
    'depth-only' as const,
  ),
});
const size = fc.tuple(
  fc.constantFrom(0, 1, 2, 4, 8),
  fc.constantFrom(0, 1, 1, 2, 3),
  fc.constantFrom(1, 1, 1, 2, 0),
);
const layout = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      offset: fc.constantFrom(0, 16, 256),
      bytesPerRow: fc.constant(256),
      rowsPerImage: fc.constant(3),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      offset: fc.constantFrom(0, 4, 2, 300),
      bytesPerRow: fc.constantFrom(undefined, 256, 512, 40, 0),
      rowsPerImage: fc.constantFrom(undefined, 1, 2, 8),
    }),
  },
);

const step = fc.oneof(
  fc.record({
    kind: fc.constant('write' as const),
    to: part,
    layout,
    size,
    bytes: fc.constantFrom(2048, 64),
  }),
  fc.record({ kind: fc.constant('fromBuffer' as const), to: part, layout, size }),
  fc.record({ kind: fc.constant('toBuffer' as const), from: part, layout, size }),
  fc.record({ kind: fc.constant('copy' as const), from: part, to: part, size }),
  fc.record({ kind: fc.constant('destroy' as const), texture: which }),
  fc.record({
    kind: fc.constant('dispatch' as const),
    textures: fc.tuple(which, which),
    views: fc.tuple(fc.boolean(), fc.boolean()),
    levels: fc.tuple(fc.constantFrom(0, 0, 1), fc.constantFrom(0, 0, 1)),
    layers: fc.tuple(fc.constantFrom(0, 0, 1), fc.constantFrom(0, 0, 1)),
    fits: mostly,
    access: fc.constantFrom('write', 'write', 'read_write'),
  }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Writes what another texture has there, and its place. */
function kernelOf(from: Texture, to: Texture, access: string, given: readonly string[]): string {
  const type = (format: string) => ({ uint: 'u32', sint: 'i32' })[format.slice(-4)] ?? 'f32';
  const suffix = (view: string) => view.replace('-', '_');
  const coordinates = (view: string) =>
    ({ '1d': 'p.x', '2d': 'p.xy', '2d-array': 'p.xy, p.z', '3d': 'p' })[view as '1d'];
  const [a, b] = given;
  const texel = `textureLoad(a, ${coordinates(a)})`;
  // Exact products, none in the middle between two numbers of 8 bits.
  const place = 'f32(p.x + 8 * p.y + 64 * p.z)';
  const value = type(from.format) === type(to.format) ? texel : `vec4<${type(to.format)}>(${texel})`;
  const more =
    type(to.format) === 'f32' ? `vec4f(${place} * 0.0029296875)` : `vec4<${type(to.format)}>(${place} * 3)`;
  const layers = { '1d': ', 99, 99', '2d': ', 99', '2d-array': ', textureNumLayers(a)', '3d': '' }[a as '1d'];
  const sizes = `textureDimensions(a)${layers}`;
  return `
@group(0) @binding(0) var a: texture_storage_${suffix(a)}<${from.format}, read>;
@group(0) @binding(1) var b: texture_storage_${suffix(b)}<${to.format}, ${access}>;
@compute @workgroup_size(4, ${b === '1d' ? 1 : 4}) fn main(@builtin(global_invocation_id) id: vec3u) {
  let p = vec3i(id) - vec3(${b === '1d' ? '1, 0, 0' : b === '2d' ? '1, 1, 0' : '1'});
  // What a load outside gives is not the same everywhere.
  let size = vec3i(vec3u(${sizes}));
  let inside = all(p >= vec3i()) && all(p < size);
  textureStore(b, ${coordinates(b)}, select(${more}, ${value}, inside && (p.x + p.y) % 2 == 0));
}`;
}

const bytesFrom = (seed: number, count: number) =>
  Uint8Array.from({ length: count }, (_, i) => Math.imul(seed + i, 2654435761) >>> 26);

async function take(
  device: GPUDevice,
  textures: readonly GPUTexture[],
  given: readonly Texture[],
  buffer: GPUBuffer,
  one: Step,
): Promise<void> {
  const { queue } = device;
  type Part = typeof part extends fc.Arbitrary<infer T> ? T : never;
  /** Where in a texture, and how much of it. */
  const partOf = ({ texture, fits, ...rest }: Part, size: readonly number[]) => {
    const { width, height, depthOrArrayLayers: depth, mipLevelCount, dimension } = given[texture];
    if (!fits) return { part: { texture: textures[texture], ...rest }, size: [...size] };
    const mipLevel = rest.mipLevel % mipLevelCount;
    const half = (n: number) => Math.max(1, n >> mipLevel);
    const whole = [half(width), half(height), dimension === '3d' ? half(depth) : depth];
    const origin = rest.origin.map((n, i) => Math.min(n, whole[i]));
    const part = { texture: textures[texture], mipLevel, origin, aspect: 'all' as const };
    return { part, size: size.map((n, i) => Math.min(n, whole[i] - origin[i])) };
  };
  if (one.kind === 'write') {
    const { part, size } = partOf(one.to, one.size);
    queue.writeTexture(part, bytesFrom(one.bytes, one.bytes), one.layout, size);
    return;
  }
  if (one.kind === 'destroy') {
    textures[one.texture].destroy();
    return;
  }
  const encoder = device.createCommandEncoder();
  if (one.kind === 'fromBuffer' || one.kind === 'toBuffer') {
    const { part, size } = partOf(one.kind === 'toBuffer' ? one.from : one.to, one.size);
    if (one.kind === 'fromBuffer') encoder.copyBufferToTexture({ buffer, ...one.layout }, part, size);
    else encoder.copyTextureToBuffer(part, { buffer, ...one.layout }, size);
  } else if (one.kind === 'copy') {
    const { part, size } = partOf(one.from, one.size);
    const to = partOf(one.to, size);
    encoder.copyTextureToTexture(part, to.part, to.size);
  } else {
    const [from, other] = one.textures;
    const chosen = [from, one.fits && other === from ? (from + 1) % 3 : other];
    const used = chosen.map((i) => given[i]);
    const arrays = used.map(({ dimension, depthOrArrayLayers }, i) =>
      dimension === '2d' && !one.views[i] && depthOrArrayLayers > 1 ? '2d-array' : dimension,
    );
    const access = one.fits && !used[1].format.startsWith('r32') ? 'write' : one.access;
    const code = kernelOf(used[0], used[1], access, one.fits ? arrays : ['2d', '2d']);
    const module = device.createShaderModule({ code });
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module } });
    const views = chosen.map((i, k) => {
      const { dimension, mipLevelCount, depthOrArrayLayers } = used[k];
      const flat = dimension === '2d' && one.views[k];
      return textures[i].createView({
        ...(flat && { dimension: '2d' as const }),
        baseMipLevel: one.fits ? one.levels[k] % mipLevelCount : one.levels[k],
        ...((one.fits || access === 'write') && { mipLevelCount: 1 }),
        baseArrayLayer: one.fits ? (flat ? one.layers[k] % depthOrArrayLayers : 0) : one.layers[k],
      });
    });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: views.map((resource, binding) => ({ binding, resource })),
    });
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    // Each texel is written once.
    pass.dispatchWorkgroups(
      3,
      arrays[1] === '1d' ? 1 : 3,
      arrays[1].length > 2 || arrays[1] === '3d' ? 4 : 1,
    );
    pass.end();
  }
  queue.submit([encoder.finish()]);
}

/** All levels and layers, row by row. */
async function contentOf(device: GPUDevice, texture: GPUTexture): Promise<number[]> {
  const buffer = device.createBuffer({
    size: 65536,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  const layout = { buffer, bytesPerRow: 256, rowsPerImage: 8 };
  for (let mipLevel = 0; mipLevel < texture.mipLevelCount; mipLevel++) {
    const [width, height, depth] = [texture.width, texture.height, texture.depthOrArrayLayers].map(
      (n, axis) => (axis === 2 && texture.dimension === '2d' ? n : Math.max(1, n >> mipLevel)),
    );
    encoder.copyTextureToBuffer({ texture, mipLevel }, { ...layout, offset: 8192 * mipLevel }, [
      width,
      height,
      depth,
    ]);
  }
  device.queue.submit([encoder.finish()]);
  await buffer.mapAsync(GPUMapMode.READ);
  const bytes = [...new Uint8Array(buffer.getMappedRange())];
  buffer.destroy();
  return bytes;
}

async function run(device: GPUDevice, given: readonly Texture[], steps: readonly Step[]) {
  const outcomes: string[] = [];
  const textures: GPUTexture[] = [];
  for (const { width, height, depthOrArrayLayers, ...rest } of given) {
    const size = [width, height, depthOrArrayLayers];
    outcomes.push(await outcomeOf(device, () => textures.push(device.createTexture({ ...rest, size }))));
  }
  const { COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const buffer = device.createBuffer({ size: 4096, usage: COPY_SRC | COPY_DST });
  device.queue.writeBuffer(buffer, 0, bytesFrom(5, 4096));
  for (const one of steps) {
    const outcome = await outcomeOf(device, () => take(device, textures, given, buffer, one));
    outcomes.push(`${one.kind}: ${outcome}`);
  }
  const contents: unknown[] = [];
  for (const texture of textures) {
    let bytes: number[] = [];
    const outcome = await outcomeOf(device, async () => {
      bytes = await contentOf(device, texture);
    });
    contents.push(outcome.endsWith('no error') ? bytes : outcome);
    texture.destroy();
  }
  const copy = device.createBuffer({ size: 4096, usage: MAP_READ | COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, copy);
  device.queue.submit([encoder.finish()]);
  await copy.mapAsync(GPUMapMode.READ);
  contents.push([...new Uint8Array(copy.getMappedRange())]);
  for (const one of [buffer, copy]) one.destroy();
  return { outcomes, contents };
}

describe('programs with textures', () => {
  it('do the same as on Dawn', { timeout: 120_000 }, async () => {
    const counts = new Map<string, number>();
    const given = fc.tuple(texture, texture, texture);
    await fc.assert(
      fc.asyncProperty(given, fc.array(step, { minLength: 1, maxLength: 8 }), async (textures, steps) => {
        const [ours, theirs] = [
          await run(devices[0], textures, steps),
          await run(devices[1], textures, steps),
        ];
        expect(ours).toEqual(theirs);
        for (const outcome of ours.outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      }),
      { numRuns: 50 },
    );
    for (const kind of ['write', 'fromBuffer', 'toBuffer', 'copy', 'dispatch']) {
      for (const outcome of ['no error', 'GPUValidationError'])
        expect(counts.get(`${kind}: returned, ${outcome}`), `${kind} ${outcome}`).toBeGreaterThan(2);
    }
  });
});
