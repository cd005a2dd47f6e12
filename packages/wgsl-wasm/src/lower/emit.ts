/** Writes the middle form as one WebAssembly function. */
import { Assembler } from '../encode/assembler.ts';
import { opcode } from '../encode/opcodes.ts';
import { type Builder, TooLarge } from './builder.ts';
import {
  type BlockItem,
  type Item,
  isConstant,
  type Label,
  type LoopItem,
  type Node,
  type Region,
} from './graph.ts';
import { improveLoads } from './lanes.ts';
import { markLive } from './liveness.ts';
import { pairNeighbours } from './pairs.ts';

/** Engines allow 50,000 locals in a function (WebAssembly JavaScript API, "Implementation-defined Limits"). */
const LOCAL_LIMIT = 49_000;

class Emitter {
  readonly code: Assembler;
  /** The labels of the blocks that are open, the innermost last; null for those that nothing branches to. */
  readonly #labels: (Label | null)[] = [];
  /** A value that is on the stack and not yet in its local. */
  #pending: Node | null = null;

  constructor(parameterCount: number) {
    this.code = new Assembler(parameterCount);
  }

  #localOf(node: Node): number {
    if (node.local < 0) {
      if (this.code.localCount >= LOCAL_LIMIT) throw new TooLarge(LOCAL_LIMIT);
      node.local = this.code.local(node.type!);
    }
    return node.local;
  }

  /** Puts the value that waits on the stack into its local. */
  #flush(): void {
    if (!this.#pending) return;
    const { pos } = this.code;
    this.code.pos = this.#pending.pos;
    this.code.set(this.#localOf(this.#pending));
    this.code.pos = pos;
    this.#pending = null;
  }

  /** Pushes operands in order; the first may already be on the stack. */
  #push(operands: readonly Node[]): void {
    let first = 0;
    if (this.#pending) {
      if (operands[0] === this.#pending) {
        const node = this.#pending;
        this.#pending = null;
        if (node.users.length + node.otherUses > 1) this.code.tee(this.#localOf(node));
        first = 1;
      } else {
        this.#flush();
      }
    }
    for (let i = first; i < operands.length; i++) this.#pushOne(operands[i]);
  }

  #pushOne(node: Node): void {
    switch (node.op) {
      case 'i32.const':
        this.code.i32(node.imm);
        return;
      case 'f32.const':
        this.code.f32Bits(node.imm);
        return;
      case 'v128.const':
        // A zero is cheaper made than kept; other constants are made once, at the start.
        if (node.local < 0) this.code.v128(node.bytes!);
        else this.code.get(node.local);
        return;
      case 'parameter':
        this.code.get(node.imm);
        return;
      default:
        this.code.get(this.#localOf(node));
    }
  }

  /** Constant vectors go into locals at the start, so that loops find them in registers. */
  constants(nodes: readonly Node[]): void {
    for (const node of nodes) {
      if (!node.live || node.bytes!.every((byte) => byte === 0)) continue;
      this.code.pos = node.pos;
      this.code.v128(node.bytes!);
      this.code.set(this.#localOf(node));
    }
  }

  region(region: Region): void {
    for (const item of region.items) this.#item(item);
    this.#flush();
  }

  #item(item: Item): void {
    this.code.pos = item.pos;
    switch (item.kind) {
      case 'node':
        this.#node(item);
        return;
      case 'sets': {
        const live = item.list.filter((set) => set.phi.live && set.phi !== set.value);
        if (live.length === 0) return;
        const [{ value }] = live;
        if (!isConstant(value) && live.length === 1) this.code.pos = value.pos;
        this.#push(live.map((set) => set.value));
        for (const set of live.toReversed()) this.code.set(this.#localOf(set.phi));
        return;
      }
      case 'block':
        this.#flush();
        if (item.label.branches === 0) {
          this.region(item.body);
          return;
        }
        this.#open('block', item);
        return;
      case 'loop':
        this.#flush();
        this.#open('loop', item);
        return;
      case 'if': {
        this.#push([item.condition]);
        this.code.open('if');
        this.#labels.push(null);
        this.region(item.taken);
        if (item.otherwise?.items.some(isWritten)) {
          this.code.pos = item.pos;
          this.code.op('else');
          this.region(item.otherwise);
        }
        this.#labels.pop();
        this.code.pos = item.pos;
        this.code.end();
        return;
      }
      case 'branch': {
        this.#flush();
        const depth = this.#labels.length - 1 - this.#labels.lastIndexOf(item.label);
        this.code.index('br', depth);
        return;
      }
      case 'trap':
        this.#flush();
        this.code.op('unreachable');
        return;
    }
  }

  #open(kind: 'block' | 'loop', { pos, label, body }: BlockItem | LoopItem): void {
    this.code.open(kind);
    this.#labels.push(label);
    this.region(body);
    this.#labels.pop();
    this.code.pos = pos;
    this.code.end();
  }

  #node(node: Node): void {
    if (!node.live || isConstant(node) || node.op === 'parameter') return;
    this.#push(node.args);
    const { immediate } = opcode(node.op);
    if (immediate === 'memory') this.code.memory(node.op, node.imm, alignment(node));
    else if (immediate === 'memoryLane') this.code.memoryLane(node.op, node.imm, node.lane, alignment(node));
    else if (immediate === 'index') this.code.index(node.op, node.imm);
    else if (immediate === 'lane') this.code.lane(node.op, node.imm);
    else if (immediate === 'lanes16') this.code.shuffle(node.bytes!);
    else this.code.op(node.op);
    if (node.type === null) return;
    if (node.users.length + node.otherUses === 0) this.code.op('drop');
    else this.#pending = node;
  }
}

/**
 * Atomic instructions demand their natural alignment; the others take a promise, and everything here is aligned to 4,
 * but for halves of a word.
 */
function alignment(node: Node): number {
  const { align } = opcode(node.op);
  return node.op.includes('atomic') ? align : Math.min(align, 2);
}

const isWritten = (item: Item): boolean => {
  if (item.kind === 'node') return item.live;
  if (item.kind === 'sets') return item.list.some((set) => set.phi.live && set.phi !== set.value);
  return true;
};

/**
 * The function's body. `parameterCount` locals come first. `positions` gets the place in the text that each instruction
 * comes from, -1 where there is none.
 */
export function emitFunction(builder: Builder, parameterCount: number, positions?: number[]): Assembler {
  markLive(builder.entry);
  improveLoads(builder, builder.entry);
  pairNeighbours(builder, builder.entry);
  const emitter = new Emitter(parameterCount);
  emitter.code.positions = positions;
  emitter.constants(builder.constants);
  emitter.region(builder.entry);
  return emitter.code;
}
