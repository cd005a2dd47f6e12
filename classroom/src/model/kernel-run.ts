/** Runs a dispatch again, in memory of its own: to find who wrote a word, and to trace how. */
import { compileKernel } from '@glassbox/wgsl-wasm';
import { bitsOf } from './nodes.ts';
import { type RunMemory, type Trace, traceKernel } from './trace.ts';
import { readKernel, type WasmFunction } from './wasm-code.ts';
import type { SeenDispatch, WatchedDevice } from './watched-device.ts';

/** The first MiB is not the operands' on the device either: the compiler counts on that. */
const operandStart = 1 << 20;
const argumentStart = 4096;
const pageBytes = 1 << 16;
/** In the traces of one dispatch that are kept, at 17 bytes: neighbours of what was clicked are often in one. */
const mostNodes = 2_000_000;
/** Buffers begin at multiples of this, in bytes. */
const alignment = 256;

interface Compiled {
  readonly kernel: WasmFunction;
  readonly module: WebAssembly.Module;
  readonly tables: Uint8Array;
  readonly scratchBytes: number;
  readonly bindings: readonly string[];
}

type Run = (args: number, first: number, end: number, scratch: number) => void;

const compiledKernels = new Map<string, Promise<Compiled>>();

function compiled(wgsl: string): Promise<Compiled> {
  let found = compiledKernels.get(wgsl);
  if (!found) {
    const { wasm, tables, scratchBytes, bindings } = compileKernel(wgsl);
    found = WebAssembly.compile(wasm).then((module) => ({
      kernel: readKernel(wasm),
      module,
      tables,
      scratchBytes,
      bindings: bindings.map(({ name }) => name),
    }));
    compiledKernels.set(wgsl, found);
  }
  return found;
}

/** A dispatch with its operands as they were before it ran. */
export class KernelRun {
  readonly dispatch: SeenDispatch;
  readonly #compiled: Compiled;
  readonly #memory: WebAssembly.Memory;
  readonly #layout: RunMemory;
  /** By binding: its address, and its content before. */
  readonly #operands: readonly { readonly address: number; readonly words: Int32Array }[];
  readonly #run: Run;
  readonly #traces = new Map<number, Trace>();
  /** Numbers in the traces that are kept. */
  #kept = 0;

  private constructor(dispatch: SeenDispatch, device: WatchedDevice, kernel: Compiled, fused: boolean) {
    this.dispatch = dispatch;
    this.#compiled = kernel;
    this.fused = fused;
    let end = operandStart;
    const take = (bytes: number) => {
      const address = end;
      end = Math.ceil((end + bytes) / alignment) * alignment;
      return address;
    };
    this.#operands = dispatch.views.map((view) => {
      const words = device.contentOf(view, dispatch.moment);
      return { address: take(view.size), words };
    });
    const operandEnd = end;
    const tables = take(kernel.tables.length);
    const scratch = take(kernel.scratchBytes + 2 * alignment) + alignment;
    this.#memory = new WebAssembly.Memory({ initial: Math.ceil(end / pageBytes), maximum: 65536 });
    new Uint8Array(this.#memory.buffer).set(kernel.tables, tables);
    const args: number[] = [...dispatch.kernel.workgroups, tables];
    for (const name of kernel.bindings) {
      const place = dispatch.kernel.bindings.findIndex((binding) => binding.name === name);
      args.push(this.#operands[place].address, dispatch.views[place].size);
    }
    new Int32Array(this.#memory.buffer).set(args, argumentStart / 4);
    this.#layout = {
      bytes: this.#memory.buffer,
      shadow: new Int32Array(this.#memory.buffer.byteLength / 4),
      arguments: argumentStart,
      scratch,
      operands: operandStart,
      end: operandEnd,
    };
    const instance = new WebAssembly.Instance(kernel.module, { env: { memory: this.#memory } });
    this.#run = instance.exports.run as Run;
    const all = new Int32Array(this.#memory.buffer);
    for (const { address, words } of this.#operands) all.set(words, address / 4);
  }

  readonly fused: boolean;

  static async of(dispatch: SeenDispatch, device: WatchedDevice): Promise<KernelRun> {
    return new KernelRun(dispatch, device, await compiled(dispatch.kernel.wgsl), await multiplyAddIsFused());
  }

  /** How the workgroup that writes a word of a binding does so; undefined if none does. */
  traceOf(binding: number, word: number): { readonly trace: Trace; readonly node: number } | undefined {
    const at = this.#operands[binding].address / 4 + word;
    for (const trace of this.#traces.values()) {
      const node = trace.written.get(at);
      if (node !== undefined) return { trace, node };
    }
    const group = this.#writer(at) ?? this.#searched(at);
    if (group === undefined) return undefined;
    const trace = this.#trace(group);
    this.#keep(group, trace);
    const node = trace.written.get(at);
    return node === undefined ? undefined : { trace, node };
  }

  /** The oldest traces go when all of them have too many numbers. */
  #keep(group: number, trace: Trace): void {
    this.#traces.set(group, trace);
    this.#kept += trace.nodes.count;
    for (const [oldest, { nodes }] of this.#traces) {
      if (this.#kept <= mostNodes || oldest === group) break;
      this.#traces.delete(oldest);
      this.#kept -= nodes.count;
    }
  }

  /** The binding and the word of it at a word of memory. */
  operandAt(at: number): { readonly binding: number; readonly word: number } {
    const binding = this.#operands.findLastIndex(({ address }) => address / 4 <= at);
    return { binding, word: at - this.#operands[binding].address / 4 };
  }

  /** Puts back what runs change: no kernel writes to what it may only read. */
  #reset(): void {
    const words = new Int32Array(this.#memory.buffer);
    const { bindings } = this.dispatch.kernel;
    for (const [place, { address, words: before }] of this.#operands.entries()) {
      if (bindings[place].access !== 'read') words.set(before, address / 4);
    }
  }

  #trace(group: number): Trace {
    this.#reset();
    return traceKernel(this.#compiled.kernel, this.#layout, group, group + 1, this.fused);
  }

  get #groups(): number {
    const [x, y, z] = this.dispatch.kernel.workgroups;
    return x * y * z;
  }

  /** Halves the range of workgroups in which the word changes, by running them. Kernels that read it may hide it. */
  #writer(at: number): number | undefined {
    const words = new Int32Array(this.#memory.buffer);
    const mark = bitsOf(-1.234567e-3);
    const changes = (first: number, end: number) => {
      words[at] = mark;
      this.#run(argumentStart, first, end, this.#layout.scratch);
      return words[at] !== mark;
    };
    let [first, end] = [0, this.#groups];
    this.#reset();
    if (!changes(first, end)) return undefined;
    while (end - first > 1) {
      const middle = (first + end) >> 1;
      if (changes(first, middle)) end = middle;
      else first = middle;
    }
    return first;
  }

  /** The slow way, for what is written as it was: looks at the stores of one workgroup after the other. */
  #searched(at: number): number | undefined {
    for (let group = 0; group < this.#groups; group++) {
      if (this.#trace(group).written.has(at)) return group;
    }
    return undefined;
  }
}

let fusedHere: Promise<boolean> | undefined;

/**
 * True if the engine's relaxed multiply-add rounds once: WebAssembly leaves that to it. Found out by one whose results
 * differ.
 */
export function multiplyAddIsFused(): Promise<boolean> {
  fusedHere ??= (async () => {
    const { module, bindings } = await compiled(`
      @group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
      @group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
      @compute @workgroup_size(1) fn main() { y[0] = fma(x[0], x[0], x[1]); }`);
    const memory = new WebAssembly.Memory({ initial: operandStart / pageBytes + 1, maximum: 65536 });
    const addresses = { x: operandStart, y: operandStart + alignment };
    const args = bindings.flatMap((name) => [addresses[name as 'x' | 'y'], name === 'x' ? 32 : 16]);
    new Int32Array(memory.buffer).set([1, 1, 1, 0, ...args], argumentStart / 4);
    const x = 1 + 2 ** -12;
    new Float32Array(memory.buffer).set(
      [x, x, x, x, ...new Array(4).fill(-Math.fround(x * x))],
      operandStart / 4,
    );
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    (exports.run as Run)(argumentStart, 0, 1, operandStart + 2 * alignment);
    return new Float32Array(memory.buffer)[addresses.y / 4] !== 0;
  })();
  return fusedHere;
}
