import { afterEach, describe, expect, it } from 'vitest';
import {
  openWasmRuntime,
  type RuntimeBuffer,
  type RuntimeDispatch,
  type WasmRuntime,
} from '../../src/index.ts';

const opened: WasmRuntime[] = [];
async function open(options: Parameters<typeof openWasmRuntime>[0]): Promise<WasmRuntime> {
  const runtime = await openWasmRuntime(options);
  opened.push(runtime);
  return runtime;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((runtime) => runtime.destroy()));
});

const whole = (buffer: RuntimeBuffer) => ({ buffer, offset: 0, size: buffer.bytes });

/** y = x * x + index, with a loop so that workgroups take unequal times. */
const UNEVEN = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= arrayLength(&x)) { return; }
  var sum = 0.0;
  for (var i = 0u; i < id.x % 97u + 1u; i++) { sum = fma(sum, 0.75, sin(x[id.x] + f32(i))); }
  y[id.x] = sum;
}`;

const INCREMENT = `
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = x[id.x] + 1u; }`;

const COUNT = `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { x[id.x] += 1u; }`;

const SUM = `
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> sum: array<atomic<u32>, 4>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  for (var i = 0; i < 4; i++) { atomicAdd(&sum[i], x[id.x][i]); }
}`;

describe('openWasmRuntime', () => {
  it('gives the same bits for any number of threads', async () => {
    const n = 5000;
    const results: string[] = [];
    for (const threads of [1, 2, 3, 4]) {
      const runtime = await open({ threads });
      expect(runtime.threads).toBe(threads);
      const kernel = runtime.prepare({ name: 'uneven', wgsl: UNEVEN });
      const x = runtime.createBuffer(4 * n);
      const y = runtime.createBuffer(4 * n);
      runtime.write(
        x,
        0,
        Float32Array.from({ length: n }, (_, i) => i / 100),
      );
      for (let i = 0; i < 3; i++) {
        runtime.submit([{ kernel, buffers: [whole(x), whole(y)], workgroups: [n / 4, 1, 1] }]);
        await new Promise((resolve) => setTimeout(resolve, 20)); // lets the workers join
      }
      results.push(Buffer.from(await runtime.read(y, 0, y.bytes)).toString('base64'));
    }
    expect(new Set(results).size).toBe(1);
  });

  it('prepares one text for several entry points and override values', async () => {
    const wgsl = `
@id(3) override scale: i32;
override offset = 1i;
@group(0) @binding(0) var<storage, read_write> y: array<i32>;
@compute @workgroup_size(1) fn first() { y[0] = scale * 10 + offset; }
@compute @workgroup_size(1) fn second() { y[1] = scale + offset; }`;
    const runtime = await open({ threads: 1 });
    const source = (entryPoint: string, overrides: Record<string, number>) => ({
      name: entryPoint,
      wgsl,
      entryPoint,
      overrides,
    });
    const kernels = [
      runtime.prepare(source('first', { 3: 7 })),
      runtime.prepare(source('second', { 3: 5, offset: 100 })),
    ];
    expect(runtime.prepare(source('first', { 3: 7 }))).toBe(kernels[0]);
    expect(runtime.prepare(source('first', { 3: 8 }))).not.toBe(kernels[0]);
    const y = runtime.createBuffer(8);
    runtime.submit(
      kernels.map((kernel) => ({ kernel, buffers: [whole(y)], workgroups: [1, 1, 1] as const })),
    );
    expect([...new Int32Array(await runtime.read(y, 0, 8))]).toEqual([71, 105]);
    expect(() => runtime.prepare(source('first', {}))).toThrow("kernel 'first'");
  });

  it('keeps the order of dependent dispatches, with more threads than cores', async () => {
    const runtime = await open({ threads: 4 });
    const kernel = runtime.prepare({ name: 'increment', wgsl: INCREMENT });
    const sum = runtime.prepare({ name: 'sum', wgsl: SUM });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const n = 4096;
    const [a, b] = [runtime.createBuffer(16 * n, 'a'), runtime.createBuffer(16 * n, 'b')];
    const total = runtime.createBuffer(16, 'total');
    const list: RuntimeDispatch[] = [];
    for (let i = 0; i < 60; i++) {
      const [from, to] = i % 2 ? [b, a] : [a, b];
      // Every size of dispatch: those too small to share, and those of many pieces.
      const size = i % 3 === 0 ? n : [n, 1, 3][i % 3];
      list.push({ kernel, buffers: [whole(from), whole(to)], workgroups: [size, 1, 1] });
      if (size !== n) list.push({ kernel, buffers: [whole(from), whole(to)], workgroups: [n, 1, 1] });
    }
    list.push({ kernel: sum, buffers: [whole(a), whole(total)], workgroups: [n, 1, 1] });
    const recorded = runtime.record(list);
    for (let round = 1; round <= 40; round++) {
      runtime.write(total, 0, new Uint32Array(4));
      runtime.submit(recorded);
      if (round % 10 === 0) await runtime.synchronize();
      const got = new Uint32Array(await runtime.read(total, 0, 16));
      expect(Array.from(got)).toEqual(new Array(4).fill((round * 60 * n) >>> 0));
    }
    const elements = new Uint32Array(await runtime.read(a, 0, a.bytes));
    expect(elements.every((value) => value === 2400)).toBe(true);
    recorded.destroy();
    expect(() => runtime.submit(recorded)).toThrow('recorded list is destroyed');
  });

  it('runs every workgroup once, from whichever end threads take them', async () => {
    const most = 4000;
    for (const threads of [2, 3]) {
      const runtime = await open({ threads });
      await runtime.workersStarted();
      const kernel = runtime.prepare({ name: 'count', wgsl: COUNT });
      const buffer = runtime.createBuffer(4 * most);
      const expected = new Uint32Array(most);
      let state = threads;
      for (let list = 0; list < 40; list++) {
        const dispatches = Array.from({ length: 20 }, (): RuntimeDispatch => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          const workgroups = 1 + ((state >>> 8) % most);
          for (let i = 0; i < workgroups; i++) expected[i]++;
          return { kernel, buffers: [whole(buffer)], workgroups: [workgroups, 1, 1] };
        });
        runtime.submit(dispatches);
      }
      expect(new Uint32Array(await runtime.read(buffer, 0, 4 * most))).toEqual(expected);
    }
  });

  it('goes on later when another thread holds the last piece for long', async () => {
    const runtime = await open({ threads: 3 });
    // Workgroup 0 takes no time, the others some 300 ms: whoever has it waits for the rest.
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var h = id.x;
  let n = select(0u, 150000000u, id.x > 0u);
  for (var i = 0u; i < n; i++) { h = h * 1664525u + 1013904223u; }
  y[id.x] = h + 1u;
}`;
    const kernel = runtime.prepare({ name: 'slow', wgsl });
    const copy = runtime.prepare({ name: 'increment', wgsl: INCREMENT });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const y = runtime.createBuffer(16, 'y');
    const z = runtime.createBuffer(16, 'z');
    // Enough workgroups for several pieces would take too long here: the pieces are set by hand.
    const recorded = runtime.record([{ kernel, buffers: [whole(y)], workgroups: [3, 1, 1] }]);
    const { space } = runtime as unknown as { space: { words: Int32Array } };
    const entry = (recorded as unknown as { address: number }).address >> 2;
    space.words[entry + 2] = 3;
    space.words[entry + 3] = 1;
    runtime.submit(recorded);
    runtime.submit([{ kernel: copy, buffers: [whole(y), whole(z)], workgroups: [1, 1, 1] }]);
    const [first, second] = await Promise.all([runtime.read(y, 0, 16), runtime.read(z, 0, 16)]);
    const step = (h: number, n: number) => {
      let x = h;
      for (let i = 0; i < n; i++) x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
      return (x + 1) >>> 0;
    };
    const expected = [1, step(1, 150_000_000), step(2, 150_000_000), 0];
    expect(Array.from(new Uint32Array(first))).toEqual(expected);
    expect(Array.from(new Uint32Array(second))).toEqual(expected.map((value) => (value + 1) >>> 0));
  });

  it('orders writes, submits and reads', async () => {
    const runtime = await open({ threads: 2 });
    const kernel = runtime.prepare({ name: 'increment', wgsl: INCREMENT });
    const [x, y] = [runtime.createBuffer(64), runtime.createBuffer(64)];
    const list: RuntimeDispatch[] = [{ kernel, buffers: [whole(x), whole(y)], workgroups: [4, 1, 1] }];
    runtime.submit(list);
    runtime.write(x, 16, Uint32Array.of(10, 20, 30, 40));
    const before = runtime.read(y, 0, 64);
    expect(Array.from(new Uint32Array(await before)).slice(3, 6)).toEqual([1, 1, 1]);
    runtime.submit(list);
    expect(Array.from(new Uint32Array(await runtime.read(y, 16, 16)))).toEqual([11, 21, 31, 41]);
  });

  it('binds parts of buffers and makes the length of arrays from them', async () => {
    const runtime = await open({ threads: 1 });
    const wgsl = `
@group(0) @binding(0) var<storage, read_write> x: array<vec4<u32>>;
@compute @workgroup_size(1) fn main() { x[0] = vec4(arrayLength(&x)); }`;
    const kernel = runtime.prepare({ name: 'length', wgsl });
    expect(runtime.prepare({ name: 'again', wgsl })).toBe(kernel);
    const buffer = runtime.createBuffer(256);
    runtime.submit([{ kernel, buffers: [{ buffer, offset: 32, size: 80 }], workgroups: [1, 1, 1] }]);
    const words = new Uint32Array(await runtime.read(buffer, 0, 256));
    expect(Array.from(words.subarray(0, 16))).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 5, 5, 5, 5, 0, 0, 0, 0]);
  });

  it('counts buffers and gives their memory back as zeros', async () => {
    const runtime = await open({ threads: 1 });
    for (let round = 0; round < 40; round++) {
      const buffers = [1 << 20, 4, 12345].map((bytes) => runtime.createBuffer(bytes));
      expect(runtime.bytesInUse).toBe((1 << 20) + 4 + 12345);
      expect(runtime.bufferCount).toBe(3);
      for (const buffer of buffers) {
        expect(buffer.address % 64).toBe(0);
        const bytes = new Uint8Array(await runtime.read(buffer, 0, buffer.bytes));
        expect(bytes.every((byte) => byte === 0)).toBe(true);
        runtime.write(buffer, 0, new Uint8Array(buffer.bytes).fill(255));
      }
      for (const buffer of buffers) runtime.destroyBuffer(buffer);
    }
    expect(runtime.bytesInUse).toBe(0);
    expect(runtime.bufferCount).toBe(0);
    // Forty megabytes were asked for in turn; one is enough.
    expect(runtime.createBuffer(4).address).toBeLessThan(8 << 20);
  });

  it('says what is wrong with a call', async () => {
    const runtime = await open({ threads: 1 });
    expect(() => runtime.createBuffer(0)).toThrow('positive whole number of bytes');
    expect(() => runtime.createBuffer(5 * 2 ** 30, 'huge')).toThrow('out of memory');
    const buffer = runtime.createBuffer(64, 'weights');
    expect(() => runtime.write(buffer, 60, new Uint8Array(8))).toThrow(
      /bytes 60 to 68.*'weights' of 64 bytes/,
    );
    await expect(runtime.read(buffer, 0, 65)).rejects.toThrow(/'weights' of 64 bytes/);
    const kernel = runtime.prepare({ name: 'increment', wgsl: INCREMENT });
    const dispatch = { kernel, buffers: [whole(buffer)], workgroups: [1, 1, 1] as const };
    expect(() => runtime.submit([dispatch])).toThrow(/'increment' needs 2 buffers \(x, y\) but was given 1/);
    const odd = { buffer, offset: 4, size: 16 };
    expect(() => runtime.submit([{ ...dispatch, buffers: [odd, odd] }])).toThrow('not a multiple of 16');
    const target = runtime.createBuffer(64, 'target');
    const short = { ...dispatch, buffers: [whole(buffer), { buffer: target, offset: 0, size: 12 }] };
    expect(() => runtime.submit([short])).toThrow(
      "'increment', binding 'y': 12 bytes are bound, and its type needs 16",
    );
    for (const workgroups of [
      [65536, 65536, 1],
      [2 ** 32, 1, 1],
      [1.5, 1, 1],
      [-1, 1, 1],
      [Number.NaN, 1, 1],
    ] as const) {
      const bound = [whole(buffer), whole(target)];
      expect(() => runtime.record([{ kernel, buffers: bound, workgroups }])).toThrow(/'increment': .*2\^32/);
    }
    const twice = [whole(buffer), { buffer, offset: 48, size: 16 }];
    expect(() => runtime.record([{ ...dispatch, buffers: twice }])).toThrow(
      "'increment' writes to 'y', so the same part of the buffer 'weights' cannot be bound to 'x' too",
    );
    const recorded = runtime.record([{ ...dispatch, buffers: [whole(buffer), whole(target)] }]);
    runtime.destroyBuffer(buffer);
    expect(() => runtime.submit(recorded)).toThrow("'weights' of the recorded list is destroyed");
    expect(() => runtime.prepare({ name: 'broken', wgsl: 'fn (' })).toThrow(/kernel 'broken'/);
    await expect(openWasmRuntime({ threads: 0 })).rejects.toThrow('threads must be');
    await expect(openWasmRuntime({ operationLimit: Number.NaN })).rejects.toThrow('operationLimit must be');
    await expect(openWasmRuntime({ startTimeout: 0 })).rejects.toThrow('startTimeout must be');
  });
});
