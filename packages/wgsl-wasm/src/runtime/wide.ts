/**
 * 256-bit operations. V8 can pack two neighbouring v128 operations into one of AVX2; that pass is experimental and off
 * by default, and is asked for by a flag of the whole process. Nothing says whether it works, so it is found out: two
 * kernels whose right answers are known to the bit run in a form that gains from the pass and in one that does not
 * need it.
 */
import { setEngineFlag } from './platform.ts';
import type { KernelSource, RuntimeBuffer, RuntimeDispatch, RuntimeKernel } from './types.ts';

/** Whether vectors of 256 bits are used, and if they were asked for and are not, why. */
export interface Wide {
  /** Bits of a vector that kernels compute with. */
  readonly vectorBits: 128 | 256;
  /** Why 256 bits are not used although they were asked for. */
  readonly reason?: string;
}

const FLAG = 'experimental-wasm-revectorize';

const setFlag = (on: boolean) => setEngineFlag(`--${on ? '' : 'no-'}${FLAG}`);

// --- the canary ----------------------------------------------------------------------------------------------------

const ROWS = 6;
const STEPS = 128;
const COLUMNS4 = 16;
/** So often each result is computed in one dispatch, every time the same: else starting it would count. */
const REPEATS = 32;
/** Turns of both forms without a faster one among them, before they count. */
const TURNS = 10;
const MOST_TURNS = 200;
/**
 * How many times as fast one form must be to be taken for the faster one: in truth it is 1.5 times or more. What is
 * beyond the second figure is not possible: one of the two still runs in the code of the engine's first compiler.
 */
const CLEAR = [1.25, 2.5] as const;

/** What the canary needs of a runtime. */
interface CanaryRuntime {
  createBuffer(bytes: number): RuntimeBuffer;
  write(buffer: RuntimeBuffer, offset: number, data: ArrayBufferView): void;
  prepare(source: KernelSource): RuntimeKernel;
  submit(list: readonly RuntimeDispatch[]): void;
  read(buffer: RuntimeBuffer, offset: number, bytes: number): Promise<ArrayBuffer>;
  destroy(): Promise<void>;
}

/** c = a b for a [6, 128] and b [128, 64]; an invocation computes 6 rows of so many vec4s. */
function product(vectors: number): string {
  const each = (count: number, text: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => text(n)).join('\n');
  const sums = (text: (row: number, vector: number) => string) =>
    each(ROWS, (row) => each(vectors, (vector) => text(row, vector)));
  return `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) id: vec3<u32>) {
  let column = id.x * ${vectors}u;
${sums((row, vector) => `var sum${row}_${vector} = vec4<f32>();`)}
  for (var k = 0u; k < ${STEPS}u; k++) {
${each(vectors, (vector) => `let b${vector} = b[k * ${COLUMNS4}u + column + ${vector}u];`)}
${each(ROWS, (row) => `let a${row} = a[${row * STEPS}u + k];`)}
${sums((row, vector) => `sum${row}_${vector} += a${row} * b${vector};`)}
  }
${sums((row, vector) => `c[${row * COLUMNS4}u + column + ${vector}u] = sum${row}_${vector};`)}
}`;
}

/**
 * Every other kind of operation that kernels are made of, each exact or rounded once. Depends on the workgroup's number
 * in appearance: else the compiler would compute it once for all of them.
 */
const formula = `
@group(0) @binding(0) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> c: array<vec4<f32>>;
fn mixed(x: vec4<f32>, y: vec4<f32>) -> vec4<f32> {
  let root = sqrt(abs(x)) / max(y, vec4<f32>(1.0));
  let whole = vec4<f32>((vec4<i32>(x) << vec4<u32>(3u)) ^ vec4<i32>(y));
  return select(-root, min(x, y) - whole, x < y);
}
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) id: vec3<u32>) {
  let zero = id.x & 16u;
  for (var v = 0u; v < 16u; v++) { c[zero + v] = mixed(a[zero + v], b[zero + v]); }
}`;

/** Small whole numbers: every product and sum of them is exact. */
const numbers = (count: number, first: number) =>
  Float32Array.from({ length: count }, (_, i) => ((i * 7 + first) % 17) - 8);

function expectedProduct(a: Float32Array, b: Float32Array): Float32Array {
  const columns = 4 * COLUMNS4;
  return Float32Array.from({ length: ROWS * columns }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < STEPS; k++)
      sum += a[Math.floor(i / columns) * STEPS + k] * b[k * columns + (i % columns)];
    return sum;
  });
}

const expectedFormula = (a: Float32Array, b: Float32Array) =>
  Float32Array.from({ length: 64 }, (_, i) => {
    const [x, y] = [a[i], b[i]];
    const root = Math.fround(Math.fround(Math.sqrt(Math.abs(x))) / Math.max(y, 1));
    return x < y ? Math.min(x, y) - ((x << 3) ^ y) : -root;
  });

const sameBits = (a: Float32Array, b: Float32Array) => {
  const [x, y] = [new Uint32Array(a.buffer), new Uint32Array(b.buffer)];
  return x.length === y.length && x.every((word, i) => word === y[i]);
};

/**
 * Runs the canary, some milliseconds. The bits are compared after the turns: what runs at first is the code of the
 * engine's first compiler, which does not pack.
 * @returns null if wide kernels are right and faster, else what is wrong.
 */
async function canary(probe: CanaryRuntime): Promise<string | null> {
  const a = numbers(ROWS * STEPS, 3);
  const b = numbers(STEPS * 4 * COLUMNS4, 5);
  const [bufferA, bufferB] = [a, b].map((data) => {
    const buffer = probe.createBuffer(data.byteLength);
    probe.write(buffer, 0, data);
    return buffer;
  });
  const form = (name: string, wgsl: string, workgroups: number, expected: Float32Array) => {
    const result = probe.createBuffer(expected.byteLength);
    const buffers = [bufferA, bufferB, result].map((buffer) => ({ buffer, offset: 0, size: buffer.bytes }));
    const kernel = probe.prepare({ name, wgsl });
    const list: RuntimeDispatch[] = [{ kernel, buffers, workgroups: [workgroups, REPEATS, 1] }];
    return {
      fastest: Number.POSITIVE_INFINITY,
      /** @returns whether it was the fastest run so far. */
      run() {
        const start = performance.now();
        probe.submit(list);
        const ms = performance.now() - start;
        const faster = ms < 0.95 * this.fastest;
        this.fastest = Math.min(this.fastest, ms);
        return faster;
      },
      isRight: async () => sameBits(new Float32Array(await probe.read(result, 0, result.bytes)), expected),
    };
  };
  const products = expectedProduct(a, b);
  const wide = form('wide product', product(4), COLUMNS4 / 4, products);
  const narrow = form('narrow product', product(2), COLUMNS4 / 2, products);
  const others = form('formula', formula, 8, expectedFormula(a, b));
  const gain = () => narrow.fastest / wide.fastest;
  const clear = (ratio: number) => ratio >= CLEAR[0] && ratio <= CLEAR[1];
  let settled = 0;
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const faster = [narrow.run(), wide.run()].includes(true);
    others.run();
    settled = faster ? 0 : settled + 1;
    if (settled < TURNS) continue;
    if (clear(gain()) || clear(1 / gain())) break;
    // The second compiler works on another thread: on a busy machine it needs this one's time.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  for (const { isRight } of [wide, narrow, others]) {
    if (!(await isRight())) return 'a kernel of known result gave other bits';
  }
  return clear(gain()) ? null : 'tiles for 256 bits are not faster here';
}

let found: Promise<Wide> | undefined;

/**
 * Turns 256-bit operations on in this process if they are right and faster, once. Kernels compiled before are not
 * affected; worker threads are.
 * @param open a runtime on one thread, for the canary; it is destroyed.
 * @internal
 */
export function goWide(open: () => CanaryRuntime): Promise<Wide> {
  found ??= (async (): Promise<Wide> => {
    // Without a flag to set, the engine may have been started with it.
    const set = await setFlag(true);
    const probe = open();
    let reason: string | null;
    try {
      reason = await canary(probe);
    } catch (error) {
      reason = `the canary failed: ${error instanceof Error ? error.message : error}`;
    } finally {
      await probe.destroy();
    }
    if (reason === null) return { vectorBits: 256 };
    if (set) await setFlag(false);
    return { vectorBits: 128, reason };
  })();
  return found;
}
