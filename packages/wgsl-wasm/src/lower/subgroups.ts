/**
 * Subgroups of eight invocations, with neighbouring numbers in their workgroup: two quads. A call is two segments: in
 * the first one each invocation leaves its value in its slot, in the second one it reads those of its subgroup.
 */
import type { BuiltinCall, Expression, LetDeclaration } from '../check/program.ts';
import { sizeOf, type Type, U32, vectorOf } from '../check/types.ts';
import { Arithmetic } from './builtins/numeric.ts';
import type { Context } from './context.ts';
import type { Group } from './crossing.ts';
import { lowerExpression } from './expressions.ts';
import type { Node } from './graph.ts';
import { invocationMemory, loadFrom, storeTo } from './memory.ts';
import { binary, select } from './operators.ts';
import { leaveLet, segment } from './segments.ts';
import { SUBGROUP_SIZE } from './subgroup-size.ts';
import { usageOfExpression } from './usage.ts';
import { type MemoryLocation, nodeOf, plain } from './values.ts';
import { build } from './vectors.ts';

/** Whether the expression is a call that passes values through a subgroup. */
export const isSubgroupCall = (e: Expression): e is BuiltinCall =>
  e.kind === 'builtin' && /^(subgroup|quad)[A-Z]/.test(e.name);

/** The place where the invocation of that number leaves a value. */
export function slotFor(context: Context, owner: object, type: Type, invocation: Node): MemoryLocation {
  const { invocationIndex } = context;
  context.invocationIndex = () => invocation;
  const place = invocationMemory(context, owner, sizeOf(type));
  context.invocationIndex = invocationIndex;
  return { kind: 'memory', type, name: null, constant: false, shared: false, byteLength: null, ...place };
}

/** Whether the invocations took part in a call, by call. */
const taking = new WeakMap<BuiltinCall, object>();

/** `let declaration = call;` for those invocations for which `guard` is not 0 (without it: for all). */
export function lowerSubgroupLet(
  group: Group,
  declaration: LetDeclaration,
  call: BuiltinCall,
  guard?: () => Node,
): void {
  const { context } = group;
  const { b } = context;
  const active = guard && (taking.get(call) ?? {});
  if (active) taking.set(call, active);
  const own = () => (context.invocationIndex as () => Node)();
  segment(group, [], {
    usage: usageOfExpression(call),
    guard,
    before: () => {
      if (active && guard) storeTo(context, slotFor(context, active, U32, own()), guard());
    },
    finish: () => {
      for (const arg of call.args) {
        storeTo(context, slotFor(context, arg, arg.type, own()), lowerExpression(context, arg));
      }
    },
  });
  segment(group, [], {
    guard,
    finish: () => {
      const first = b.value('i32.and', [own(), b.i32(-SUBGROUP_SIZE)]);
      context.values.set(declaration, new Call(context, call, { own: own(), first, active }).result());
      leaveLet(group, declaration);
    },
  });
}

interface Place {
  /** The number of this invocation in its workgroup, and that of the first one of its subgroup. */
  readonly own: Node;
  readonly first: Node;
  readonly active: object | undefined;
}

/** The second half of a call: what one invocation gets. */
class Call {
  readonly #context: Context;
  readonly #call: BuiltinCall;
  readonly #place: Place;
  readonly #count: number;
  /** The number of this invocation in its subgroup. */
  readonly #lane: Node;

  constructor(context: Context, call: BuiltinCall, place: Place) {
    const [x, y, z] = context.entry.workgroupSize;
    this.#context = context;
    this.#call = call;
    this.#place = place;
    this.#count = x * y * z;
    this.#lane = context.b.value('i32.and', [place.own, context.b.i32(SUBGROUP_SIZE - 1)]);
  }

  #i32(name: string, ...args: Node[]): Node {
    return this.#context.b.value(`i32.${name}`, args);
  }

  /** The number in the workgroup of that invocation of the subgroup; this one's where there is none. */
  #number(lane: Node): Node {
    const { b } = this.#context;
    const { first, own } = this.#place;
    const number = this.#i32('add', first, lane);
    if (this.#count % SUBGROUP_SIZE === 0) return number;
    return b.value('select', [number, own, this.#i32('lt_u', number, b.i32(this.#count))]);
  }

  /** What the invocation passed as its argument. */
  #argument(index: number, lane: Node): Node {
    const arg = this.#call.args[index];
    return nodeOf(loadFrom(this.#context, slotFor(this.#context, arg, arg.type, this.#number(lane))));
  }

  /** Whether that invocation is there, and takes part. */
  #present(lane: Node): Node {
    const { b } = this.#context;
    const { first, active } = this.#place;
    const number = this.#i32('add', first, lane);
    const exists =
      this.#count % SUBGROUP_SIZE === 0 ? b.i32(1) : this.#i32('lt_u', number, b.i32(this.#count));
    if (!active) return exists;
    const took = nodeOf(loadFrom(this.#context, slotFor(this.#context, active, U32, this.#number(lane))));
    return this.#i32('and', exists, took);
  }

  /** `start`, and what those invocations passed for which `counts` holds, in their order. */
  #fold(start: Node, counts: (lane: Node) => Node, step: (sum: Node, value: Node) => Node): Node {
    const { b } = this.#context;
    const type = plain(this.#call.args[0].type);
    let sum = start;
    for (let i = 0; i < SUBGROUP_SIZE; i++) {
      const lane = b.i32(i);
      const counted = this.#i32('and', this.#present(lane), counts(lane));
      sum = select(b, type, sum, step(sum, this.#argument(0, lane)), counted);
    }
    return sum;
  }

  /** A word with a bit for each invocation: whether it takes part and `test` holds. */
  #bits(test: (lane: Node) => Node): Node {
    const { b } = this.#context;
    let word = b.i32(0);
    for (let i = 0; i < SUBGROUP_SIZE; i++) {
      const lane = b.i32(i);
      const bit = this.#i32('and', this.#present(lane), test(lane));
      word = this.#i32('or', word, this.#i32('shl', bit, lane));
    }
    return word;
  }

  result(): Node {
    const { b } = this.#context;
    const { name } = this.#call;
    const [, kind, operation] = /^(subgroup|quad)(\w+)$/.exec(name) as unknown as [string, string, string];
    const all = () => b.i32(1);
    const mask = (value: number) => this.#argument(0, this.#i32('xor', this.#lane, b.i32(value)));
    const passed = () => this.#i32('and', this.#argument(1, this.#lane), b.i32(SUBGROUP_SIZE - 1));
    if (kind === 'quad') {
      const masks: Record<string, number> = { SwapX: 1, SwapY: 2, SwapDiagonal: 3 };
      if (operation !== 'Broadcast') return mask(masks[operation]);
      const first = this.#i32('and', this.#lane, b.i32(-4));
      return this.#argument(0, this.#i32('or', first, passed()));
    }
    switch (operation) {
      case 'Elect':
        return this.#i32('eq', this.#lane, this.#i32('ctz', this.#bits(all)));
      case 'Any':
        return this.#i32(
          'ne',
          this.#bits((lane) => this.#argument(0, lane)),
          b.i32(0),
        );
      case 'All':
        return this.#i32(
          'eqz',
          this.#bits((lane) => this.#i32('eqz', this.#argument(0, lane))),
        );
      case 'Ballot': {
        const zero = b.i32(0);
        return build(b, vectorOf(4, U32), [this.#bits((lane) => this.#argument(0, lane)), zero, zero, zero]);
      }
      case 'Broadcast':
      case 'Shuffle':
        return this.#argument(0, passed());
      case 'BroadcastFirst':
        return this.#argument(0, this.#i32('ctz', this.#bits(all)));
      case 'ShuffleXor':
        return this.#argument(0, this.#i32('xor', this.#lane, passed()));
      case 'ShuffleUp':
        return this.#argument(0, this.#wrapped(this.#i32('sub', this.#lane, passed())));
      case 'ShuffleDown':
        return this.#argument(0, this.#wrapped(this.#i32('add', this.#lane, passed())));
      default:
        return this.#reduce(operation);
    }
  }

  #wrapped(lane: Node): Node {
    return this.#i32('and', lane, this.#context.b.i32(SUBGROUP_SIZE - 1));
  }

  #reduce(operation: string): Node {
    const { b } = this.#context;
    const type = plain(this.#call.args[0].type);
    const a = new Arithmetic(b, type);
    const own = this.#lane;
    const [, scan, what] = /^(Inclusive|Exclusive)?(\w+)$/.exec(operation) as unknown as string[];
    const counts = (lane: Node): Node => {
      if (!scan) return b.i32(1);
      return this.#i32(scan === 'Inclusive' ? 'le_u' : 'lt_u', lane, own);
    };
    const fold = (start: Node, step: (x: Node, y: Node) => Node) => this.#fold(start, counts, step);
    switch (what) {
      case 'Add':
        return fold(a.c(0), a.add);
      case 'Mul':
        return fold(a.c(1), a.mul);
      case 'Min':
        return fold(this.#argument(0, own), (x, y) => a.min(x, y));
      case 'Max':
        return fold(this.#argument(0, own), (x, y) => a.max(x, y));
      default: {
        const operator = { And: '&', Or: '|', Xor: '^' }[what] as string;
        return fold(a.c(what === 'And' ? -1 : 0), (x, y) => binary(b, operator, type, x, y));
      }
    }
  }
}
