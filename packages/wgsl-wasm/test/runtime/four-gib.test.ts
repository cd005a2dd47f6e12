/**
 * Addresses of 32 bits: buffers above 2 GiB, where they are negative as signed numbers, and up to the last bytes of 4
 * GiB. Memory that nobody touches costs nothing.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { openWasmRuntime, type RuntimeBuffer, type WasmRuntime } from '../../src/index.ts';

const GIB = 2 ** 30;
/** Bytes that every buffer keeps free after it. */
const GAP = 256;

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

/** Buffers that nobody uses, so that memory never used before starts at the address (a multiple of 64). */
function fillUpTo(runtime: WasmRuntime, address: number): void {
  const { space } = runtime as unknown as { space: { pool: { highest: number } } };
  let left = address - space.pool.highest;
  while (left > 0) {
    const bytes = left > GIB + 2 * GAP ? GIB : left;
    runtime.createBuffer(bytes - GAP);
    left -= bytes;
  }
}

/**
 * Vectors, words, atomics, arrayLength, workgroup memory with a barrier, a variable in scratch memory, and an early
 * return.
 */
const MIXED = `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> total: array<atomic<u32>>;
var<workgroup> tile: array<f32, 4>;
@compute @workgroup_size(4)
fn main(@builtin(local_invocation_index) l: u32, @builtin(global_invocation_id) id: vec3<u32>) {
  tile[l] = x[id.x].y;
  workgroupBarrier();
  var kept: array<f32, 5>;
  for (var i = 0u; i < 4u; i++) { kept[(i + l) % 5u] = tile[i]; }
  if (id.x + 1u == arrayLength(&x)) { atomicAdd(&total[1], arrayLength(&y)); }
  y[id.x] = x[id.x] * 2.0 + vec4(kept[(2u + l) % 5u], f32(l), x[id.x ^ 1u].zw);
  atomicAdd(&total[0], id.x);
}`;

const CLEAR = `
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = 0u; }`;

const COPY = `
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = x[id.x]; }`;

const SCATTER = `
@group(0) @binding(0) var<storage, read_write> y: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  y[id.x + 63u] = 5u;
}`;

/** The results of several kernels over small buffers, made wherever the runtime has room. */
async function results(runtime: WasmRuntime, n: number): Promise<{ values: number[][]; first: number }> {
  const x = runtime.createBuffer(16 * n, 'x');
  const y = runtime.createBuffer(16 * n, 'y');
  const total = runtime.createBuffer(16, 'total');
  const copy = runtime.createBuffer(16 * n, 'copy');
  runtime.write(
    x,
    0,
    Float32Array.from({ length: 4 * n }, (_, i) => (i * 37) % 101),
  );
  runtime.write(copy, 0, new Uint8Array(copy.bytes).fill(255));
  const prepare = (name: string, wgsl: string) => runtime.prepare({ name, wgsl });
  const [mixed, clear, copying] = [prepare('mixed', MIXED), prepare('clear', CLEAR), prepare('copy', COPY)];
  const list = [
    { kernel: mixed, buffers: [whole(x), whole(y), whole(total)], workgroups: [n / 4, 1, 1] as const },
    { kernel: clear, buffers: [{ buffer: copy, offset: 64, size: 64 }], workgroups: [16, 1, 1] as const },
    { kernel: copying, buffers: [whole(y), whole(copy)], workgroups: [n / 2, 1, 1] as const },
  ];
  const recorded = runtime.record(list);
  runtime.submit(recorded);
  runtime.submit(list);
  const values = [];
  for (const buffer of [y, total, copy]) {
    values.push(Array.from(new Uint32Array(await runtime.read(buffer, 0, buffer.bytes))));
  }
  const part = await runtime.read(y, 16, 32);
  expect(Array.from(new Uint32Array(part))).toEqual(values[0].slice(4, 12));
  return { values, first: x.address };
}

for (const threads of [1, 3]) {
  for (const debug of [false, true]) {
    describe(`${threads} threads${debug ? ', debug mode' : ''}`, () => {
      it('gives the same bits below 2 GiB, above it, and below 4 GiB', async () => {
        const runtime = await open({ threads, debug });
        const n = 4096;
        const low = await results(runtime, n);
        for (const [i, address] of [2 * GIB - 16 * n, 2 * GIB + 64, 3.9 * GIB].entries()) {
          fillUpTo(runtime, Math.floor(address / 64) * 64);
          // Scratch memory, with the note that a trap leaves, moves up there too.
          const big = `var<private> big: array<u32, ${2000 + 1000 * i}>;`;
          const wgsl = `${big} const T = array<u32, 9>(41, 42, 43, 44, 45, 46, 47, 48, 49);
${SCATTER.replace('5u', 'big[id.x % 7u] + T[(id.x + arrayLength(&y)) % 9u]')}`;
          const kernel = runtime.prepare({ name: `at ${address}`, wgsl });
          const y = runtime.createBuffer(256);
          runtime.submit([{ kernel, buffers: [whole(y)], workgroups: [1, 1, 1] }]);
          expect(Array.from(new Uint32Array(await runtime.read(y, 248, 8)))).toEqual([0, 42]);
          if (debug) {
            runtime.submit([{ kernel, buffers: [whole(y)], workgroups: [2, 1, 1] }]);
            await expect(runtime.synchronize()).rejects.toThrow(
              `kernel 'at ${address}' accesses element 64 of 'y', which has 64, at 5:`,
            );
          }
          const high = await results(runtime, n);
          expect(high.first).toBeGreaterThanOrEqual(Math.floor(address / 64) * 64);
          expect(high.values).toEqual(low.values);
        }
      });

      it('uses the last bytes of 4 GiB, and says what there is when no more are', async () => {
        const runtime = await open({ threads, debug });
        const scatter = runtime.prepare({ name: 'scatter', wgsl: SCATTER });
        const other = runtime.createBuffer(256);
        runtime.submit([{ kernel: scatter, buffers: [whole(other)], workgroups: [1, 1, 1] }]);
        await runtime.synchronize();
        fillUpTo(runtime, 4 * GIB - 256 - GAP);
        const last = runtime.createBuffer(256, 'last');
        expect(last.address + last.bytes + GAP).toBe(4 * GIB);
        runtime.submit([{ kernel: scatter, buffers: [whole(last)], workgroups: [1, 1, 1] }]);
        const words = new Uint32Array(await runtime.read(last, 0, 256));
        expect(Array.from(words)).toEqual([...new Array(63).fill(0), 5]);
        expect(() => runtime.createBuffer(1 << 20, 'too much')).toThrow(
          new RegExp(
            String.raw`out of memory: .*would have to be 4296016128 bytes \(4\.00 GiB\), and ends at ` +
              '4294967296 bytes.*free.*destroy buffers',
          ),
        );
        // In use as before.
        runtime.submit([{ kernel: scatter, buffers: [whole(last)], workgroups: [debug ? 2 : 1, 1, 1] }]);
        if (!debug) return;
        await expect(runtime.read(last, 0, 4)).rejects.toThrow(
          "kernel 'scatter' accesses element 64 of 'y', which has 64, at 4:",
        );
      });

      it('has buffers of more than 2 GiB, and takes parts of them', async () => {
        const runtime = await open({ threads, debug });
        const bytes = 3 * GIB + 1024;
        const buffer = runtime.createBuffer(bytes, 'huge');
        const wgsl = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let n = arrayLength(&y);
  let at = n - 1u - id.x;
  y[at] = vec4(at, n, y[at].w + 1u, y[n / 2u + id.x].x);
  out[id.x] = y[at].x + y[at].z;
}`;
        const kernel = runtime.prepare({ name: 'far', wgsl });
        const out = runtime.createBuffer(4 * 64);
        runtime.write(buffer, bytes - 16, Uint32Array.of(0, 0, 0, 9));
        runtime.submit([{ kernel, buffers: [whole(buffer), whole(out)], workgroups: [64, 1, 1] }]);
        const n = bytes / 16;
        expect(Array.from(new Uint32Array(await runtime.read(buffer, bytes - 32, 32)))).toEqual([
          ...[n - 2, n, 1, 0],
          ...[n - 1, n, 10, 0],
        ]);
        // Only its end is bound.
        const offset = bytes - 1024;
        runtime.submit([
          { kernel, buffers: [{ buffer, offset, size: 1024 }, whole(out)], workgroups: [16, 1, 1] },
        ]);
        const expected = Array.from({ length: 64 }, (_, i) => (i < 16 ? 63 - i + 1 : (n - 1 - i + 1) >>> 0));
        expect(Array.from(new Uint32Array(await runtime.read(out, 0, 256)))).toEqual(expected);
        expect(runtime.bytesInUse).toBe(bytes + 256);
      });
    });
  }
}
