/** Storage textures: texels of each format against float64, addresses, and what lies outside. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  describeTexture,
  openWasmRuntime,
  STORAGE_FORMATS,
  type TexelFormat,
  texelFormat,
  type WasmRuntime,
} from '../../src/index.ts';

// The engine's own 16-bit floats judge; they are no part of what is tested.
declare const Float16Array: { new (data: ArrayBufferLike): ArrayLike<number> };
const roundHalf = (Math as unknown as { f16round(x: number): number }).f16round;

let runtime: WasmRuntime;
beforeAll(async () => {
  runtime = await openWasmRuntime({ threads: 1, robust: true });
});
afterAll(() => runtime.destroy());

interface Given {
  readonly bytes: Uint8Array;
  /** Of a texture. */
  readonly size?: readonly [number, number, number];
  /** If it is read as a sampled texture, which then has all levels. */
  readonly format?: TexelFormat;
}

/** Levels of a texture of two dimensions, one after the other. */
function levelsOf(start: number, [width, height, depth]: readonly [number, number, number], bytes: number) {
  let address = start;
  return Array.from({ length: 1 + Math.floor(Math.log2(Math.max(width, height))) }, (_, i) => {
    const level = { address, width: Math.max(1, width >> i), height: Math.max(1, height >> i), depth };
    address += level.width * level.height * depth * bytes;
    return level;
  });
}

/** Runs a kernel over textures and buffers, in the order of their bindings; returns what they hold afterwards. */
async function run(
  wgsl: string,
  given: readonly Given[],
  workgroups: [number, number, number],
): Promise<Uint8Array[]> {
  const kernel = runtime.prepare({ name: 'test', wgsl });
  const made = given.map(({ bytes, size, format }) => {
    const texels = runtime.createBuffer(Math.max(4, bytes.length), 'texels');
    runtime.write(texels, 0, bytes);
    if (!size) return { texels, bound: texels };
    const { address } = texels;
    const text = describeTexture(format ?? null, levelsOf(address, size, format?.bytes ?? 4));
    const bound = runtime.createBuffer(text.length, 'description');
    runtime.write(bound, 0, text);
    return { texels, bound };
  });
  const buffers = made.map(({ bound }) => ({ buffer: bound, offset: 0, size: bound.bytes }));
  runtime.submit([{ kernel, buffers, workgroups }]);
  const results = await Promise.all(
    made.map(async ({ texels }, i) => new Uint8Array(await runtime.read(texels, 0, given[i].bytes.length))),
  );
  for (const buffer of new Set(made.flatMap(({ texels, bound }) => [texels, bound])))
    runtime.destroyBuffer(buffer);
  return results;
}

const elementOf = (format: string) =>
  format.endsWith('uint') ? 'u32' : format.endsWith('sint') ? 'i32' : 'f32';
const ARRAYS = { u32: Uint32Array, i32: Int32Array, f32: Float32Array } as const;

/** What a texel holds, channel by channel, as float64. */
function stored(format: string, bytes: Uint8Array): number[] {
  const { bits, kind, channels, blueFirst } = texelFormat(format)!;
  const data = bytes.slice().buffer;
  const numbers =
    kind === 'float'
      ? bits === 16
        ? new Float16Array(data)
        : new Float32Array(data)
      : new {
          u8: Uint8Array,
          u16: Uint16Array,
          u32: Uint32Array,
          s8: Int8Array,
          s16: Int16Array,
          s32: Int32Array,
        }[`${kind[0] as 'u' | 's'}${bits as 8}`](data);
  const order = blueFirst ? [2, 1, 0, 3] : [0, 1, 2, 3];
  return Array.from(numbers, (_, i) => numbers[i - (i % channels) + order[i % channels]]);
}

/** What a shader gets of a number in a channel. */
function meaning(format: string, x: number): number {
  const { bits, kind } = texelFormat(format)!;
  if (kind === 'unorm') return Math.fround(x / (2 ** bits - 1));
  return kind === 'snorm' ? Math.fround(Math.max(-1, x / (2 ** (bits - 1) - 1))) : x;
}

/** Runs one texel for each invocation, from a buffer to a texture, or back. */
async function convert(format: string, input: Uint8Array, store: boolean): Promise<Uint8Array> {
  const { bytes } = texelFormat(format)!;
  const count = input.length / (store ? 16 : bytes);
  const wgsl = `
@group(0) @binding(0) var t: texture_storage_2d<${format}, ${store ? 'write' : 'read'}>;
@group(0) @binding(1) var<storage, read_write> x: array<vec4<${elementOf(format)}>>;
@compute @workgroup_size(16) fn main(@builtin(global_invocation_id) id: vec3u) {
  ${store ? 'textureStore(t, id.xy, x[id.x + id.y * 16u]);' : 'x[id.x + id.y * 16u] = textureLoad(t, id.xy);'}
}`;
  const texels = { bytes: store ? new Uint8Array(count * bytes) : input, size: [16, count / 16, 1] } as const;
  const values = { bytes: store ? input : new Uint8Array(count * 16) };
  const results = await run(wgsl, [texels, values], [1, count / 16, 1]);
  return results[store ? 0 : 1];
}

describe.each([...STORAGE_FORMATS])('%s', (format) => {
  const { bits, kind, channels, bytes } = texelFormat(format)!;
  const element = elementOf(format);

  it('is read as the specification says, whatever the bits', async () => {
    // All numbers of up to 16 bits in every channel, else any.
    const input = new Uint8Array(bits === 8 ? 256 * bytes : 65536 * bytes);
    const words =
      bits === 8 ? input : bits === 16 ? new Uint16Array(input.buffer) : new Uint32Array(input.buffer);
    for (let i = 0; i < words.length; i++) {
      const texel = Math.floor(i / channels);
      words[i] = bits === 32 ? Math.imul(i + 1, 0x9e3779b1) : texel + 7 * (i % channels);
    }
    const result = new ARRAYS[element]((await convert(format, input, false)).buffer as ArrayBuffer);
    const numbers = stored(format, input).map((x) => meaning(format, x));
    const wanted = Array.from(result, (_, i) => {
      const channel = i % 4;
      return channel < channels ? numbers[Math.floor(i / 4) * channels + channel] : Number(channel === 3);
    });
    expect(wanted.findIndex((x, i) => !Object.is(x + 0, result[i] + 0))).toBe(-1);
  });

  it('is written as the specification says', async () => {
    const anyNumber =
      element === 'f32'
        ? fc.oneof(
            fc.float({ noNaN: true }),
            fc.float({ noNaN: true, min: Math.fround(-1.5), max: Math.fround(1.5) }),
            fc.float({ noNaN: true, min: Math.fround(-1e-4), max: Math.fround(1e-4) }),
            fc.integer({ min: -255, max: 255 }).map((n) => Math.fround(n / 255)),
          )
        : fc.oneof(
            fc.integer({
              min: element === 'u32' ? 0 : -(2 ** 31),
              max: element === 'u32' ? 2 ** 32 - 1 : 2 ** 31 - 1,
            }),
            fc.integer({ min: element === 'u32' ? 0 : -70000, max: 70000 }),
            fc.integer({ min: element === 'u32' ? 0 : -300, max: 300 }),
          );
    await fc.assert(
      fc.asyncProperty(fc.array(anyNumber, { minLength: 256, maxLength: 256 }), async (values) => {
        const input = ARRAYS[element].from(values);
        const result = stored(format, await convert(format, new Uint8Array(input.buffer), true));
        result.forEach((got, i) => {
          const x = input[Math.floor(i / channels) * 4 + (i % channels)];
          const signed = kind === 'snorm' || kind === 'sint';
          const most = 2 ** (signed ? bits - 1 : bits) - 1;
          if (kind === 'float') {
            const wanted = bits === 16 ? roundHalf(x) : x;
            expect(Object.is(got, wanted), `${x} became ${got}, not ${wanted}`).toBe(true);
          } else if (kind === 'unorm' || kind === 'snorm') {
            // To the nearest, but for what f32 rounds where two are as near.
            const exact = most * Math.min(1, Math.max(signed ? -1 : 0, x));
            expect(Math.abs(got - exact), `${x} became ${got}`).toBeLessThanOrEqual(0.5 + 2 ** -16);
            if (Math.abs(exact - Math.round(exact)) < 1e-4) expect(got).toBe(Math.round(exact) + 0);
          } else expect(got).toBe(Math.min(most, Math.max(signed ? -most - 1 : 0, x)));
        });
      }),
      { numRuns: 40 },
    );
  });
});

const SHAPES = [
  { name: '1d', coordinates: 'p.x', size: [5, 1, 1] },
  { name: '2d', coordinates: 'p.xy', size: [5, 3, 1] },
  { name: '2d_array', coordinates: 'p.xy, p.z', size: [5, 3, 4] },
  { name: '3d', coordinates: 'p', size: [5, 3, 4] },
] as const;

describe.each(SHAPES)('texture_storage_$name', ({ name, coordinates, size }) => {
  const [width, height, depth] = size;
  const count = width * height * depth;
  const texels = (f: (i: number) => number) =>
    new Uint8Array(Uint32Array.from({ length: count }, (_, i) => f(i)).buffer);

  it.each(['i32', 'u32'])(
    'is written at every place and nowhere outside, with coordinates of %s',
    async (type) => {
      const wgsl = `
@group(0) @binding(0) var t: texture_storage_${name}<r32uint, write>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  let p = vec3<${type}>(id) - 2;
  textureStore(t, ${coordinates}, vec4u(1u + u32(p.x + 10 * p.y + 100 * p.z)));
}`;
      const border = Uint8Array.from({ length: 512 }, (_, i) => i);
      const whole = new Uint8Array([...texels(() => 0), ...border]);
      const grid = size.map((n) => (n > 1 ? n + 4 : 5)) as [number, number, number];
      // Axes that the texture does not have are always inside: they write there last in the order of workgroups.
      const [written] = await run(
        wgsl.replace('- 2;', `- vec3<${type}>(2, ${height > 1 ? 2 : 0}, ${depth > 1 ? 2 : 0});`),
        [{ bytes: whole, size }],
        [grid[0], height > 1 ? grid[1] : 1, depth > 1 ? grid[2] : 1],
      );
      const place = (i: number) =>
        (i % width) + 10 * (Math.floor(i / width) % height) + 100 * Math.floor(i / width / height);
      expect([...written.slice(0, 4 * count)]).toEqual([...texels((i) => 1 + place(i))]);
      expect([...written.slice(4 * count)]).toEqual([...border]);
    },
  );

  it('gives zeros outside, and its sizes', async () => {
    const wgsl = `
@group(0) @binding(0) var t: texture_storage_${name}<r32uint, read>;
@group(0) @binding(1) var<storage, read_write> sizes: array<vec4u, 2>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4u>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) n: vec3u) {
  let p = vec3i(id) - 2;
  x[(id.z * n.y + id.y) * n.x + id.x] = textureLoad(t, ${coordinates});
  sizes[0] = vec4u(vec3u(textureDimensions(t)${name.startsWith('2d') ? ', 1' : ''}), 0);
  ${name === '2d_array' ? 'sizes[1].x = textureNumLayers(t);' : ''}
}`;
    const grid: [number, number, number] = [9, 7, 8];
    const [, sizes, read] = await run(
      wgsl,
      [
        { bytes: texels((i) => i + 1), size },
        { bytes: new Uint8Array(32) },
        { bytes: new Uint8Array(9 * 7 * 8 * 16) },
      ],
      grid,
    );
    const wanted: number[] = [];
    for (let z = -2; z < 6; z++) {
      for (let y = -2; y < 5; y++) {
        for (let x = -2; x < 7; x++) {
          const at = [x, name === '1d' ? 0 : y, depth === 1 ? 0 : z];
          const inside = at.every((n, axis) => n >= 0 && n < size[axis]);
          wanted.push(...(inside ? [1 + x + width * (at[1] + height * at[2]), 0, 0, 1] : [0, 0, 0, 0]));
        }
      }
    }
    expect([...new Uint32Array(read.buffer)]).toEqual(wanted);
    const [a, b, c, , layers] = new Uint32Array(sizes.buffer);
    expect([a, b, c]).toEqual(name === '1d' ? [5, 5, 5] : name === '3d' ? [5, 3, 4] : [5, 3, 1]);
    expect(layers).toBe(name === '2d_array' ? 4 : 0);
  });
});

describe('textures in kernels', () => {
  it('pass through functions, lets and barriers, and are read as they were written', async () => {
    const wgsl = `
@group(0) @binding(0) var t: texture_storage_1d<r32float, read_write>;
@group(0) @binding(1) var u: texture_storage_1d<rgba8unorm, write>;
fn add(t: texture_storage_1d<r32float, read_write>, at: u32, x: f32) -> f32 {
  textureStore(t, at, vec4(textureLoad(t, at).x + x));
  return textureLoad(t, at).x;
}
fn turn(t: texture_storage_1d<r32float, read_write>, i: u32) -> f32 {
  let own = t;
  let before = add(own, i, 1);
  textureBarrier();
  return before + textureLoad(own, 7u - i).x;
}
@compute @workgroup_size(8) fn main(@builtin(local_invocation_index) i: u32) {
  let same = t;
  for (var k = 0u; k < 3u; k++) { _ = add(same, i, f32(i)); }
  let sum = turn(same, i);
  workgroupBarrier();
  textureStore(same, i, vec4(sum));
  textureStore(u, i, vec4(sum / 255, 0, 0, 1));
}`;
    const [floats, bytes] = await run(
      wgsl,
      [
        { bytes: new Uint8Array(32), size: [8, 1, 1] },
        { bytes: new Uint8Array(32), size: [8, 1, 1] },
      ],
      [1, 1, 1],
    );
    expect([...new Float32Array(floats.buffer)]).toEqual(new Array(8).fill(23));
    expect([...bytes]).toEqual(new Array(8).fill([23, 0, 0, 255]).flat());
  });

  it('a read-only texture is read once where it does not change', async () => {
    const wgsl = `
@group(0) @binding(0) var t: texture_storage_2d<r32float, read>;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3u) {
  var sum = 0f;
  for (var i = 0; i < 1000; i++) { sum += textureLoad(t, vec2(1)).x; }
  x[id.x] = sum;
}`;
    const input = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
    const [, x] = await run(
      wgsl,
      [{ bytes: input, size: [2, 2, 1] }, { bytes: new Uint8Array(8) }],
      [2, 1, 1],
    );
    expect([...new Float32Array(x.buffer)]).toEqual([4000, 4000]);
  });
});

describe('a sampled texture', () => {
  const formats = [
    ...['r8', 'rg8', 'rgba8'].flatMap((bits) =>
      ['unorm', 'snorm', 'uint', 'sint'].map((kind) => bits + kind),
    ),
    ...['r16', 'rg16', 'rgba16', 'r32', 'rg32', 'rgba32'].flatMap((bits) =>
      ['uint', 'sint', 'float'].map((kind) => bits + kind),
    ),
    'bgra8unorm',
  ];

  it.each(formats)('of %s is read on each level', async (format) => {
    const given = texelFormat(format)!;
    const { channels } = given;
    const count = 16 * 16 + 8 * 8 + 4 * 4 + 2 * 2 + 1;
    const bytes = new Uint8Array(count * given.bytes);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.imul(i + 1, 0x9e3779b1) >>> 24;
    const element = elementOf(format);
    const wgsl = `
@group(0) @binding(0) var t: texture_2d<${element}>;
@group(0) @binding(1) var<storage, read_write> x: array<vec4<${element}>>;
@group(0) @binding(2) var<storage, read_write> sizes: array<vec4u>;
@compute @workgroup_size(1) fn main(@builtin(workgroup_id) id: vec3u) {
  let level = id.x;
  let size = textureDimensions(t, level);
  sizes[level] = vec4u(size, textureNumLevels(t), textureDimensions(t).x);
  var start = 0u;
  for (var i = 0u; i < level; i++) { start += (256u >> (2 * i)); }
  for (var i = 0u; i < size.x * size.y; i++) {
    x[start + i] = textureLoad(t, vec2(i % size.x, i / size.x), level);
  }
  if level == 0 { x[${count}] = textureLoad(t, vec2(0), 5) + textureLoad(t, vec2(0, -1), 0); }
}`;
    const [, read, sizes] = await run(
      wgsl,
      [
        { bytes, size: [16, 16, 1], format: given },
        { bytes: new Uint8Array(16 * (count + 1)).fill(255) },
        { bytes: new Uint8Array(80) },
      ],
      [5, 1, 1],
    );
    const result = new ARRAYS[element](read.buffer as ArrayBuffer);
    const numbers = stored(format, bytes).map((x) => meaning(format, x));
    const wanted = Array.from(result, (_, i) => {
      if (i >= 4 * count) return 0;
      return i % 4 < channels ? numbers[Math.floor(i / 4) * channels + (i % 4)] : Number(i % 4 === 3);
    });
    expect(wanted.findIndex((x, i) => !Object.is(x + 0, result[i] + 0))).toBe(-1);
    expect([...new Uint32Array(sizes.buffer as ArrayBuffer)]).toEqual(
      [16, 8, 4, 2, 1].flatMap((n) => [n, n, 5, 16]),
    );
  });
});
