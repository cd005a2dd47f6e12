/**
 * Runs generated kernels with V8's pass for 256 bits off and on, and compares every bit of the results. Arguments: the
 * first seed, and how many. Prints one line of JSON.
 *
 * To be run with `--no-liftoff --no-wasm-lazy-compilation`, so that V8 optimises a module when it is made, with the
 * flags of that moment.
 */
import { writeSync } from 'node:fs';
import v8 from 'node:v8';
import { compileKernel } from '../../src/index.ts';
import { generateKernel, type Kernel, kernelText, smaller, VECTORS } from './generate.ts';

export interface FuzzResult {
  readonly kernels: number;
  /** Not valid: a constant expression overflows. */
  readonly invalid: number;
  readonly differences: readonly { readonly seed: number; readonly wgsl: string; readonly words: string }[];
}

const [first, count] = process.argv.slice(2).map(Number);

/** Numbers of xorshift32. */
function generator(seed: number): (n: number) => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) || 1;
  return (n) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % n;
  };
}

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  0.5,
  1e-40,
  -1e-45,
  3e38,
  -3e38,
  Infinity,
  -Infinity,
  NaN,
  16777216,
  -7.5,
  2147483647,
];

const memory = new WebAssembly.Memory({ initial: 32, maximum: 65536 });
const START = 1 << 20;
const BYTES = 16 * VECTORS;
const INPUTS = START + 4096;
const BUFFERS = 7;
const SCRATCH = INPUTS + BUFFERS * (BYTES + 256);
const words = new Int32Array(memory.buffer);
const floats = new Float32Array(memory.buffer);
const address = (buffer: number) => INPUTS + buffer * (BYTES + 256);

function fill(pick: (n: number) => number): void {
  for (const buffer of [0, 1]) {
    const special = pick(4) === 0;
    for (let i = 0; i < 4 * VECTORS; i++) {
      const value =
        special && pick(4) === 0 ? SPECIAL[pick(SPECIAL.length)] : (pick(4000) - 2000) / (1 << pick(12));
      floats[(address(buffer) >> 2) + i] = value;
    }
  }
  for (const buffer of [2, 3, 4, 5, 6]) {
    const bits = pick(3) === 0 ? 31 : 6;
    for (let i = 0; i < 4 * VECTORS; i++)
      words[(address(buffer) >> 2) + i] = pick(2 ** bits) - (buffer === 2 ? 2 ** (bits - 1) : 0);
  }
  // How often the loop of a sum runs.
  words[(address(3) >> 2) + 1] = pick(4);
  for (let i = 0; i < 4 * VECTORS; i++) floats[(address(4) >> 2) + i] = pick(100) - 50;
}

const before = new Int32Array((BUFFERS * (BYTES + 256)) >> 2);

/** Fills the upper halves of the vector registers with numbers: what a mistake of the pass may read. */
const dirty = (() => {
  const sums = Array.from({ length: 12 }, (_, n) => n);
  const wgsl = `@group(0) @binding(0) var<storage, read> fs: array<vec4<f32>, 64>;
@group(0) @binding(1) var<storage, read_write> fr: array<vec4<f32>, 64>;
@compute @workgroup_size(1) fn main() {
  ${sums.map((n) => `var a${n} = fs[${2 * n}]; var b${n} = fs[${2 * n + 1}];`).join(' ')}
  for (var k = 0u; k < u32(fs[63].x); k++) {
    ${sums.map((n) => `a${n} = a${n} * fs[40] + fs[42]; b${n} = b${n} * fs[41] + fs[43];`).join(' ')}
  }
  ${sums.map((n) => `fr[${2 * n}] = a${n}; fr[${2 * n + 1}] = b${n};`).join(' ')}
}`;
  v8.setFlagsFromString('--experimental-wasm-revectorize');
  const module = new WebAssembly.Module(compileKernel(wgsl).wasm);
  const own = new WebAssembly.Memory({ initial: 32, maximum: 65536 });
  const run = new WebAssembly.Instance(module, { env: { memory: own } }).exports.run as (
    ...given: number[]
  ) => void;
  new Float32Array(own.buffer).fill(1.25, (START + 4096) >> 2);
  new Int32Array(own.buffer).set([1, 1, 1, 0, START + 4096, BYTES, START + 8192, BYTES], START >> 2);
  return () => run(START, 0, 1, START + 65536);
})();

/** What the module leaves in all buffers. `mark` makes equal modules different, so that V8 compiles each. */
function run(wasm: Uint8Array, used: readonly string[], tables: Uint8Array, wide: boolean): Int32Array {
  v8.setFlagsFromString(`--${wide ? '' : 'no-'}experimental-wasm-revectorize`);
  const mark = [0, 2, 1, wide ? 119 : 110];
  const module = new WebAssembly.Module(new Uint8Array([...wasm, ...mark]));
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  words.set(before, INPUTS >> 2);
  const names = ['fs', 'gs', 'is', 'us', 'fr', 'ir', 'ur'];
  words.set([2, 1, 1, SCRATCH], START >> 2);
  new Uint8Array(memory.buffer).set(tables, SCRATCH);
  used.forEach((name, i) => {
    words.set([address(names.indexOf(name)), BYTES], (START >> 2) + 4 + 2 * i);
  });
  const scratch = SCRATCH + 65536;
  if (wide) dirty();
  (instance.exports.run as (args: number, first: number, end: number, scratch: number) => void)(
    START,
    0,
    2,
    scratch,
  );
  return words.slice(INPUTS >> 2, SCRATCH >> 2);
}

/** The first word that differs, in words; null if none does. NaNs are the same: WebAssembly leaves their bits open. */
function difference(kernel: Kernel): string | null {
  const wgsl = kernelText(kernel);
  const { wasm, tables, bindings } = compileKernel(wgsl);
  const used = bindings.map(({ name }) => name);
  const narrow = run(wasm, used, tables, false);
  const wide = run(wasm, used, tables, true);
  const [a, b] = [new Float32Array(narrow.buffer), new Float32Array(wide.buffer)];
  const at = narrow.findIndex((word, i) => word !== wide[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i])));
  return at < 0 ? null : `word ${at}: ${narrow[at]} (${a[at]}) in 128 bits, ${wide[at]} (${b[at]}) in 256`;
}

function attempt(kernel: Kernel): string | null {
  try {
    return difference(kernel);
  } catch {
    return null;
  }
}

/** For the trace alone: a kernel of its own. */
const given = process.env.GLASSBOX_WIDE_KERNEL;
if (given) {
  writeSync(1, '\n@given\n');
  v8.setFlagsFromString('--experimental-wasm-revectorize');
  new WebAssembly.Module(compileKernel(given).wasm);
}

const differences: { seed: number; wgsl: string; words: string }[] = [];
let invalid = 0;
for (let seed = first; seed < first + count; seed++) {
  const pick = generator(seed);
  let kernel = generateKernel(pick);
  fill(pick);
  before.set(words.subarray(INPUTS >> 2, SCRATCH >> 2));
  let found: string | null;
  try {
    found = difference(kernel);
  } catch (error) {
    if (!/overflow|not finite|cannot be represented|constant/i.test(String(error)))
      throw new Error(`seed ${seed}: ${error}\n${kernelText(kernel)}`);
    invalid++;
    continue;
  }
  for (let better: Kernel | undefined; found !== null; kernel = better) {
    better = [...smaller(kernel)].find((candidate) => attempt(candidate) !== null);
    if (!better) break;
    found = attempt(better);
  }
  if (found !== null) differences.push({ seed, wgsl: kernelText(kernel), words: found });
}
console.log(JSON.stringify({ kernels: count, invalid, differences } satisfies FuzzResult));
