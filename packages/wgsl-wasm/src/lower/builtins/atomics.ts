/**
 * Atomic builtins: WebAssembly's atomics on buffers that threads share, plain reads and writes on memory of one
 * thread. `rare-atomics.ts` has those that few kernels have.
 */
import type { BuiltinCall, Expression } from '../../check/program.ts';
import { rare } from '../../rare.ts';
import type { Context } from '../context.ts';
import { lowerExpression, lowerNode } from '../expressions.ts';
import type { Node } from '../graph.ts';
import { addressOf } from '../linear.ts';
import type { Value } from '../values.ts';

export interface Target {
  readonly base: Node;
  readonly offset: number;
  /** Other threads may use it at the same time. */
  readonly shared: boolean;
  readonly signed: boolean;
  /** i32: 0 where an index was outside, so that nothing may be written; null if it cannot be. */
  readonly inside: Node | null;
}

function targetOf(context: Context, pointer: Expression): Target {
  const value = lowerExpression(context, pointer);
  if (value.kind !== 'pointer' || value.place.kind !== 'memory') {
    throw new Error('internal: an atomic must lie in memory');
  }
  const { place } = value;
  const { base, offset } = addressOf(context.b, place.base, place.bytes, 1, place.offset);
  const signed = place.type.kind === 'atomic' && place.type.element.name === 'i32';
  return { base, offset, shared: place.shared && context.sharedMemory, signed, inside: place.inside ?? null };
}

export function atomicLoad(context: Context, target: Target): Node {
  if (target.shared) return context.b.effect('i32.atomic.load', [target.base], target.offset);
  return context.b.load('i32.load', target.base, target.offset, { constant: false, safe: false });
}

export function store(context: Context, target: Target, value: Node): void {
  context.b.effect(target.shared ? 'i32.atomic.store' : 'i32.store', [target.base, value], target.offset);
}

export function atomicStore(context: Context, args: readonly Expression[]): void {
  const target = targetOf(context, args[0]);
  const value = lowerNode(context, args[1]);
  if (target.inside) context.b.conditional(target.inside, () => store(context, target, value));
  else store(context, target, value);
}

const UPDATES: Record<string, { atomic: string; plain: string | null }> = {
  atomicAdd: { atomic: 'add', plain: 'i32.add' },
  atomicSub: { atomic: 'sub', plain: 'i32.sub' },
  atomicAnd: { atomic: 'and', plain: 'i32.and' },
  atomicOr: { atomic: 'or', plain: 'i32.or' },
  atomicXor: { atomic: 'xor', plain: 'i32.xor' },
  atomicExchange: { atomic: 'xchg', plain: null },
};

export function lowerAtomic(context: Context, call: BuiltinCall): Value {
  const { b } = context;
  const target = targetOf(context, call.args[0]);
  if (call.name === 'atomicLoad') return atomicLoad(context, target);
  const operand = lowerNode(context, call.args[1]);
  const update = UPDATES[call.name];
  if (!update) return rare().lowerRareAtomic(context, call, target, operand);
  const apply = (): Node => {
    if (target.shared)
      return b.effect(`i32.atomic.rmw.${update.atomic}`, [target.base, operand], target.offset);
    const old = atomicLoad(context, target);
    store(context, target, update.plain ? b.value(update.plain, [old, operand]) : operand);
    return old;
  };
  return target.inside ? rare().atomicInside(context, target.inside, apply) : apply();
}
