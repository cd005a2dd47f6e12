/** With `wide`, kernels are V8's second compiler's before they run; without, V8 decides. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const index = join(import.meta.dirname, '../../src/index.ts');

interface Outcome {
  /** Of each kernel that main and worker threads share, after the first list has run. */
  readonly optimised: boolean[];
  readonly result: number[];
  /** Whether the process may still call V8's own functions. */
  readonly natives: boolean;
}

/** Runs two kernels in a process of its own, and looks at their code. */
function outcome(options: string, ...flags: string[]): Outcome {
  const script = `
const { setFlagsFromString } = await import('node:v8');
const { openWasmRuntime } = await import(${JSON.stringify(index)});
const runtime = await openWasmRuntime(${options});
const kernels = [];
const { Instance } = WebAssembly;
WebAssembly.Instance = function (module, imports) {
  const instance = new Instance(module, imports);
  kernels.push(instance.exports.run);
  return instance;
};
const buffer = runtime.createBuffer(256);
const multiply = (factor) => ({
  kernel: runtime.prepare({ name: 'x' + factor, wgsl: \`
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) { x[id.x] *= \${factor}.0; }\` }),
  buffers: [{ buffer, offset: 0, size: 256 }],
  workgroups: [64, 1, 1],
});
runtime.write(buffer, 0, Float32Array.from({ length: 64 }, (_, n) => n));
runtime.submit([multiply(2), multiply(3)]);
if (globalThis.gc) {
  await runtime.read(buffer, 0, 16);
  for (let n = 0; n < 20; n++) globalThis.gc();
  runtime.submit([multiply(5)]);
}
const result = [...new Float32Array(await runtime.read(buffer, 0, 16))];
let natives = true;
try { new Function('%GetOptimizationStatus(0)'); } catch { natives = false; }
let optimised = [];
try {
  setFlagsFromString('--allow-natives-syntax');
  optimised = kernels.map(new Function('run', 'return %IsTurboFanFunction(run)'));
} catch {}
console.log(JSON.stringify({ optimised, result, natives }));
await runtime.destroy();`;
  const args = ['--disable-warning=ExperimentalWarning', ...flags, '--input-type=module', '-e', script];
  const child = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout);
}

const result = [0, 6, 12, 18];
/** Whether this engine has the functions that are asked for. */
const known = outcome('{ threads: 1 }').optimised.length > 0;

describe('kernels of openWasmRuntime', () => {
  it.runIf(known)('are the second compiler’s before they run, with wide: true', () => {
    for (const threads of [1, 2]) {
      const found = outcome(`{ threads: ${threads}, wide: true }`);
      expect(found).toEqual({ optimised: [true, true], result, natives: true });
    }
  });

  it.runIf(known)('are left to V8 without it', () => {
    expect(outcome('{ threads: 2 }')).toEqual({ optimised: [false, false], result, natives: false });
  });

  it('run where code may not be made from strings', () => {
    const found = outcome('{ threads: 2, wide: true }', '--disallow-code-generation-from-strings');
    expect(found.result).toEqual(result);
  });

  it.runIf(known)('are so after V8 has thrown away the code that asks for it', () => {
    const found = outcome('{ threads: 2, wide: true }', '--stress-flush-code', '--expose-gc');
    expect(found).toEqual({ optimised: [true, true, true], result: result.map((x) => 5 * x), natives: true });
  });
});
