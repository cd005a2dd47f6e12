/**
 * Runs a compiled kernel one instruction after the other, on the device's own WebAssembly and with its arithmetic, and
 * remembers of each number from which others it was computed.
 */
import { type Arithmetic, arithmeticOf } from './arithmetic.ts';
import { LaneStack } from './lane-stack.ts';
import type { NodeOp, Nodes } from './nodes.ts';
import type { Instruction, WasmFunction } from './wasm-code.ts';

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

/** The stack, the locals and the memory; each holds four lanes of bits and of nodes. Scalars are in lane 0. */
class StackMachine extends LaneStack {
  readonly written = new Map<number, number>();
  /** By word of memory: the node of what lies there now, 0 if nobody has touched it. */
  readonly #shadow: Int32Array;
  readonly #touched: number[] = [];
  readonly #kernel: WasmFunction;
  readonly #memory: RunMemory;
  readonly #words: Int32Array;
  readonly #localBits: Int32Array;
  readonly #localNode: Int32Array;
  readonly #read: NodeOp;

  constructor(kernel: WasmFunction, memory: RunMemory, fused: boolean) {
    super(fused);
    this.#kernel = kernel;
    this.#memory = memory;
    this.#words = new Int32Array(memory.bytes);
    this.#shadow = memory.shadow;
    this.#localBits = new Int32Array(4 * kernel.locals);
    this.#localNode = new Int32Array(4 * kernel.locals);
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
        this.top = top;
        at = start;
        return;
      }
      blocks.length = target;
      if (instruction.imm === 1) this.move(this.top - 4, top);
      this.top = top + 4 * instruction.imm;
      at = instruction.end;
    };
    for (; at < code.length; at++) {
      const instruction = code[at];
      switch (instruction.op.name) {
        case 'block':
        case 'loop':
          blocks.push({ instruction, start: at, top: this.top });
          break;
        case 'if': {
          this.top -= 4;
          const taken = this.bits[this.top] !== 0;
          if (taken || instruction.otherwise >= 0) blocks.push({ instruction, start: at, top: this.top });
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
          this.top -= 4;
          if (this.bits[this.top] !== 0) branch(instruction.imm);
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

  /** Loads a word into a lane. */
  #load(lane: number, address: number): void {
    const at = address >>> 2;
    this.bits[lane] = this.#words[at];
    let node = this.#shadow[at];
    if (!node && address >= this.#memory.operands && address < this.#memory.end) {
      node = this.nodes.add(this.#read, this.#words[at], at);
      this.#note(at, node);
    }
    this.node[lane] = node;
  }

  #store(lane: number, address: number): void {
    const at = address >>> 2;
    this.#words[at] = this.bits[lane];
    const node = this.known(lane);
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
    const bits = this.bits;
    const node = this.node;
    switch (op.name) {
      case 'drop':
        this.top -= 4;
        return;
      case 'local.get': {
        const from = 4 * imm;
        for (let lane = 0; lane < 4; lane++) {
          bits[this.top + lane] = this.#localBits[from + lane];
          node[this.top + lane] = this.#localNode[from + lane];
        }
        this.top += 4;
        return;
      }
      case 'local.set':
        this.top -= 4;
        this.#keep(imm, this.top);
        return;
      case 'local.tee':
        this.#keep(imm, this.top - 4);
        return;
      case 'select':
        this.top -= 8;
        for (let lane = this.top - 4; lane < this.top; lane++) this.choose(lane, lane + 4, this.top + 4);
        return;
      case 'i32.const':
      case 'f32.const':
        bits[this.top] = imm;
        node[this.top] = 0;
        this.top += 4;
        return;
      case 'v128.const':
        for (let lane = 0; lane < 4; lane++) {
          bits[this.top + lane] = lanes![lane];
          node[this.top + lane] = 0;
        }
        this.top += 4;
        return;
      case 'i32.load':
      case 'f32.load':
      case 'i32.atomic.load':
        this.#load(this.top - 4, bits[this.top - 4] + imm);
        return;
      case 'v128.load': {
        const address = bits[this.top - 4] + imm;
        for (let lane = 0; lane < 4; lane++) this.#load(this.top - 4 + lane, address + 4 * lane);
        return;
      }
      case 'v128.load32_splat': {
        const lane = this.top - 4;
        this.#load(lane, bits[lane] + imm);
        for (let next = lane + 1; next < lane + 4; next++) {
          bits[next] = bits[lane];
          node[next] = node[lane];
        }
        return;
      }
      case 'v128.load32_zero':
      case 'v128.load64_zero': {
        const lane = this.top - 4;
        const address = bits[lane] + imm;
        bits.fill(0, lane, lane + 4);
        node.fill(0, lane, lane + 4);
        this.#load(lane, address);
        if (op.name === 'v128.load64_zero') this.#load(lane + 1, address + 4);
        return;
      }
      case 'v128.load32_lane': {
        this.top -= 4;
        const address = bits[this.top - 4] + imm;
        this.move(this.top, this.top - 4);
        this.#load(this.top - 4 + lanes![0], address);
        return;
      }
      case 'i32.store':
      case 'f32.store':
        this.top -= 8;
        this.#store(this.top + 4, bits[this.top] + imm);
        return;
      case 'v128.store':
        this.top -= 8;
        for (let lane = 0; lane < 4; lane++)
          this.#store(this.top + 4 + lane, bits[this.top] + imm + 4 * lane);
        return;
      case 'v128.store32_lane':
        this.top -= 8;
        this.#store(this.top + 4 + lanes![0], bits[this.top] + imm);
        return;
      case 'v128.store64_lane':
        this.top -= 8;
        for (let lane = 0; lane < 2; lane++)
          this.#store(this.top + 4 + 2 * lanes![0] + lane, bits[this.top] + imm + 4 * lane);
        return;
      case 'memory.fill': {
        this.top -= 12;
        const [address, value, count] = [bits[this.top], bits[this.top + 4], bits[this.top + 8]];
        new Uint8Array(this.#memory.bytes).fill(value, address, address + count);
        for (let at = address >>> 2; at < (address + count) >>> 2; at++)
          this.#note(at, this.nodes.add(this.constant, this.#words[at]));
        return;
      }
      case 'f32x4.splat':
      case 'i32x4.splat':
        for (let lane = this.top - 3; lane < this.top; lane++) {
          bits[lane] = bits[this.top - 4];
          node[lane] = node[this.top - 4];
        }
        return;
      case 'f32x4.extract_lane':
      case 'i32x4.extract_lane':
        bits[this.top - 4] = bits[this.top - 4 + imm];
        node[this.top - 4] = node[this.top - 4 + imm];
        return;
      case 'f32x4.replace_lane':
      case 'i32x4.replace_lane':
        this.top -= 4;
        bits[this.top - 4 + imm] = bits[this.top];
        node[this.top - 4 + imm] = node[this.top];
        return;
      case 'i8x16.shuffle': {
        this.top -= 4;
        const from = this.top - 4;
        const before = bits.slice(from, from + 8);
        const nodes = node.slice(from, from + 8);
        for (let lane = 0; lane < 4; lane++) {
          bits[from + lane] = before[lanes![lane]];
          node[from + lane] = nodes[lanes![lane]];
        }
        return;
      }
      case 'v128.any_true': {
        const from = this.top - 4;
        bits[from] = bits[from] | bits[from + 1] | bits[from + 2] | bits[from + 3] ? 1 : 0;
        node[from] = 0;
        return;
      }
      case 'i32x4.all_true': {
        const from = this.top - 4;
        bits[from] = bits[from] && bits[from + 1] && bits[from + 2] && bits[from + 3] ? 1 : 0;
        node[from] = 0;
        return;
      }
      case 'i32.atomic.rmw.cmpxchg': {
        this.top -= 8;
        const address = bits[this.top - 4] + imm;
        const old = this.#words[address >>> 2];
        if (old === bits[this.top]) this.#words[address >>> 2] = bits[this.top + 4];
        bits[this.top - 4] = old;
        node[this.top - 4] = 0;
        return;
      }
    }
    this.compute((instruction.arithmetic ??= arithmeticOf(op.name)) as Arithmetic);
  }

  #keep(local: number, from: number): void {
    for (let lane = 0; lane < 4; lane++) {
      this.#localBits[4 * local + lane] = this.bits[from + lane];
      this.#localNode[4 * local + lane] = this.node[from + lane];
    }
  }
}
