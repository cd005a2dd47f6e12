/**
 * Kernels that never end: the runtime is lost and says which kernel and which loop, on every thread and with nothing
 * left hanging.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { compileKernel, openWasmRuntime, type WasmRuntime } from '../../src/index.ts';

const opened: WasmRuntime[] = [];
async function open(options: Parameters<typeof openWasmRuntime>[0]): Promise<WasmRuntime> {
  const runtime = await openWasmRuntime(options);
  opened.push(runtime);
  return runtime;
}
afterEach(async () => {
  await Promise.all(opened.splice(0).map((runtime) => runtime.destroy()));
});

/** `n` is a number that the compiler does not know, `x` a buffer of zeros; `i` is the invocation. */
const kernel = (body: string, declarations = '') => `
@group(0) @binding(0) var<storage, read_write> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> flag: array<atomic<u32>, 4>;
var<workgroup> tile: array<u32, 4>;
${declarations}
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(local_invocation_index) l: u32) {
  let i = id.x; let n = atomicLoad(&flag[3]); _ = arrayLength(&x);
  ${body}
}`;

const ENDLESS: Record<string, [body: string, declarations?: string]> = {
  'a while loop': ['while (n == 0u) { x[i] += 1u; }'],
  'a loop': ['loop { x[i] += 1u; if (n > 0u) { break; } }'],
  'a loop that jumps back by continue': [
    'loop { if (n == 0u) { continue; } x[i] += 1u; continuing { x[1] = 1u; break if n > 9u; } }',
  ],
  'an empty for': ['for (; n == 0u;) {}'],
  'one invocation of many': ['if (i == 2000u) { while (n == 0u) {} } x[i] = 1u;'],
  'an unsigned number that is never below zero': ['for (var k = 1000u; k >= 0u; k--) { x[i] ^= k; }'],
  'a number that is never above the largest': ['for (var k = 0u; k <= 4294967295u; k++) { x[i] ^= k; }'],
  'steps over the end': ['for (var k = 0u; k < 4294967295u; k += 2u) { x[i] ^= k; }'],
  'an end that is never met': ['for (var k = 0u; k != 1001u; k += 2u) { x[i] ^= k; }'],
  'a float that grows no more': ['for (var k = 0.0; k < 1e9; k += 1.0) { x[i] += 1u; }'],
  'a variable that the body sets back': [
    'for (var k = 0u; k < 1000u; k++) { x[i] ^= k; if (k > 900u) { k = 0u; } }',
  ],
  'one that a function sets back': [
    'for (var k = 0u; k < 1000u; k++) { x[i] ^= k; back(&k); }',
    'fn back(k: ptr<function, u32>) { if (*k > 900u) { *k = 0u; } }',
  ],
  'an end that moves away': ['var end = 1000u; for (var k = 0u; k < end; k++) { x[i] ^= k; end++; }'],
  'an end in memory that moves away': [
    'x[1] = 9u; for (var k = 0u; k < x[1]; k++) { x[i + 2u] ^= k; x[1] += 1u; }',
  ],
  'loops in loops, each of them short': [
    'for (var a = 0u; a < 100000u; a++) { for (var b = 0u; b < 100000u; b++) { for (var c = 0u; c < 100000u; c++) ' +
      '{ x[i] += c; } } }',
  ],
  'a long end that is only known later': ['for (var a = 0u; a < n - 1u; a++) { x[i] ^= a * 3u; }'],
  'waiting for another workgroup': [
    'if (i < 4u) { while (atomicLoad(&flag[0]) == 0u) {} } else { atomicStore(&flag[0], 0u); }',
  ],
  'a function that does not return': [
    'x[i] = f(n);',
    'fn f(n: u32) -> u32 { var k = n; loop { k += 2u; if (k == 7u) { return k; } } }',
  ],
  'a loop around barriers': [
    'var k = 0u; loop { tile[l] = k; workgroupBarrier(); k += tile[3u - l] & 0u; workgroupBarrier(); ' +
      'if (workgroupUniformLoad(&tile[0]) == 5u) { break; } }',
  ],
  'a loop between barriers': [
    'tile[l] = n; workgroupBarrier(); while (tile[3u - l] == 0u) { x[i] += 1u; } workgroupBarrier(); x[i] = tile[l];',
  ],
};

describe('a kernel that never ends', () => {
  const names = Object.keys(ENDLESS);
  it.each(names)('%s', async (name) => {
    const wgsl = kernel(...ENDLESS[name]);
    const threads = 1 + (names.indexOf(name) % 2);
    const runtime = await open({ threads, debug: names.indexOf(name) % 3 === 0, operationLimit: 2e6 });
    const x = runtime.createBuffer(4 * 40_000, 'x');
    const flag = runtime.createBuffer(16, 'flag');
    const buffers = [x, flag].map((buffer) => ({ buffer, offset: 0, size: buffer.bytes }));
    const endless = runtime.prepare({ name: 'endless', wgsl });
    const list = [{ kernel: endless, buffers, workgroups: [10_000, 1, 1] as const }];
    await runtime.synchronize();
    const recorded = runtime.record(list);
    runtime.submit(recorded);
    const failure = new RegExp(
      "^kernel 'endless' does not end: an? (invocation|workgroup) took more than 2000000 " +
        String.raw`operations in loops, the last in the one at \d+:\d+; .*operationLimit`,
    );
    await expect(runtime.read(x, 0, 4)).rejects.toThrow(failure);
    expect(runtime.lost?.message).toMatch(failure);
    expect(() => runtime.submit(list)).toThrow(failure);
    expect(() => runtime.prepare({ name: 'other', wgsl: kernel('x[i] = 1u;') })).toThrow(failure);
    await expect(runtime.synchronize()).rejects.toThrow(failure);
    await runtime.destroy();
  });

  it('ends by the default limit too, and the process with it', async () => {
    const index = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
    const script = `
      import { openWasmRuntime } from ${JSON.stringify(index)};
      const runtime = await openWasmRuntime({ threads: 2 });
      const kernel = runtime.prepare({ name: 'k', wgsl: ${JSON.stringify(kernel('while (n == 0u) {}'))} });
      const [x, flag] = [runtime.createBuffer(65536), runtime.createBuffer(16)];
      const buffers = [x, flag].map((buffer) => ({ buffer, offset: 0, size: buffer.bytes }));
      runtime.submit([{ kernel, buffers, workgroups: [4096, 1, 1] }]);
      await runtime.synchronize().catch((error) => console.log(error.message));
    `;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '-e', script],
      { timeout: 60_000 },
    );
    expect(stdout).toMatch(/^kernel 'k' does not end: an invocation took more than 17179869184 operations/);
  });
});

describe('loops that end', () => {
  it('of more iterations than most give their result', async () => {
    const runtime = await open({ threads: 2 });
    const wgsl = kernel(
      'var k = 0u; var h = i; while (k < 200000u + n) { h = h * 1664525u + 1u; k++; } x[i] = h;',
    );
    const x = runtime.createBuffer(4 * 64, 'x');
    const flag = runtime.createBuffer(16, 'flag');
    const buffers = [x, flag].map((buffer) => ({ buffer, offset: 0, size: buffer.bytes }));
    const list = [{ kernel: runtime.prepare({ name: 'k', wgsl }), buffers, workgroups: [16, 1, 1] as const }];
    runtime.submit(list);
    const found = Array.from(new Uint32Array(await runtime.read(x, 4, 8)));
    const expected = [1, 2].map((i) => {
      let h = i;
      for (let k = 0; k < 200_000; k++) h = (Math.imul(h, 1664525) + 1) >>> 0;
      return h;
    });
    expect(found).toEqual(expected);
  });

  it('a budget is of one invocation, not of all', async () => {
    const runtime = await open({ threads: 1, operationLimit: 2e6 });
    const wgsl = kernel('for (var k = 0u; k < 20000u + n; k++) { x[i] += k; }');
    const x = runtime.createBuffer(4 * 4000, 'x');
    const flag = runtime.createBuffer(16, 'flag');
    const buffers = [x, flag].map((buffer) => ({ buffer, offset: 0, size: buffer.bytes }));
    runtime.submit([{ kernel: runtime.prepare({ name: 'k', wgsl }), buffers, workgroups: [1000, 1, 1] }]);
    const found = new Uint32Array(await runtime.read(x, 4, 16_000 - 4));
    expect(found.every((value) => value === 199_990_000)).toBe(true);
  });

  const checked = (loop: string) =>
    compileKernel(kernel(`var s = 0u; let j = i32(n); ${loop} x[i] = s;`)).checks.filter(
      ({ kind }) => kind === 'loop',
    ).length;

  it.each([
    'for (var k = 0u; k < 1000u; k++) { s += k; }',
    'for (var k = 0u; 1000u > k; k += 3u) { s += k; }',
    'for (var k = n; k < 1000u; k += 7u) { s += k; }',
    'for (var k = n; k < n + 1000u; k++) { s += k; }',
    'for (var k = n * 500u; k < n * 500u + 500u; k += 5u) { s += k; }',
    'for (var k = 0u; k < min(n, 1000u); k++) { s += k; }',
    'for (var k = 0u; k < n / 8u % 1000u; k = k + 1u) { s += k; }',
    'for (var k = 0u; k * 2u + n < 1000u; k++) { s += k; }',
    'for (var k = 0u; k < (n & 1023u) && x[k] < 5u; k++) { s += k; }',
    'for (var k = 1000u; k > 0u; k--) { s += k; }',
    'for (var k = 1000; k >= 0; k -= 2) { s += u32(k); }',
    'for (var k = -1000; k <= 1000; k++) { s += u32(k); }',
    'for (var k = 0; k < min(j, 1000); k++) { s += u32(k); }',
    'for (var a = 0u; a < 1000u; a++) { for (var b = a; b < 1000u; b++) { if (b == 9u) { continue; } s += b; } }',
    'for (var k = 0u; k < 1000u; k++) { tile[l] = k; workgroupBarrier(); s += tile[3u - l]; workgroupBarrier(); }',
  ])('are not checked where their end is plain: %s', (loop) => {
    expect(checked(loop)).toBe(0);
  });

  it.each([
    'for (var k = 0u; k < n; k++) { s += k; }',
    'for (var k = n; k <= n + 1000u; k++) { s += k; }',
    'for (var k = 1000u; k >= 1u; k -= 2u) { s += k; }',
    'for (var k = j; k < 1000; k++) { s += u32(k); }',
    'for (var k = 0; k <= 2147483647; k++) { s += 1u; }',
    'for (var k = 1000; k > -2147483648; k -= 3) { s += 1u; }',
    'for (var k = 0u; k < 1000u || n < 5u; k++) { s += k; }',
    'for (var k = 0u; k * 2147483648u + n < 1000u; k++) { s += k; }',
    'for (var k = 0u; k < 1000u; k += n) { s += k; }',
  ])('are checked where it is not: %s', (loop) => {
    expect(checked(loop)).toBeGreaterThan(0);
  });
});
