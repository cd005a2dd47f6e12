/**
 * Runs a compiled kernel one instruction after the other, on the device's own WebAssembly and with its arithmetic, and
 * remembers of each number from which others it was computed.
 */
import { type Instruction, readKernel, type WasmFunction } from './wasm-code.ts';

/** What made a number. `read`: it was in memory before the kernel ran. */
export type NodeOp = number;

/** The node of what a comparison of computed numbers gave. */
const tested = 1;

/** Numbers of a run, each by the index of its node. Node 0 is none. */
export class Nodes {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();
  op = new Uint8Array(1 << 12);
  args = new Int32Array(3 << 12);
  bits = new Int32Array(1 << 12);
  count = tested + 1;

  number(name: string): NodeOp {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  add(op: NodeOp, bits: number, a = 0, b = 0, c = 0): number {
    if (this.count === this.op.length) this.#grow();
    const node = this.count++;
    this.op[node] = op;
    this.bits[node] = bits;
    this.args[3 * node] = a;
    this.args[3 * node + 1] = b;
    this.args[3 * node + 2] = c;
    return node;
  }

  nameOf(node: number): string {
    return this.names[this.op[node]];
  }

  arg(node: number, index: number): number {
    return this.args[3 * node + index];
  }

  #grow(): void {
    const grown = <T extends Uint8Array | Int32Array>(array: T, into: T): T => {
      into.set(array);
      return into;
    };
    this.op = grown(this.op, new Uint8Array(2 * this.op.length));
    this.args = grown(this.args, new Int32Array(2 * this.args.length));
    this.bits = grown(this.bits, new Int32Array(2 * this.bits.length));
  }
}

const word = new DataView(new ArrayBuffer(8));

/** The float with these bits. */
export function floatOf(bits: number): number {
  word.setInt32(0, bits);
  return word.getFloat32(0);
}

/** The bits of a number, rounded to float32. */
export function bitsOf(value: number): number {
  word.setFloat32(0, value);
  return word.getInt32(0);
}

/**
 * x · y + z, rounded once to float32. The product of two float32 is exact in float64; the sum is rounded to odd there
 * (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums", 2008), so that the second rounding is right.
 */
export function fusedMultiplyAdd(x: number, y: number, z: number): number {
  const product = x * y;
  const sum = product + z;
  if (!Number.isFinite(sum)) return Math.fround(sum);
  const back = sum - product;
  const error = product - (sum - back) + (z - back);
  if (error === 0) return Math.fround(sum);
  word.setFloat64(0, sum);
  const low = word.getInt32(4);
  if (low & 1) return Math.fround(sum);
  if (error > 0 === sum > 0) word.setInt32(4, low | 1);
  else {
    // One below in magnitude: the last bits of an even number become 1 by borrowing.
    if (low === 0) word.setInt32(0, word.getInt32(0) - 1);
    word.setInt32(4, low - 1);
  }
  return Math.fround(word.getFloat64(0));
}

/** Memory of a run. Where a kernel's operands lie in it, the caller says. */
export interface RunMemory {
  readonly bytes: ArrayBuffer;
  /** For traces: one word for each of the memory, all 0 between two of them. */
  readonly shadow: Int32Array;
  /** Address of the block of arguments, and of the scratch memory. */
  readonly arguments: number;
  readonly scratch: number;
  /** The first address that belongs to an operand: what lies below is the kernel's own. */
  readonly operands: number;
  /** The end of what lies there. */
  readonly end: number;
}

export interface Trace {
  readonly nodes: Nodes;
  /** Words of operands that were written: the node of what lies there at the end. */
  readonly written: ReadonlyMap<number, number>;
}

/** Runs workgroups `first` to `end` of the kernel. The memory is changed. @param fused a multiply-add rounds once. */
export function traceKernel(
  kernel: WasmFunction,
  memory: RunMemory,
  first: number,
  end: number,
  fused: boolean,
): Trace {
  const machine = new StackMachine(kernel, memory, fused);
  machine.run([memory.arguments, first, end, memory.scratch]);
  const { nodes, written } = machine;
  machine.leave();
  return { nodes, written };
}

export { readKernel };

/** The stack, the locals and the memory; each holds four lanes of bits and of nodes. Scalars are in lane 0. */
class StackMachine {
  readonly nodes = new Nodes();
  readonly written = new Map<number, number>();
  /** By word of memory: the node of what lies there now, 0 if nobody has touched it. */
  readonly #shadow: Int32Array;
  readonly #touched: number[] = [];
  readonly #kernel: WasmFunction;
  readonly #memory: RunMemory;
  readonly #words: Int32Array;
  readonly #fused: boolean;
  readonly #bits: Int32Array;
  readonly #floats: Float32Array;
  readonly #node: Int32Array;
  readonly #localBits: Int32Array;
  readonly #localNode: Int32Array;
  /** Where the next value goes, in lanes. */
  #top = 0;
  readonly #constant: NodeOp;
  readonly #read: NodeOp;

  constructor(kernel: WasmFunction, memory: RunMemory, fused: boolean) {
    this.#kernel = kernel;
    this.#memory = memory;
    this.#fused = fused;
    this.#words = new Int32Array(memory.bytes);
    this.#shadow = memory.shadow;
    this.#bits = new Int32Array(4 * 1024);
    this.#floats = new Float32Array(this.#bits.buffer);
    this.#node = new Int32Array(4 * 1024);
    this.#localBits = new Int32Array(4 * kernel.locals);
    this.#localNode = new Int32Array(4 * kernel.locals);
    this.#constant = this.nodes.number('constant');
    this.#read = this.nodes.number('read');
  }

  run(args: readonly number[]): void {
    const { code } = this.#kernel;
    for (const [index, value] of args.entries()) this.#localBits[4 * index] = value;
    /** Open blocks: where a branch to each goes, and the height of the stack there. */
    const blocks: { readonly instruction: Instruction; readonly start: number; readonly top: number }[] = [];
    let at = 0;
    const branch = (depth: number): void => {
      const target = blocks.length - 1 - depth;
      if (target < 0) {
        at = code.length;
        return;
      }
      const { instruction, start, top } = blocks[target];
      if (instruction.op.name === 'loop') {
        blocks.length = target + 1;
        this.#top = top;
        at = start;
        return;
      }
      blocks.length = target;
      if (instruction.imm === 1) this.#move(this.#top - 4, top);
      this.#top = top + 4 * instruction.imm;
      at = instruction.end;
    };
    for (; at < code.length; at++) {
      const instruction = code[at];
      switch (instruction.op.name) {
        case 'block':
        case 'loop':
          blocks.push({ instruction, start: at, top: this.#top });
          break;
        case 'if': {
          this.#top -= 4;
          const taken = this.#bits[this.#top] !== 0;
          if (taken || instruction.otherwise >= 0) blocks.push({ instruction, start: at, top: this.#top });
          if (!taken) at = instruction.otherwise >= 0 ? instruction.otherwise : instruction.end;
          break;
        }
        case 'else':
          blocks.pop();
          at = instruction.end;
          break;
        case 'end':
          blocks.pop();
          break;
        case 'br':
          branch(instruction.imm);
          break;
        case 'br_if':
          this.#top -= 4;
          if (this.#bits[this.#top] !== 0) branch(instruction.imm);
          break;
        case 'return':
          return;
        case 'unreachable':
          throw new Error('traceKernel: the kernel trapped');
        default:
          this.#step(instruction);
      }
    }
  }

  #move(from: number, to: number): void {
    this.#bits.copyWithin(to, from, from + 4);
    this.#node.copyWithin(to, from, from + 4);
  }

  /** The node of a lane; a number that nothing is known of becomes a constant. */
  #known(lane: number): number {
    const node = this.#node[lane];
    return node > tested ? node : this.nodes.add(this.#constant, this.#bits[lane]);
  }

  /** Loads a word into a lane. */
  #load(lane: number, address: number): void {
    const at = address >>> 2;
    this.#bits[lane] = this.#words[at];
    let node = this.#shadow[at];
    if (!node && address >= this.#memory.operands && address < this.#memory.end) {
      node = this.nodes.add(this.#read, this.#words[at], at);
      this.#note(at, node);
    }
    this.#node[lane] = node;
  }

  #store(lane: number, address: number): void {
    const at = address >>> 2;
    this.#words[at] = this.#bits[lane];
    const node = this.#known(lane);
    this.#note(at, node);
    if (address >= this.#memory.operands && address < this.#memory.end) this.written.set(at, node);
  }

  #note(at: number, node: number): void {
    if (this.#shadow[at] === 0) this.#touched.push(at);
    this.#shadow[at] = node;
  }

  /** Leaves the shadow as it was. */
  leave(): void {
    for (const at of this.#touched) this.#shadow[at] = 0;
  }

  #step(instruction: Instruction): void {
    const { op, imm, lanes } = instruction;
    const bits = this.#bits;
    const node = this.#node;
    switch (op.name) {
      case 'drop':
        this.#top -= 4;
        return;
      case 'local.get': {
        const from = 4 * imm;
        for (let lane = 0; lane < 4; lane++) {
          bits[this.#top + lane] = this.#localBits[from + lane];
          node[this.#top + lane] = this.#localNode[from + lane];
        }
        this.#top += 4;
        return;
      }
      case 'local.set':
        this.#top -= 4;
        this.#keep(imm, this.#top);
        return;
      case 'local.tee':
        this.#keep(imm, this.#top - 4);
        return;
      case 'select':
        this.#top -= 8;
        for (let lane = this.#top - 4; lane < this.#top; lane++) this.#choose(lane, lane + 4, this.#top + 4);
        return;
      case 'i32.const':
      case 'f32.const':
        bits[this.#top] = imm;
        node[this.#top] = 0;
        this.#top += 4;
        return;
      case 'v128.const':
        for (let lane = 0; lane < 4; lane++) {
          bits[this.#top + lane] = lanes![lane];
          node[this.#top + lane] = 0;
        }
        this.#top += 4;
        return;
      case 'i32.load':
      case 'f32.load':
      case 'i32.atomic.load':
        this.#load(this.#top - 4, bits[this.#top - 4] + imm);
        return;
      case 'v128.load': {
        const address = bits[this.#top - 4] + imm;
        for (let lane = 0; lane < 4; lane++) this.#load(this.#top - 4 + lane, address + 4 * lane);
        return;
      }
      case 'v128.load32_splat': {
        const lane = this.#top - 4;
        this.#load(lane, bits[lane] + imm);
        for (let next = lane + 1; next < lane + 4; next++) {
          bits[next] = bits[lane];
          node[next] = node[lane];
        }
        return;
      }
      case 'v128.load32_zero':
      case 'v128.load64_zero': {
        const lane = this.#top - 4;
        const address = bits[lane] + imm;
        bits.fill(0, lane, lane + 4);
        node.fill(0, lane, lane + 4);
        this.#load(lane, address);
        if (op.name === 'v128.load64_zero') this.#load(lane + 1, address + 4);
        return;
      }
      case 'v128.load32_lane': {
        this.#top -= 4;
        const address = bits[this.#top - 4] + imm;
        this.#move(this.#top, this.#top - 4);
        this.#load(this.#top - 4 + lanes![0], address);
        return;
      }
      case 'i32.store':
      case 'f32.store':
        this.#top -= 8;
        this.#store(this.#top + 4, bits[this.#top] + imm);
        return;
      case 'v128.store':
        this.#top -= 8;
        for (let lane = 0; lane < 4; lane++)
          this.#store(this.#top + 4 + lane, bits[this.#top] + imm + 4 * lane);
        return;
      case 'v128.store32_lane':
        this.#top -= 8;
        this.#store(this.#top + 4 + lanes![0], bits[this.#top] + imm);
        return;
      case 'v128.store64_lane':
        this.#top -= 8;
        for (let lane = 0; lane < 2; lane++)
          this.#store(this.#top + 4 + 2 * lanes![0] + lane, bits[this.#top] + imm + 4 * lane);
        return;
      case 'memory.fill': {
        this.#top -= 12;
        const [address, value, count] = [bits[this.#top], bits[this.#top + 4], bits[this.#top + 8]];
        new Uint8Array(this.#memory.bytes).fill(value, address, address + count);
        for (let at = address >>> 2; at < (address + count) >>> 2; at++)
          this.#note(at, this.nodes.add(this.#constant, this.#words[at]));
        return;
      }
      case 'f32x4.splat':
      case 'i32x4.splat':
        for (let lane = this.#top - 3; lane < this.#top; lane++) {
          bits[lane] = bits[this.#top - 4];
          node[lane] = node[this.#top - 4];
        }
        return;
      case 'f32x4.extract_lane':
      case 'i32x4.extract_lane':
        bits[this.#top - 4] = bits[this.#top - 4 + imm];
        node[this.#top - 4] = node[this.#top - 4 + imm];
        return;
      case 'f32x4.replace_lane':
      case 'i32x4.replace_lane':
        this.#top -= 4;
        bits[this.#top - 4 + imm] = bits[this.#top];
        node[this.#top - 4 + imm] = node[this.#top];
        return;
      case 'i8x16.shuffle': {
        this.#top -= 4;
        const from = this.#top - 4;
        const before = bits.slice(from, from + 8);
        const nodes = node.slice(from, from + 8);
        for (let lane = 0; lane < 4; lane++) {
          bits[from + lane] = before[lanes![lane]];
          node[from + lane] = nodes[lanes![lane]];
        }
        return;
      }
      case 'v128.any_true': {
        const from = this.#top - 4;
        bits[from] = bits[from] | bits[from + 1] | bits[from + 2] | bits[from + 3] ? 1 : 0;
        node[from] = 0;
        return;
      }
      case 'i32x4.all_true': {
        const from = this.#top - 4;
        bits[from] = bits[from] && bits[from + 1] && bits[from + 2] && bits[from + 3] ? 1 : 0;
        node[from] = 0;
        return;
      }
      case 'i32.atomic.rmw.cmpxchg': {
        this.#top -= 8;
        const address = bits[this.#top - 4] + imm;
        const old = this.#words[address >>> 2];
        if (old === bits[this.#top]) this.#words[address >>> 2] = bits[this.#top + 4];
        bits[this.#top - 4] = old;
        node[this.#top - 4] = 0;
        return;
      }
    }
    this.#compute((instruction.arithmetic ??= arithmeticOf(op.name)) as Arithmetic);
  }

  /**
   * One of two numbers, into the first one's lane. Where both were computed and the choice hangs on what was, the other
   * is remembered, too.
   */
  #choose(lane: number, other: number, condition: number): void {
    const node = this.#node;
    const [chosen, left] = this.#bits[condition] !== 0 ? [lane, other] : [other, lane];
    const computed = Math.min(node[chosen], node[left]) > tested && node[condition] !== 0;
    const both = computed && node[chosen] !== node[left];
    const bits = this.#bits[chosen];
    node[lane] = both
      ? this.nodes.add(this.nodes.number('select'), bits, node[chosen], node[left])
      : node[chosen];
    this.#bits[lane] = bits;
  }

  #keep(local: number, from: number): void {
    for (let lane = 0; lane < 4; lane++) {
      this.#localBits[4 * local + lane] = this.#bits[from + lane];
      this.#localNode[4 * local + lane] = this.#node[from + lane];
    }
  }

  /** Arithmetic, lane by lane. */
  #compute(arithmetic: Arithmetic): void {
    switch (arithmetic.kind) {
      case 'fused':
        this.#multiplyAdd(arithmetic.sign);
        break;
      case 'float1':
        this.#float1(arithmetic);
        break;
      case 'float2':
        this.#float2(arithmetic);
        break;
      case 'bitselect':
        this.#bitselect();
        break;
      case 'compared':
        this.#compare(arithmetic);
        break;
      case 'moved':
        break;
      case 'integer1':
        this.#integer1(arithmetic);
        break;
      case 'integer2':
        this.#integer2(arithmetic);
        break;
    }
  }

  #bitselect(): void {
    this.#top -= 8;
    for (let lane = this.#top - 4; lane < this.#top; lane++) {
      const mask = this.#bits[lane + 8];
      if (mask === 0 || mask === -1) this.#choose(lane, lane + 4, lane + 8);
      else {
        this.#set(lane, 'bits', (this.#bits[lane] & mask) | (this.#bits[lane + 4] & ~mask), lane, lane + 4);
      }
    }
  }

  #compare({ compute, count }: Extract<Arithmetic, { kind: 'compared' }>): void {
    this.#top -= 4;
    for (let lane = this.#top - 4; lane < this.#top - 4 + count; lane++) {
      const holds = compute(this.#floats[lane], this.#floats[lane + 4]);
      this.#bits[lane] = count === 1 ? Number(holds) : -Number(holds);
      this.#node[lane] = this.#node[lane] || this.#node[lane + 4] ? tested : 0;
    }
  }

  #integer1({ compute, count, converts }: Extract<Arithmetic, { kind: 'integer1' }>): void {
    for (let lane = this.#top - 4; lane < this.#top - 4 + count; lane++) {
      const result = compute(this.#bits[lane], this.#floats[lane]);
      if (converts && this.#node[lane]) this.#set(lane, 'convert', result, lane);
      else this.#plain(lane, result, lane, lane);
    }
  }

  #integer2({ compute, count, shift, test }: Extract<Arithmetic, { kind: 'integer2' }>): void {
    this.#top -= 4;
    for (let lane = this.#top - 4; lane < this.#top - 4 + count; lane++) {
      const other = shift ? this.#top : lane + 4;
      const result = compute(this.#bits[lane], this.#bits[other]);
      this.#plain(lane, test ? -result : result, lane, other);
    }
  }

  #set(lane: number, name: string, bits: number, a: number, b = -1): void {
    const first = this.#known(a);
    const second = b < 0 ? 0 : this.#known(b);
    this.#bits[lane] = bits;
    this.#node[lane] = this.nodes.add(this.nodes.number(name), bits, first, second);
  }

  /** A result of integer arithmetic: a number that is only kept or masked out stays what it was. */
  #plain(lane: number, result: number, a: number, b: number): void {
    const node = this.#node;
    if (node[a] === 0 && node[b] === 0) {
      this.#bits[lane] = result;
      node[lane] = 0;
      return;
    }
    const kept =
      result === this.#bits[a] && node[a] ? node[a] : result === this.#bits[b] && node[b] ? node[b] : 0;
    if (kept || result === 0) {
      this.#bits[lane] = result;
      node[lane] = kept;
    } else this.#set(lane, 'bits', result, a, b);
  }

  #multiplyAdd(sign: 1 | -1): void {
    const floats = this.#floats;
    this.#top -= 8;
    const fused = this.nodes.number(sign < 0 ? 'fusedSubtract' : 'fusedAdd');
    const apart = this.nodes.number(sign < 0 ? 'subtract' : 'add');
    const product = this.nodes.number('multiply');
    for (let lane = this.#top - 4; lane < this.#top; lane++) {
      const x = this.#known(lane);
      const y = this.#known(lane + 4);
      const z = this.#known(lane + 8);
      if (this.#fused) {
        floats[lane] = fusedMultiplyAdd(sign * floats[lane], floats[lane + 4], floats[lane + 8]);
        this.#node[lane] = this.nodes.add(fused, this.#bits[lane], x, y, z);
      } else {
        floats[lane] *= floats[lane + 4];
        const made = this.nodes.add(product, this.#bits[lane], x, y);
        floats[lane] = sign < 0 ? floats[lane + 8] - floats[lane] : floats[lane + 8] + floats[lane];
        this.#node[lane] = this.nodes.add(apart, this.#bits[lane], z, made);
      }
    }
  }

  #float1({ compute, count, name }: Extract<Arithmetic, { kind: 'float1' }>): void {
    const made = this.nodes.number(name);
    for (let lane = this.#top - 4; lane < this.#top - 4 + count; lane++) {
      const constant = this.#node[lane] === 0;
      const before = this.#known(lane);
      this.#floats[lane] = compute(this.#floats[lane]);
      this.#node[lane] = constant ? 0 : this.nodes.add(made, this.#bits[lane], before);
    }
  }

  #float2({ compute, count, name }: Extract<Arithmetic, { kind: 'float2' }>): void {
    const node = this.#node;
    const made = this.nodes.number(name);
    this.#top -= 4;
    for (let lane = this.#top - 4; lane < this.#top - 4 + count; lane++) {
      const constant = node[lane] === 0 && node[lane + 4] === 0;
      const x = constant ? 0 : this.#known(lane);
      const y = constant ? 0 : this.#known(lane + 4);
      this.#floats[lane] = compute(this.#floats[lane], this.#floats[lane + 4]);
      node[lane] = constant ? 0 : this.nodes.add(made, this.#bits[lane], x, y);
    }
  }
}

/** What an instruction computes, looked up once. */
type Arithmetic =
  | { readonly kind: 'fused'; readonly sign: 1 | -1 }
  | { readonly kind: 'bitselect' }
  | { readonly kind: 'moved' }
  | {
      readonly kind: 'float1';
      readonly compute: (x: number) => number;
      readonly count: number;
      readonly name: string;
    }
  | { readonly kind: 'float2'; readonly compute: Two; readonly count: number; readonly name: string }
  | { readonly kind: 'compared'; readonly compute: (x: number, y: number) => boolean; readonly count: number }
  | {
      readonly kind: 'integer1';
      readonly compute: Two;
      readonly count: number;
      /** Between whole numbers and floats. */
      readonly converts: boolean;
    }
  | {
      readonly kind: 'integer2';
      readonly compute: Two;
      readonly count: number;
      /** All lanes are shifted by the same number. */
      readonly shift: boolean;
      /** A comparison of vectors: all bits or none. */
      readonly test: boolean;
    };

type Two = (x: number, y: number) => number;

/** @throws Error for an instruction that no kernel has had so far. */
function arithmeticOf(instruction: string): Arithmetic {
  const [family, name] = instruction.split('.');
  const count = family.includes('x') || family === 'v128' ? 4 : 1;
  if (name === 'relaxed_madd') return { kind: 'fused', sign: 1 };
  if (name === 'relaxed_nmadd') return { kind: 'fused', sign: -1 };
  if (name === 'bitselect') return { kind: 'bitselect' };
  if (name.startsWith('reinterpret')) return { kind: 'moved' };
  if (family.startsWith('f32')) {
    if (float1[name]) return { kind: 'float1', compute: float1[name], count, name };
    if (float2[name]) return { kind: 'float2', compute: float2[name], count, name: names[name] ?? name };
    if (compared[name]) return { kind: 'compared', compute: compared[name], count };
  }
  const converts = name.startsWith('convert') || name.startsWith('trunc_sat');
  if (integer1[name]) return { kind: 'integer1', compute: integer1[name], count, converts };
  const vector = count === 4;
  const shift = vector && (name === 'shl' || name.startsWith('shr'));
  const test = vector && comparesIntegers.has(name);
  if (integer2[name]) return { kind: 'integer2', compute: integer2[name], count, shift, test };
  throw new Error(`traceKernel: the instruction ${instruction} is not known`);
}

const names: Readonly<Record<string, string>> = {
  add: 'add',
  sub: 'subtract',
  mul: 'multiply',
  div: 'divide',
  pmin: 'min',
  pmax: 'max',
};

/** To the nearest whole number, halves to the even one. */
function nearest(x: number): number {
  if (!(Math.abs(x) < 2 ** 23)) return x;
  const down = Math.floor(x);
  const rest = x - down;
  const rounded = rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded;
}

const float1: Readonly<Record<string, (x: number) => number>> = {
  abs: Math.abs,
  neg: (x) => -x,
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  sqrt: Math.sqrt,
};

const float2: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  min: Math.min,
  max: Math.max,
  // biome-ignore lint/complexity/useMathMinMax: of NaN and of zeros they give another one
  pmin: (x, y) => (y < x ? y : x),
  // biome-ignore lint/complexity/useMathMinMax: as above
  pmax: (x, y) => (x < y ? y : x),
};

const compared: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  gt: (x, y) => x > y,
  le: (x, y) => x <= y,
  ge: (x, y) => x >= y,
};

const saturated = (x: number, least: number, most: number) =>
  Number.isNaN(x) ? 0 : Math.min(most, Math.max(least, Math.trunc(x))) | 0;

/** Of one number: its bits, and what they are as a float. Gives bits. */
const integer1: Readonly<Record<string, (x: number, float: number) => number>> = {
  eqz: (x) => Number(x === 0),
  clz: (x) => Math.clz32(x),
  ctz: (x) => (x === 0 ? 32 : 31 - Math.clz32(x & -x)),
  not: (x) => ~x,
  neg: (x) => -x | 0,
  abs: (x) => Math.abs(x) | 0,
  convert_i32_s: (x) => bitsOf(x),
  convert_i32_u: (x) => bitsOf(x >>> 0),
  convert_i32x4_s: (x) => bitsOf(x),
  convert_i32x4_u: (x) => bitsOf(x >>> 0),
  trunc_sat_f32_s: (_, x) => saturated(x, -(2 ** 31), 2 ** 31 - 1),
  trunc_sat_f32_u: (_, x) => saturated(x, 0, 2 ** 32 - 1),
  trunc_sat_f32x4_s: (_, x) => saturated(x, -(2 ** 31), 2 ** 31 - 1),
  trunc_sat_f32x4_u: (_, x) => saturated(x, 0, 2 ** 32 - 1),
};

const comparesIntegers = new Set('eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'.split(' '));

const integer2: Readonly<Record<string, (x: number, y: number) => number>> = {
  add: (x, y) => (x + y) | 0,
  sub: (x, y) => (x - y) | 0,
  mul: Math.imul,
  div_s: (x, y) => Math.trunc(x / y) | 0,
  div_u: (x, y) => Math.floor((x >>> 0) / (y >>> 0)) | 0,
  rem_s: (x, y) => (x % y) | 0,
  rem_u: (x, y) => ((x >>> 0) % (y >>> 0)) | 0,
  and: (x, y) => x & y,
  andnot: (x, y) => x & ~y,
  or: (x, y) => x | y,
  xor: (x, y) => x ^ y,
  shl: (x, y) => x << (y & 31),
  shr_s: (x, y) => x >> (y & 31),
  shr_u: (x, y) => (x >>> (y & 31)) | 0,
  rotl: (x, y) => (x << (y & 31)) | (x >>> (-y & 31)),
  rotr: (x, y) => (x >>> (y & 31)) | (x << (-y & 31)),
  min_s: (x, y) => Math.min(x, y),
  max_s: (x, y) => Math.max(x, y),
  min_u: (x, y) => Math.min(x >>> 0, y >>> 0) | 0,
  max_u: (x, y) => Math.max(x >>> 0, y >>> 0) | 0,
  eq: (x, y) => Number(x === y),
  ne: (x, y) => Number(x !== y),
  lt_s: (x, y) => Number(x < y),
  lt_u: (x, y) => Number(x >>> 0 < y >>> 0),
  gt_s: (x, y) => Number(x > y),
  gt_u: (x, y) => Number(x >>> 0 > y >>> 0),
  le_s: (x, y) => Number(x <= y),
  le_u: (x, y) => Number(x >>> 0 <= y >>> 0),
  ge_s: (x, y) => Number(x >= y),
  ge_u: (x, y) => Number(x >>> 0 >= y >>> 0),
};
