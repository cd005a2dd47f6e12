/**
 * Lowers one entry point to a WebAssembly module with one function, `run(arguments, firstWorkgroup, endWorkgroup,
 * scratch)`: it executes the workgroups of that range of linear numbers, x fastest.
 *
 * `arguments` is the address of a block: the three numbers of workgroups, the address of the kernel's tables, then
 * the address and the length in bytes of every buffer in the order of the bindings. `scratch` is the address of
 * memory that only this thread uses.
 */

import type { EntryPoint } from '../check/program.ts';
import type { Type } from '../check/types.ts';
import { ModuleBuilder } from '../encode/module.ts';
import { rare } from '../rare.ts';
import { Builder, TooLarge } from './builder.ts';
import { type Check, type Context, UnsupportedError } from './context.ts';
import { emitFunction } from './emit.ts';
import type { Cell, Node } from './graph.ts';
import { bindInputs, type Coordinates, initialisePrivate, numWorkgroups } from './invocation.ts';
import { endBudget, OPERATION_LIMIT, startBudget } from './limits.ts';
import { locationOf } from './memory.ts';
import type { Access } from './races.ts';
import { fillZero, lowerBlock } from './statements.ts';
import { Tables } from './tables.ts';
import { usageOf } from './usage.ts';

export interface LowerOptions {
  readonly debug: boolean;
  /** Accesses out of bounds are clamped (reads) or dropped (writes). */
  readonly robust?: boolean;
  /** Use the relaxed multiply-add. */
  readonly relaxed: boolean;
  readonly sharedMemory: boolean;
  /** How many operations an invocation may take in loops. */
  readonly operationLimit?: number;
  /** Call `env.access` and `env.barrier`: see `races.ts`. */
  readonly races?: boolean;
  /** Called whenever the kernel is lowered, for tests. */
  readonly onLowering?: () => void;
  /** Gets the place in the text that each instruction of the function comes from: see `emitFunction`. */
  readonly positions?: number[];
}

export interface LoweredKernel {
  readonly wasm: Uint8Array<ArrayBuffer>;
  /**
   * Constants that it reads from memory: the address of a copy, a multiple of 16, is the fourth word of the
   * arguments.
   */
  readonly tables: Uint8Array;
  /** Bytes of scratch memory that a thread needs. */
  readonly scratchBytes: number;
  /** What can trap, by the number that it leaves in scratch memory (plus one). */
  readonly checks: readonly Check[];
  /** Where it reads and writes storage and workgroup variables, if somebody watches for races. */
  readonly accesses: readonly Access[] | null;
  /** Operations in the whole kernel, a hint at the cost of one invocation. */
  readonly size: number;
  /** Whether a loop is left in the code of one invocation. */
  readonly hasLoops: boolean;
}

export function lowerKernel(entry: EntryPoint, options: LowerOptions): LoweredKernel {
  const inMemory = new Set<object>();
  let limited = entry.functions.some(({ body }) => usageOf(body).openLoop);
  let unrolls = true;
  for (let lowerings = 1; ; lowerings++) {
    options.onLowering?.();
    const { context, lower, finish } = lowering(entry, options, { inMemory, limited, unrolls });
    try {
      lower();
      if (context.needMemory.size === 0 && !context.needsBudget) return finish();
    } catch (error) {
      if (!(error instanceof TooLarge)) throw error;
      if (!context.unrolled) throw new UnsupportedError(error.message, entry.function.pos);
      unrolls = false;
    }
    limited ||= context.needsBudget;
    for (const owner of context.needMemory) inMemory.add(owner);
    // What only turns out because others have moved: not one by one.
    if (lowerings === MAXIMUM_SEARCHES) for (const owner of everyArray(entry)) inMemory.add(owner);
  }
}

/** So often is a kernel lowered to find what needs memory; then all of its arrays are put there. */
const MAXIMUM_SEARCHES = 3;

const holdsArray = (type: Type): boolean =>
  type.kind === 'array' || (type.kind === 'struct' && type.members.some((member) => holdsArray(member.type)));

/** The variables and names that an index may turn out to need in memory. */
function* everyArray(entry: EntryPoint): Generator<object> {
  for (const { body } of entry.functions) {
    const { used, assigned, values } = usageOf(body);
    for (const variable of [...used, ...assigned]) if (holdsArray(variable.storeType)) yield variable;
    for (const name of values) if (holdsArray(name.type)) yield name;
  }
}

/** What other lowerings of the kernel have found out. */
interface Known {
  readonly inMemory: ReadonlySet<object>;
  readonly limited: boolean;
  readonly unrolls: boolean;
}

/**
 * One lowering of the whole kernel. The result counts (`finish`) if nothing turned out to need memory, or a budget for
 * its loops.
 */
function lowering(
  entry: EntryPoint,
  options: LowerOptions,
  { inMemory, limited, unrolls }: Known,
): { readonly context: Context; readonly lower: () => void; readonly finish: () => LoweredKernel } {
  const robust = Boolean(options.robust && !options.debug);
  const b = new Builder({ contract: options.relaxed, facts: robust });
  const context: Context = {
    b,
    entry,
    debug: options.debug,
    robust,
    sharedMemory: options.sharedMemory,
    inMemory,
    needMemory: new Set(),
    constants: new Map(),
    tables: new Tables(),
    values: new Map(),
    locations: new Map(),
    arguments: b.parameter(0, 'i32'),
    scratch: b.parameter(3, 'i32'),
    scratchBytes: 0,
    slots: new Map(),
    invocationIndex: null,
    coordinates: null,
    accesses: options.races ? [] : null,
    checks: [],
    budget: limited ? { name: 'budget', type: 'i32' } : null,
    operationLimit: options.operationLimit ?? OPERATION_LIMIT,
    needsBudget: false,
    unrolls,
    unrolled: false,
    loopOperations: 0,
    bindings: entry.bindings,
    frame: { returnJoin: null, result: null, tailValue: null, onReturn: null },
    jumps: null,
    interleaved: entry.hasBarrier,
  };
  const finish = (): LoweredKernel => {
    // Those of a lowering that became too large.
    options.positions?.splice(0);
    const module = new ModuleBuilder({
      sharedMemory: options.sharedMemory,
      importFunctions: options.races ? rare().RACE_IMPORTS : [],
    });
    module.add(['i32', 'i32', 'i32', 'i32'], [], emitFunction(b, 4, options.positions), entry.name, 'run');
    return {
      wasm: module.finish(),
      tables: context.tables.bytes(),
      scratchBytes: context.scratchBytes,
      checks: context.checks,
      accesses: context.accesses,
      size: b.nodeCount,
      hasLoops: b.innerLoops > 0,
    };
  };
  return { context, lower: () => lowerWorkgroups(context), finish };
}

/** `for (counter = from; counter < to; counter++)`, where at least one iteration is certain. */
function countLoop(
  context: Context,
  name: string,
  from: Node,
  to: Node,
  body: (counter: Node) => void,
): void {
  const { b } = context;
  const cell: Cell = { name, type: 'i32' };
  b.set(cell, from);
  b.loop([cell], (header) => {
    const counter = b.get(cell);
    body(counter);
    b.set(cell, b.value('i32.add', [counter, b.i32(1)]));
    b.again(header, b.value('i32.lt_u', [b.get(cell), to]));
  });
  b.environment.delete(cell);
}

/** The loop over workgroups: rows of consecutive x, so that what depends on y and z only is computed once a row. */
function lowerWorkgroups(context: Context): void {
  const { b, entry } = context;
  const first = b.parameter(1, 'i32');
  const end = b.parameter(2, 'i32');
  const [nx, ny] = [numWorkgroups(context, 0), numWorkgroups(context, 1)];
  const inputs = new Set(entry.inputs.map((input) => input.builtin));
  const [sx, sy, sz] = entry.workgroupSize;
  // With nothing but the global number asked for, the invocations of a row are one loop.
  const flat =
    !entry.hasBarrier &&
    sy * sz === 1 &&
    entry.workgroupVariables.length === 0 &&
    [...inputs].every((input) => input === 'global_invocation_id' || input === 'num_workgroups');
  const group: Cell = { name: 'workgroup', type: 'i32' };
  b.conditional(b.value('i32.lt_u', [first, end]), () => {
    b.set(group, first);
    b.loop([group], (header) => {
      const number = b.get(group);
      const x = b.value('i32.rem_u', [number, nx]);
      const row = b.value('i32.div_u', [number, nx]);
      const y = b.value('i32.rem_u', [row, ny]);
      const z = b.value('i32.div_u', [row, ny]);
      const rest = b.value('i32.sub', [end, number]);
      const left = b.value('i32.sub', [nx, x]);
      const count = b.value('select', [rest, left, b.value('i32.lt_u', [rest, left])]);
      const xEnd = b.value('i32.add', [x, count]);
      if (flat) {
        const scale = (node: Node) => b.value('i32.mul', [node, b.i32(sx)]);
        countLoop(context, 'x', scale(x), scale(xEnd), (globalX) => {
          const zero = b.i32(0);
          lowerInvocation(context, {
            workgroup: [zero, y, z],
            local: [zero, zero, zero],
            global: [globalX, y, z],
          });
        });
      } else {
        countLoop(context, 'x', x, xEnd, (workgroupX) => lowerWorkgroup(context, [workgroupX, y, z]));
      }
      b.set(group, b.value('i32.add', [number, count]));
      b.again(header, b.value('i32.lt_u', [b.get(group), end]));
    });
  });
}

/**
 * One workgroup: its memory starts as zero, then its invocations run, one after the other unless there are barriers.
 */
function lowerWorkgroup(context: Context, workgroup: [Node, Node, Node]): void {
  const { b, entry } = context;
  for (const variable of entry.workgroupVariables) {
    const location = locationOf(context, variable);
    if (location.kind === 'memory') {
      fillZero(context, location);
    }
  }
  if (entry.hasBarrier) {
    rare().lowerInterleaved(context, workgroup);
    return;
  }
  const [sx, sy, sz] = entry.workgroupSize;
  const dimension = (name: string, size: number, body: (counter: Node) => void) => {
    if (size === 1) body(b.i32(0));
    else
      countLoop(context, name, b.i32(0), b.i32(size), (counter) => {
        if (context.robust) rare().noteRange(counter, { low: 0, high: size - 1 });
        body(counter);
      });
  };
  dimension('local z', sz, (z) => {
    dimension('local y', sy, (y) => {
      dimension('local x', sx, (x) => lowerInvocation(context, { workgroup, local: [x, y, z] }));
    });
  });
}

function lowerInvocation(context: Context, coordinates: Coordinates): void {
  const { b, entry } = context;
  bindInputs(context, coordinates);
  startBudget(context);
  for (const variable of entry.privateVariables) initialisePrivate(context, variable);
  const { body } = entry.function;
  if (usageOf(body).returns) {
    b.block((join) => {
      context.frame = { returnJoin: join, result: null, tailValue: null, onReturn: null };
      lowerBlock(context, body);
    });
  } else {
    lowerBlock(context, body);
  }
  endBudget(context);
}
