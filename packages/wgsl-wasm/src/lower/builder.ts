/**
 * Builds the middle form. Equal values are computed once (within the code that dominates them), and a value whose
 * operands do not change inside a loop is computed before it: both happen as nodes are made, so there is no later
 * pass over the code.
 */
import { type Opcode, opcode, type ValueType } from '../encode/opcodes.ts';
import { simplify } from './fold.ts';
import {
  type Cell,
  floatToBits,
  type Item,
  isConstant,
  type Label,
  type Node,
  newRegion,
  type PhiSet,
  type Region,
  type Sets,
} from './graph.ts';
import { hashOf, ValueTable } from './value-table.ts';

const NONE: Node[] = [];

type Environment = Map<Cell, Node>;

interface Incoming {
  readonly environment: Environment;
  readonly sets: Sets;
}

/** Where branches out of a block arrive. */
export interface Join {
  readonly label: Label;
  readonly cells: readonly Cell[];
  /** Whether cells made inside of the block live on where every arrival has a value for them. */
  readonly keepsNew: boolean;
  readonly incoming: Incoming[];
  /** The region that holds the block. */
  readonly outside: Region;
}

/** The start of a loop: where its back edges arrive. */
export interface LoopHeader {
  readonly label: Label;
  readonly phis: readonly { readonly cell: Cell; readonly phi: Node }[];
  readonly body: Region;
}

export interface BuilderOptions {
  /** Contract `a * b + c` into the relaxed multiply-add. */
  readonly contract: boolean;
  /** Remember which conditions hold where: `isKnown`. */
  readonly facts?: boolean;
}

/** Comparisons by what they are when they do not hold, and with their operands changed around. */
const NOT: Record<string, string> = { 'i32.ge_u': 'i32.lt_u', 'i32.le_u': 'i32.gt_u' };
const AROUND: Record<string, string> = { 'i32.gt_u': 'i32.lt_u', 'i32.le_u': 'i32.ge_u' };

/** The most values that one kernel may have: a limit on what unrolling and inlining may produce. */
const NODE_LIMIT = 400_000;

/** The kernel becomes too large once its loops are unrolled and its functions inlined. */
export class TooLarge extends Error {
  constructor(limit: number) {
    super(
      `the kernel has more than ${limit} operations after unrolling and inlining; make its constant loops smaller, or call its functions from fewer places`,
    );
  }
}

/** The cells that have a value wherever control arrives: those from before the block first, in their old order. */
function commonCells(join: Join): Cell[] {
  const [first, ...others] = join.incoming.map((arrival) => arrival.environment);
  const cells = new Set([...join.cells, ...first.keys()]);
  return [...cells].filter((cell) => first.has(cell) && others.every((arrival) => arrival.has(cell)));
}

export class Builder {
  readonly entry: Region = newRegion('entry', null);
  readonly options: BuilderOptions;
  region: Region = this.entry;
  /** False after a branch, until the next join. Code made there is dropped. */
  reachable = true;
  environment: Environment = new Map();
  nodeCount = 0;
  /** Where in the text the code comes from that is being built, an offset; -1 for what stands nowhere in it. */
  pos = -1;
  /** Loops of the program itself. */
  innerLoops = 0;

  /** The constant vectors. */
  readonly constants: Node[] = [];
  readonly #values = new ValueTable();

  constructor(options: BuilderOptions) {
    this.options = options;
  }

  // --- values -------------------------------------------------------------------------------------------------------

  make(
    op: string,
    type: ValueType | null,
    args: Node[],
    region: Region,
    imm = 0,
    bytes: Uint8Array | null = null,
  ): Node {
    if (++this.nodeCount > NODE_LIMIT) throw new TooLarge(NODE_LIMIT);
    return {
      kind: 'node',
      id: this.nodeCount,
      pos: this.pos,
      op,
      type,
      args,
      imm,
      lane: 0,
      bytes,
      region,
      effect: false,
      constantLoad: false,
      memory: null,
      sources: null,
      next: null,
      linear: null,
      live: false,
      users: [],
      otherUses: 0,
      local: -1,
    };
  }

  i32(value: number): Node {
    return this.#constant('i32.const', value | 0, null);
  }

  f32(value: number): Node {
    return this.#constant('f32.const', floatToBits(value), null);
  }

  f32Bits(value: number): Node {
    return this.#constant('f32.const', value | 0, null);
  }

  v128(bytes: Uint8Array): Node {
    return this.#constant('v128.const', 0, bytes);
  }

  #constant(op: string, imm: number, bytes: Uint8Array | null): Node {
    const code = opcode(op);
    const hash = hashOf(code, NONE, imm, bytes);
    let node = this.#values.find(hash, op, NONE, imm, bytes);
    if (!node) {
      node = this.make(op, code.result, [], this.entry, imm, bytes);
      this.#values.add(hash, node);
      if (bytes) this.constants.push(node);
    }
    return node;
  }

  /** The function's own parameter. */
  parameter(index: number, type: ValueType): Node {
    return this.make('parameter', type, [], this.entry, index);
  }

  /** A pure value: simplified, found again if it was computed before, moved out of the loops it does not depend on. */
  value(op: string, args: Node[], imm = 0, bytes: Uint8Array | null = null): Node {
    const code = opcode(op);
    return simplify(this, code.name, args, imm, bytes) ?? this.#computed(code, args, imm, bytes);
  }

  /** Like `value`, without simplification. */
  raw(op: string, args: Node[], imm = 0, bytes: Uint8Array | null = null): Node {
    return this.#computed(opcode(op), args, imm, bytes);
  }

  #computed(code: Opcode, args: Node[], imm: number, bytes: Uint8Array | null): Node {
    // The table's own string: those put together from pieces (`${family}.add`) are slow to compare.
    const { name } = code;
    const hash = hashOf(code, args, imm, bytes);
    const known = this.#values.find(hash, name, args, imm, bytes);
    if (known) return known;
    const type = name === 'select' ? args[0].type : code.result;
    const node = this.#place(this.make(name, type, args, this.#hoistedHome(args), imm, bytes));
    this.#values.add(hash, node);
    return node;
  }

  #place(node: Node): Node {
    if (this.reachable || node.region !== this.region) node.region.items.push(node);
    return node;
  }

  /** The innermost region still open around the place where a node was computed. */
  openHome(node: Node): Region {
    let region = node.region;
    while (!region.open) region = region.parent!;
    return region;
  }

  /** Where a value of these operands can be computed: before the outermost loop that none of them depends on. */
  #hoistedHome(args: readonly Node[]): Region {
    let depth = 0;
    for (const arg of args) {
      const home = this.openHome(arg);
      if (home.depth > depth) depth = home.depth;
    }
    let target = this.region;
    for (let region = this.region; region.depth > depth; region = region.parent!) {
      if (region.kind === 'loop') target = region.parent!;
    }
    return target;
  }

  /**
   * A read of memory at `address + offset`. `constant`: nothing writes there while the kernel runs, so that equal
   * reads are one, and a read that every iteration makes moves before the loop. `safe`: also where the code may not
   * be reached at all.
   */
  load(op: string, address: Node, offset: number, options: { constant: boolean; safe: boolean }): Node {
    const code = opcode(op);
    if (!options.constant)
      return this.#place(this.make(code.name, code.result, [address], this.region, offset));
    const args = [address];
    const hash = hashOf(code, args, offset, null);
    const known = this.#values.find(hash, code.name, args, offset, null);
    if (known) return known;
    let home = this.region;
    const limit = this.openHome(address).depth;
    for (let region = this.region; region.depth > limit; region = region.parent!) {
      if (!options.safe && (region.kind === 'if' || region.escaped)) break;
      if (region.kind === 'loop') home = region.parent!;
    }
    const node = this.make(code.name, code.result, args, home, offset);
    node.constantLoad = true;
    this.#values.add(hash, node);
    return this.#place(node);
  }

  /** A store, an atomic or another instruction with an effect: stays exactly here. */
  effect(op: string, args: Node[], imm = 0, lane = 0): Node {
    const { name, result } = opcode(op);
    const node = this.make(name, result, args, this.region, imm);
    node.lane = lane;
    node.effect = true;
    if (this.reachable) this.region.items.push(node);
    return node;
  }

  /** Ends the function's execution with a WebAssembly trap. */
  trap(): void {
    this.#append({ kind: 'trap', pos: this.pos });
    this.reachable = false;
  }

  #append(item: Item): void {
    if (this.reachable) this.region.items.push(item);
  }

  // --- variables ----------------------------------------------------------------------------------------------------

  get(cell: Cell): Node {
    const node = this.environment.get(cell);
    if (!node) {
      // Only code that is never executed can read a variable before its declaration.
      if (!this.reachable) return this.zero(cell.type);
      throw new Error(`internal: variable '${cell.name}' has no value`);
    }
    return node;
  }

  set(cell: Cell, node: Node): void {
    this.environment.set(cell, node);
  }

  zero(type: ValueType): Node {
    if (type === 'i32') return this.i32(0);
    if (type === 'f32') return this.f32(0);
    return this.v128(new Uint8Array(16));
  }

  #phi(cell: Cell, region: Region): Node {
    const node = this.make('phi', cell.type, [], region);
    node.sources = [];
    return node;
  }

  #addSource(phi: Node, value: Node, sets: Sets): void {
    const set: PhiSet = { phi, value };
    phi.sources!.push(set);
    sets.list.push(set);
  }

  // --- conditions ---------------------------------------------------------------------------------------------------

  /** Notes that a condition holds in a region from here on, or that it does not. */
  #note(region: Region, condition: Node, holds: boolean): void {
    if (!this.options.facts) return;
    const [x, y] = condition.args;
    if (condition.op === (holds ? 'i32.and' : 'i32.or')) {
      this.#note(region, x, holds);
      this.#note(region, y, holds);
      return;
    }
    if (condition.op === 'i32.eqz') {
      this.#note(region, x, !holds);
      return;
    }
    const op = holds ? condition.op : NOT[condition.op];
    if (!op || condition.args.length !== 2) return;
    const around = AROUND[op];
    (region.facts ??= []).push(around ? { op: around, x: y, y: x } : { op, x, y });
  }

  /** Whether a comparison (`<`) is known to hold here, since the code is reached only then. */
  isKnown(op: string, x: Node, y: Node): boolean {
    for (let region: Region | null = this.region; region; region = region.parent) {
      if (region.facts?.some((fact) => fact.op === op && fact.x === x && fact.y === y)) return true;
    }
    return false;
  }

  // --- control flow -------------------------------------------------------------------------------------------------

  #enter(region: Region): void {
    this.region = region;
  }

  #leave(outside: Region): void {
    this.region.open = false;
    this.region = outside;
  }

  #newJoin(keepsNew = false): Join {
    return {
      label: { kind: 'label', branches: 0 },
      cells: [...this.environment.keys()],
      keepsNew,
      incoming: [],
      outside: this.region,
    };
  }

  #newSets(): Sets {
    return { kind: 'sets', pos: this.pos, list: [] };
  }

  #arrive(join: Join): void {
    const sets = this.#newSets();
    this.region.items.push(sets);
    join.incoming.push({ environment: this.environment, sets });
  }

  /** Continues after a join: variables that arrive with different values become phis. */
  #finishJoin(join: Join): void {
    this.reachable = join.incoming.length > 0;
    if (!this.reachable) return;
    const merged: Environment = new Map();
    for (const cell of join.keepsNew ? commonCells(join) : join.cells) {
      const first = join.incoming[0].environment.get(cell)!;
      if (join.incoming.every((arrival) => arrival.environment.get(cell) === first)) {
        merged.set(cell, first);
        continue;
      }
      const phi = this.#phi(cell, this.region);
      for (const arrival of join.incoming) this.#addSource(phi, arrival.environment.get(cell)!, arrival.sets);
      merged.set(cell, phi);
    }
    this.environment = merged;
  }

  /**
   * Code that can be left early: `body` may branch to the join it is given. Variables that it declares end with it,
   * unless `keepsNew` says that the code after it sees those declared before every branch.
   */
  block(body: (join: Join) => void, keepsNew = false): void {
    if (!this.reachable) return;
    const outside = this.region;
    const join = this.#newJoin(keepsNew);
    const inner = newRegion('block', outside);
    this.environment = new Map(this.environment);
    this.#enter(inner);
    body(join);
    if (this.reachable) this.#arrive(join);
    this.#leave(outside);
    outside.items.push({ kind: 'block', pos: this.pos, label: join.label, body: inner });
    // Nothing leaves it early: what it computed is known afterwards.
    inner.merged = join.label.branches === 0;
    this.#finishJoin(join);
  }

  /** Leaves the block of the join. */
  branch(join: Join): void {
    if (!this.reachable) return;
    this.#arrive(join);
    join.label.branches++;
    this.region.items.push({ kind: 'branch', pos: this.pos, label: join.label });
    // What ends from here on ends in code that is not reached: the arrival keeps it.
    this.environment = new Map(this.environment);
    for (let region = this.region; region !== join.outside; region = region.parent!) region.escaped = true;
    this.reachable = false;
  }

  /** `if`: with a constant condition only the branch taken is built. */
  conditional(condition: Node, then: () => void, otherwise: (() => void) | null = null): void {
    if (!this.reachable) return;
    if (isConstant(condition)) {
      if (condition.imm !== 0) then();
      else otherwise?.();
      return;
    }
    const outside = this.region;
    const join = this.#newJoin();
    const before = this.environment;
    let leaves = false;
    const branches = [then, otherwise].map((build, i) => {
      const region = newRegion('if', outside);
      this.#note(region, condition, i === 0);
      this.environment = new Map(before);
      this.reachable = true;
      this.#enter(region);
      build?.();
      if (this.reachable) this.#arrive(join);
      else if (i === 0) leaves = true;
      this.#leave(outside);
      return region;
    });
    // Whoever comes past `if (x) { return; }` comes where x does not hold.
    if (leaves) this.#note(outside, condition, false);
    outside.items.push({ kind: 'if', pos: this.pos, condition, taken: branches[0], otherwise: branches[1] });
    this.#finishJoin(join);
  }

  /**
   * A loop. `carried` are the cells that an iteration may change; `body` gets the header and ends with `again`, else
   * the loop is left at the end of its body. What the loop leaves in the cells at that end is their value afterwards.
   */
  loop(carried: Iterable<Cell>, body: (header: LoopHeader) => void): void {
    if (!this.reachable) return;
    const outside = this.region;
    const inner = newRegion('loop', outside);
    const sets = this.#newSets();
    outside.items.push(sets);
    const phis: { cell: Cell; phi: Node }[] = [];
    this.environment = new Map(this.environment);
    for (const cell of carried) {
      const initial = this.environment.get(cell);
      if (!initial) continue;
      const phi = this.#phi(cell, inner);
      this.#addSource(phi, initial, sets);
      phis.push({ cell, phi });
      this.environment.set(cell, phi);
    }
    const header: LoopHeader = { label: { kind: 'label', branches: 0 }, phis, body: inner };
    this.#enter(inner);
    body(header);
    this.#leave(outside);
    outside.items.push({ kind: 'loop', pos: this.pos, label: header.label, body: inner });
  }

  /** Back to the start of the loop, if `condition` is given only where it holds. */
  again(header: LoopHeader, condition: Node | null = null): void {
    if (!this.reachable) return;
    const jump = () => {
      const sets = this.#newSets();
      for (const { cell, phi } of header.phis) this.#addSource(phi, this.environment.get(cell)!, sets);
      this.region.items.push(sets);
      header.label.branches++;
      this.region.items.push({ kind: 'branch', pos: this.pos, label: header.label });
      this.reachable = false;
    };
    if (condition) this.conditional(condition, jump);
    else jump();
  }
}
