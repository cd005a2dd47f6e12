/**
 * Kernels that need rare parts of the compiler before these are loaded, as in a page: what is asked for waits for them,
 * and happens in its order. Each test has modules of its own, in which nothing is loaded yet.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RuntimeBuffer, RuntimeDispatch, RuntimeKernel, WasmRuntime } from '../../src/index.ts';

/** Each workgroup reverses its four numbers: what one invocation writes, another one reads. */
const REVERSE = `
var<workgroup> kept: array<u32, 4>;
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(4) fn main(
  @builtin(global_invocation_id) id: vec3<u32>,
  @builtin(local_invocation_index) at: u32,
) {
  kept[at] = x[id.x];
  workgroupBarrier();
  x[id.x] = kept[3u - at];
}`;
const ADD_ONE = `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { x[id.x] += 1u; }`;
const MISSPELT = ADD_ONE.replace('+= 1u', '= mni(x[id.x], 1u)');

afterEach(() => {
  vi.doUnmock('../../src/complete.ts');
});

async function fresh(): Promise<{ runtime: WasmRuntime; buffer: RuntimeBuffer }> {
  vi.resetModules();
  const { WasmRuntime: Runtime } = await import('../../src/runtime/runtime.ts');
  const { features } = await import('../../src/runtime/features.ts');
  const runtime = new Runtime(1, features());
  const buffer = runtime.createBuffer(16);
  runtime.write(buffer, 0, Uint32Array.of(1, 2, 3, 4));
  return { runtime, buffer };
}

const over = (kernel: RuntimeKernel, buffer: RuntimeBuffer, count: number): RuntimeDispatch => ({
  kernel,
  buffers: [{ buffer, offset: 0, size: buffer.bytes }],
  workgroups: [count, 1, 1],
});
const values = async (runtime: WasmRuntime, buffer: RuntimeBuffer) => [
  ...new Uint32Array(await runtime.read(buffer, 0, buffer.bytes)),
];

describe('kernels that need parts of the compiler that are not loaded', () => {
  it('run in their turn, with writes and other kernels before and after them', async () => {
    const { runtime, buffer } = await fresh();
    const reverse = runtime.prepare({ name: 'reverse', wgsl: REVERSE });
    const addOne = runtime.prepare({ name: 'add one', wgsl: ADD_ONE });
    expect(() => reverse.compiled).toThrow(/not compiled yet/);
    expect(runtime.prepare({ name: 'reverse', wgsl: REVERSE })).toBe(reverse);
    runtime.submit([over(addOne, buffer, 4), over(reverse, buffer, 1)]);
    const first = values(runtime, buffer);
    runtime.submit([over(addOne, buffer, 1)]);
    runtime.write(buffer, 12, Uint32Array.of(9));
    const list = runtime.record([over(reverse, buffer, 1), over(addOne, buffer, 0), over(addOne, buffer, 4)]);
    expect(list.length).toBe(2);
    runtime.submit(list);
    runtime.submit(list);
    list.destroy();
    expect(await first).toEqual([5, 4, 3, 2]);
    expect(await values(runtime, buffer)).toEqual([8, 6, 5, 11]);
    expect(reverse.compiled.hasBarrier).toBe(true);
    await runtime.destroy();
  });

  it('leave no memory behind', async () => {
    const { runtime, buffer } = await fresh();
    const reverse = runtime.prepare({ name: 'reverse', wgsl: REVERSE });
    const temporary = runtime.createBuffer(16);
    runtime.submit([over(reverse, temporary, 1)]);
    const read = values(runtime, temporary);
    runtime.destroyBuffer(temporary);
    expect(() => runtime.submit([over(reverse, temporary, 1)])).toThrow(/is destroyed/);
    expect(await read).toEqual([0, 0, 0, 0]);
    expect(runtime.bufferCount).toBe(1);
    expect(() => runtime.submit([over(reverse, temporary, 1)])).toThrow(/is destroyed/);
    expect(await values(runtime, buffer)).toEqual([1, 2, 3, 4]);
    await runtime.destroy();
  });

  it('say what is wrong with the next read, in the words of the whole compiler', async () => {
    const { runtime, buffer } = await fresh();
    const wrong = runtime.prepare({ name: 'wrong', wgsl: MISSPELT });
    runtime.submit([over(wrong, buffer, 4)]);
    const list = runtime.record([over(wrong, buffer, 4)]);
    const message = /kernel 'wrong': 3:.*unresolved function or type 'mni'; did you mean 'min'\?/;
    await expect(runtime.read(buffer, 0, 16)).rejects.toThrow(message);
    // From now on all is known at once.
    expect(() => runtime.submit([over(wrong, buffer, 4)])).toThrow(message);
    runtime.submit(list);
    await expect(runtime.synchronize()).rejects.toThrow(message);
    expect(() => runtime.prepare({ name: 'again', wgsl: `${MISSPELT} ` })).toThrow(/'again': 3:/);
    const reverse = runtime.prepare({ name: 'reverse', wgsl: REVERSE });
    runtime.submit([over(reverse, buffer, 1)]);
    expect(await values(runtime, buffer)).toEqual([4, 3, 2, 1]);
    await runtime.destroy();
  });

  it('end the runtime if the parts cannot be loaded', async () => {
    vi.doMock('../../src/complete.ts', () => {
      throw new Error('offline');
    });
    const { runtime, buffer } = await fresh();
    runtime.submit([over(runtime.prepare({ name: 'reverse', wgsl: REVERSE }), buffer, 1)]);
    await expect(runtime.read(buffer, 0, 16)).rejects.toThrow(
      /a part of the compiler could not be loaded \(.*\); open a new runtime/,
    );
    expect(() => runtime.createBuffer(16)).toThrow(/could not be loaded/);
    await runtime.destroy();
  });

  it('are none of this project for CPUs', { timeout: 60_000 }, async () => {
    vi.resetModules();
    const { compileKernel } = await import('../../src/compile.ts');
    const { RarePartsMissing } = await import('../../src/rare.ts');
    expect(() => compileKernel(REVERSE)).toThrow(RarePartsMissing);
    const folder = join(import.meta.dirname, '../../../wgsl-kernels/wgsl');
    // Workgroup memory is for GPUs.
    const files = globSync('**/*.wgsl', { cwd: folder }).filter((file) => !/Workgroup/.test(file));
    expect(files.length).toBeGreaterThan(100);
    for (const file of files) {
      const text = readFileSync(join(folder, file), 'utf8');
      expect(() => compileKernel(text), file).not.toThrow();
    }
  });
});
