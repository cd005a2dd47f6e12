/**
 * Speed of the compiler and the runtime, one JSON object a line:
 * `node packages/wgsl-wasm/bench/run.ts [matmul|elementwise|compile|dispatch ...]`
 *
 * Times are medians of wall time; on a busy machine `cpu` (processor time of the main thread, one thread only) is the figure to trust.
 */

import { compileKernel } from '../src/compile.ts';
import { type Dispatch, openRuntime, type RuntimeBuffer, type WasmRuntime } from '../src/index.ts';
import { matmulKernel } from './matmul.ts';
import { measurePeak } from './peak.ts';

const print = (row: object) => console.log(JSON.stringify(row));
const whole = (buffer: RuntimeBuffer) => ({ buffer, offset: 0, size: buffer.bytes });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Processor milliseconds of this thread. */
function threadTime(): number {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage)();
  return (user + system) / 1000;
}

interface Timing {
  readonly median: number;
  readonly best: number;
  /** Milliseconds of processor time a run. */
  readonly cpu: number;
}

/** Milliseconds of `run`, warm: the engine has replaced its first code by optimised code. */
async function time(run: () => void, runs: number): Promise<Timing> {
  for (let i = 0; i < 30; i++) {
    run();
    if (i % 3 === 0) await pause(2);
  }
  const times: number[] = [];
  const start = threadTime();
  for (let i = 0; i < runs; i++) {
    const before = performance.now();
    run();
    times.push(performance.now() - before);
  }
  const cpu = (threadTime() - start) / runs;
  times.sort((a, b) => a - b);
  return { median: times[runs >> 1], best: times[0], cpu };
}

function filled(runtime: WasmRuntime, count: number, value: (i: number) => number): RuntimeBuffer {
  const buffer = runtime.createBuffer(4 * count);
  runtime.write(
    buffer,
    0,
    Float32Array.from({ length: count }, (_, i) => value(i)),
  );
  return buffer;
}

async function matmul(): Promise<void> {
  const [N, K, rows, columns] = [512, 512, 6, 2];
  const M = 510; // the multiple of 6 next to 512
  const flop = 2 * M * N * K;
  for (const threads of [1, 2]) {
    const peak = measurePeak();
    const runtime = await openRuntime({ threads });
    const kernel = runtime.prepare({ name: 'matmul', wgsl: matmulKernel(N, K, rows, columns) });
    const x = filled(runtime, M * K, (i) => (i % 13) / 13);
    const w = filled(runtime, K * N, (i) => (i % 17) / 17);
    const y = runtime.createBuffer(4 * M * N);
    const workgroups = [M / rows, N / 4 / columns, 1] as const;
    const list = runtime.record([{ kernel, buffers: [whole(x), whole(w), whole(y)], workgroups }]);
    await pause(200);
    const { median, best, cpu } = await time(() => runtime.submit(list), 100);
    const gflops = (ms: number) => Math.round(flop / ms / 1e5) / 10;
    print({
      bench: 'matmul 512^3',
      threads,
      gflops: gflops(median),
      best: gflops(best),
      ...(threads === 1 && {
        gflopsByCpuTime: gflops(cpu),
        ofPeak: Math.round((flop / cpu / 1e6 / peak) * 100) / 100,
      }),
      peakOfOneThread: Math.round(peak * 10) / 10,
    });
    await runtime.destroy();
  }
}

async function elementwise(): Promise<void> {
  const n = 1 << 16;
  const runtime = await openRuntime({ threads: 1 });
  const x = filled(runtime, n, (i) => (i % 1000) / 100 + 0.01);
  const y = runtime.createBuffer(4 * n);
  const data = Float32Array.from({ length: n }, (_, i) => (i % 1000) / 100 + 0.01);
  const result = new Float32Array(n);
  const rival: Record<string, () => void> = {
    exp: () => {
      for (let i = 0; i < n; i++) result[i] = Math.exp(data[i]);
    },
    log: () => {
      for (let i = 0; i < n; i++) result[i] = Math.log(data[i]);
    },
  };
  for (const name of ['exp', 'log', 'tanh', 'sin', 'sqrt', 'copy']) {
    const value = name === 'copy' ? 'x[id.x]' : `${name}(x[id.x])`;
    const wgsl = `
@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) { y[id.x] = ${value}; }`;
    const kernel = runtime.prepare({ name, wgsl });
    const list = runtime.record([{ kernel, buffers: [whole(x), whole(y)], workgroups: [n / 256, 1, 1] }]);
    const { cpu } = await time(() => runtime.submit(list), 2000);
    const ns = (ms: number) => Math.round((ms / n) * 1e8) / 100;
    const script = rival[name] ? await time(rival[name], 150) : null;
    print({
      bench: `elementwise ${name}`,
      nsPerElement: ns(cpu),
      gigabytesPerSecond: Math.round((8 * n) / cpu / 1e4) / 100,
      ...(script && { nsOfMath: ns(script.cpu), timesMath: Math.round((script.cpu / cpu) * 10) / 10 }),
    });
  }
  await runtime.destroy();
}

function compile(): void {
  const times: number[] = [];
  for (let i = 0; i < 60; i++) {
    const source = matmulKernel(512, 512 - 4 * i, 6, 2);
    const before = threadTime();
    const compiled = compileKernel(source);
    new WebAssembly.Module(compiled.wasm);
    times.push(threadTime() - before);
  }
  const mean = (list: number[]) =>
    Math.round((list.reduce((sum, t) => sum + t, 0) / list.length) * 100) / 100;
  print({
    bench: 'compile matmul 6x2',
    firstMs: mean(times.slice(0, 1)),
    nextTenMs: mean(times.slice(1, 11)),
    warmMs: mean(times.slice(30)),
  });
}

async function dispatch(): Promise<void> {
  for (const threads of [1, 2]) {
    const runtime = await openRuntime({ threads });
    const kernel = runtime.prepare({ name: 'empty', wgsl: '@compute @workgroup_size(1) fn main() {}' });
    const list = runtime.record(
      new Array<Dispatch>(50).fill({ kernel, buffers: [], workgroups: [64, 1, 1] }),
    );
    await pause(200);
    const { median, best } = await time(() => runtime.submit(list), 2000);
    const us = (ms: number) => Math.round(ms * 1e4) / 10;
    print({ bench: '50 empty dispatches in one list', threads, medianUs: us(median), bestUs: us(best) });
    await runtime.destroy();
  }
}

const benches: Record<string, () => void | Promise<void>> = { matmul, elementwise, compile, dispatch };
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(benches)) {
  if (!benches[name]) throw new Error(`no benchmark '${name}'; there are ${Object.keys(benches).join(', ')}`);
  await benches[name]();
}
