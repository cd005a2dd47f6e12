import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { openWasmRuntime, type RuntimeBuffer, type WasmRuntime } from '../../src/index.ts';
import { CLAIM } from '../../src/runtime/layout.ts';

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

const SCATTER = `
@group(0) @binding(0) var<storage, read> at: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  out[at[id.x]] = id.x;
}`;

describe('a kernel that accesses memory out of bounds', () => {
  for (const threads of [1, 3]) {
    it(`in debug mode names kernel, buffer and index (${threads} threads), and the runtime goes on`, async () => {
      const runtime = await open({ threads, debug: true });
      const kernel = runtime.prepare({ name: 'scatter', wgsl: SCATTER });
      const at = runtime.createBuffer(4 * 6000, 'at');
      const out = runtime.createBuffer(4 * 6000, 'out');
      const indices = Uint32Array.from({ length: 6000 }, (_, i) => i);
      indices[4321] = 6000;
      runtime.write(at, 0, indices);
      const list = [{ kernel, buffers: [whole(at), whole(out)], workgroups: [6000, 1, 1] as const }];
      for (let round = 0; round < 5; round++) {
        runtime.submit(list);
        await expect(runtime.read(out, 0, 4)).rejects.toThrow(
          "kernel 'scatter' accesses element 6000 of 'out', which has 6000, at 5:",
        );
        await new Promise((resolve) => setTimeout(resolve, 20)); // lets the workers join
      }
      indices[4321] = 4321;
      runtime.write(at, 0, indices);
      runtime.submit(list);
      const result = new Uint32Array(await runtime.read(out, 0, out.bytes));
      expect(result.every((value, i) => value === i)).toBe(true);
    });
  }

  it('without debug mode rejects with the kernel when it leaves the memory', async () => {
    const runtime = await open({ threads: 1 });
    const kernel = runtime.prepare({ name: 'scatter', wgsl: SCATTER });
    const at = runtime.createBuffer(16, 'at');
    const out = runtime.createBuffer(16, 'out');
    runtime.write(at, 0, Uint32Array.of(0x3000_0000));
    runtime.submit([{ kernel, buffers: [whole(at), whole(out)], workgroups: [1, 1, 1] }]);
    // What follows is skipped until the failure was reported.
    runtime.submit([{ kernel, buffers: [whole(at), whole(out)], workgroups: [1, 1, 1] }]);
    await expect(runtime.synchronize()).rejects.toThrow(
      /kernel 'scatter' accesses memory far outside.*debug: true/,
    );
    await runtime.synchronize();
  });
});

describe('threads', () => {
  it('a worker that dies rejects what is pending and what comes later', async () => {
    const runtime = await open({ threads: 2 });
    const kernel = runtime.prepare({ name: 'scatter', wgsl: SCATTER });
    const buffer = runtime.createBuffer(1 << 16);
    await runtime.synchronize(); // the worker has started
    const { team } = runtime as unknown as { team: { threads: { terminate(): Promise<void> }[] } };
    await team.threads[0].terminate();
    await expect(runtime.read(buffer, 0, 4)).rejects.toThrow('worker thread 1 died');
    expect(() =>
      runtime.submit([{ kernel, buffers: [whole(buffer), whole(buffer)], workgroups: [1, 1, 1] }]),
    ).toThrow('worker thread 1 died');
  });

  it('a worker that dies with a piece of work in its hands rejects what waits for it', async () => {
    const runtime = await open({ threads: 2 });
    // Slow enough that the list cannot be done before the piece is taken away.
    const slow =
      'var h = id.x; for (var i = 0u; i < 100000u; i++) { h = h * 1664525u + 1u; } out[at[id.x]] = h;';
    const wgsl = SCATTER.replace('out[at[id.x]] = id.x;', slow);
    const kernel = runtime.prepare({ name: 'scatter', wgsl });
    const at = runtime.createBuffer(4 * 6000);
    const out = runtime.createBuffer(4 * 6000);
    await runtime.synchronize(); // the worker has started
    const { team, executor, space } = runtime as unknown as {
      team: { threads: { terminate(): Promise<void> }[] };
      executor: { scheduler: Record<string, (entry: number) => void> };
      space: { words: Int32Array };
    };
    const { open: openList, ...others } = executor.scheduler;
    executor.scheduler = {
      ...others,
      open(entry) {
        openList(entry);
        // As if the worker had claimed the first piece and never came back.
        Atomics.add(space.words, CLAIM >> 2, 1);
      },
    };
    runtime.submit([{ kernel, buffers: [whole(at), whole(out)], workgroups: [1500, 1, 1] }]);
    runtime.write(out, 0, Uint32Array.of(1)); // waits in the queue
    const pending = expect(runtime.read(out, 0, 4)).rejects.toThrow('worker thread 1 died');
    await team.threads[0].terminate();
    await pending;
    await expect(runtime.synchronize()).rejects.toThrow('worker thread 1 died');
  });

  it('a caller that never pauses gets its memory back, though a list was held up', async () => {
    const runtime = await open({ threads: 1 });
    const kernel = runtime.prepare({ name: 'scatter', wgsl: SCATTER });
    const { executor, space } = runtime as unknown as {
      executor: { work(mail: number, maySleep: boolean): number };
      space: { memory: WebAssembly.Memory };
    };
    // As if a worker that the system does not run held the first list's last piece, for three looks of the main thread.
    const work = executor.work.bind(executor);
    let held = 3;
    executor.work = (mail, maySleep) => (held-- > 0 ? 1 : work(mail, maySleep));
    let most = 0;
    let last = runtime.createBuffer(65536);
    for (let pass = 0; pass < 4000; pass++) {
      const at = runtime.createBuffer(65536);
      runtime.submit([{ kernel, buffers: [whole(at), whole(last)], workgroups: [16, 1, 1] }]);
      runtime.destroyBuffer(last);
      last = at;
      most = Math.max(most, space.memory.buffer.byteLength);
    }
    expect(held).toBeLessThan(0);
    expect(most).toBeLessThan(100 * 2 ** 20); // 250 MiB in all
    await runtime.synchronize();
    await runtime.destroy();
  });

  it('a list that is held up is waited for where only memory that it frees is enough', async () => {
    const runtime = await open({ threads: 1 });
    const kernel = runtime.prepare({ name: 'scatter', wgsl: SCATTER });
    const { executor } = runtime as unknown as {
      executor: { work(mail: number, maySleep: boolean): number };
    };
    const work = executor.work.bind(executor);
    let held = 3;
    executor.work = (mail, maySleep) => (held-- > 0 ? 1 : work(mail, maySleep));
    const mib = 2 ** 20;
    const out = runtime.createBuffer(64);
    runtime.createBuffer(2 ** 32 - 128 * mib, 'most of the memory'); // nobody touches it: it takes none
    const large = runtime.createBuffer(64 * mib, 'large');
    const [at, to] = [large, out].map((buffer) => ({ buffer, offset: 0, size: 64 }));
    runtime.submit([{ kernel, buffers: [at, to], workgroups: [16, 1, 1] }]);
    runtime.destroyBuffer(large);
    expect(runtime.createBuffer(64 * mib, 'in its place').address).toBe(large.address);
    expect(() => runtime.createBuffer(64 * mib, 'too much')).toThrow('out of memory');
    await runtime.destroy();
  });

  const index = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
  const run = (script: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module-typescript', '-e', script], {
      timeout: 20_000,
    });
  const start = `
    import { openWasmRuntime } from ${JSON.stringify(index)};
    const runtime = await openWasmRuntime({ threads: 3 });
    const kernel = runtime.prepare({ name: 'k', wgsl: ${JSON.stringify(SCATTER)} });
    const buffer = runtime.createBuffer(65536);
    const all = { buffer, offset: 0, size: 65536 };
    const other = runtime.createBuffer(65536);
    runtime.submit([{ kernel, buffers: [all, { ...all, buffer: other }], workgroups: [16384, 1, 1] }]);
    await new Promise((resolve) => setTimeout(resolve, 100));
  `;

  it('the process ends by itself after destroy, and without it', async () => {
    const ended = await Promise.all([
      run(`${start} await runtime.destroy(); console.log('destroyed');`),
      run(`${start} console.log('left open');`),
    ]);
    expect(ended.map((result) => result.stdout.trim())).toEqual(['destroyed', 'left open']);
  });

  it('a failed process ends too', async () => {
    await expect(run(`${start} throw new Error('on purpose');`)).rejects.toThrow('on purpose');
  });
});
