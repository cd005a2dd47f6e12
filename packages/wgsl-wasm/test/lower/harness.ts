/** Runs small kernels for the tests. */
import { compileKernel } from '../../src/index.ts';

export type Data = Float32Array | Int32Array | Uint32Array;

export interface RunOptions {
  readonly workgroups?: [number, number, number];
  readonly debug?: boolean;
  readonly robust?: boolean;
  readonly relaxedSimd?: boolean;
  readonly overrides?: Record<string, number>;
}

export interface EvaluateOptions extends RunOptions {
  /** For expressions that build vectors themselves: `vector` is then the same as `scalar`. */
  readonly scalarOnly?: boolean;
}

/**
 * Runs a kernel straight from its module, without the runtime, on unshared memory. `buffers` are in the order of the
 * bindings; returned are their contents afterwards.
 */
export function runKernel<T extends Data[]>(wgsl: string, buffers: [...T], options: RunOptions = {}): T {
  const compiled = compileKernel(wgsl, {
    debug: options.debug,
    robust: options.robust,
    relaxedSimd: options.relaxedSimd,
    overrides: options.overrides,
  });
  const start = 1 << 20;
  let at = start + 4096;
  const addresses = buffers.map((data) => {
    const address = at;
    at += Math.ceil(data.byteLength / 64) * 64 + 256;
    return address;
  });
  const tables = at;
  const scratch = Math.ceil((tables + compiled.tables.length) / 64) * 64 + 64;
  const end = scratch + compiled.scratchBytes + 256;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / 65536) + 1, maximum: 65536 });
  const words = new Int32Array(memory.buffer);
  // Scratch memory holds anything; the compiler must not count on zeros.
  words.fill(-1, scratch >> 2, end >> 2);
  const workgroups = options.workgroups ?? [1, 1, 1];
  words.set([...workgroups, tables], start >> 2);
  new Uint8Array(memory.buffer).set(compiled.tables, tables);
  buffers.forEach((data, i) => {
    words.set([addresses[i], data.byteLength], (start >> 2) + 4 + 2 * i);
    new Uint8Array(memory.buffer).set(
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
      addresses[i],
    );
  });
  const module = new WebAssembly.Module(compiled.wasm);
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  const run = instance.exports.run as (args: number, first: number, end: number, scratch: number) => void;
  run(start, 0, workgroups[0] * workgroups[1] * workgroups[2], scratch);
  return buffers.map((data, i) => {
    const copy = memory.buffer.slice(addresses[i], addresses[i] + data.byteLength);
    return new (data.constructor as { new (buffer: ArrayBuffer): Data })(copy);
  }) as T;
}

/**
 * Evaluates an expression in `a`, `b`, ... (`T(1)`: a constant of the first input's type; `to_u32`: a type of its
 * shape) for every row of inputs at once, both as scalars and in vectors. `types` name the inputs' types, then the
 * result's: `['i32', 'i32', 'bool']`. Bool is passed as u32.
 */
export function evaluate(
  expression: string,
  types: readonly string[],
  rows: readonly (readonly number[])[],
  options: EvaluateOptions = {},
): { scalar: number[]; vector: number[] } {
  const inputs = types.slice(0, -1);
  const result = types.at(-1)!;
  const stored = (type: string) => (type === 'bool' ? 'u32' : type);
  const make = (type: string, values: number[]): Data =>
    stored(type) === 'f32'
      ? Float32Array.from(values)
      : stored(type) === 'i32'
        ? Int32Array.from(values)
        : Uint32Array.from(values, (v) => v >>> 0);
  const count = Math.ceil(rows.length / 4) * 4;
  const columns = inputs.map((type, k) =>
    make(
      type,
      Array.from({ length: count }, (_, i) => (rows[i] ?? rows[0])[k]),
    ),
  );
  const run = (wide: boolean): number[] => {
    const shape = (type: string) => (wide ? `vec4<${type}>` : type);
    const names = inputs.map((_, k) => 'abcdef'[k]);
    const bindings = inputs.map(
      (type, k) => `@group(0) @binding(${k}) var<storage, read> in${k}: array<${shape(stored(type))}>;`,
    );
    const loads = inputs.map((type, k) => {
      const element = `in${k}[id.x]`;
      return `let ${names[k]} = ${type === 'bool' ? `${element} != ${shape('u32')}(0u)` : element};`;
    });
    // `T(1)` is a constant of the first input's type, `to_u32` a type of the same shape.
    const text = expression
      .replaceAll(/\bT\(/g, `${shape(inputs[0])}(`)
      .replaceAll(/\bto_(i32|u32|f32|bool)\b/g, (_, type) => shape(type));
    const value = result === 'bool' ? `select(${shape('u32')}(0u), ${shape('u32')}(1u), ${text})` : text;
    const wgsl = `
${bindings.join('\n')}
@group(0) @binding(${inputs.length}) var<storage, read_write> result: array<${shape(stored(result))}>;
@compute @workgroup_size(1) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  ${loads.join('\n  ')}
  result[id.x] = ${value};
}`;
    const n = wide ? count / 4 : count;
    const out = runKernel(wgsl, [...columns, make(result, new Array(count).fill(0))], {
      ...options,
      workgroups: [n, 1, 1],
    });
    return Array.from(out.at(-1)!).slice(0, rows.length);
  };
  const scalar = run(false);
  return { scalar, vector: options.scalarOnly ? scalar : run(true) };
}
