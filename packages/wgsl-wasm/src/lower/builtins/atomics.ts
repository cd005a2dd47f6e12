/**
 * Atomic builtins: WebAssembly's atomics on buffers that threads share, plain reads and writes on memory of one
 * thread.
 */
import type { BuiltinCall, Expression } from '../../check/program.ts';
import type { Context } from '../context.ts';
import { lowerExpression, lowerNode } from '../expressions.ts';
import type { Node } from '../graph.ts';
import { addressOf } from '../linear.ts';
import type { Value } from '../values.ts';

interface Target {
  readonly base: Node;
  readonly offset: number;
  /** Other threads may use it at the same time. */
  readonly shared: boolean;
  readonly signed: boolean;
}

function targetOf(context: Context, pointer: Expression): Target {
  const value = lowerExpression(context, pointer);
  if (value.kind !== 'pointer' || value.place.kind !== 'memory') {
    throw new Error('internal: an atomic must lie in memory');
  }
  const { place } = value;
  const { base, offset } = addressOf(context.b, place.base, place.bytes, 1, place.offset);
  const signed = place.type.kind === 'atomic' && place.type.element.name === 'i32';
  return { base, offset, shared: place.shared && context.sharedMemory, signed };
}

function atomicLoad(context: Context, target: Target): Node {
  if (target.shared) return context.b.effect('i32.atomic.load', [target.base], target.offset);
  return context.b.load('i32.load', target.base, target.offset, { constant: false, safe: false });
}

function store(context: Context, target: Target, value: Node): void {
  context.b.effect(target.shared ? 'i32.atomic.store' : 'i32.store', [target.base, value], target.offset);
}

export function atomicStore(context: Context, args: readonly Expression[]): void {
  const target = targetOf(context, args[0]);
  store(context, target, lowerNode(context, args[1]));
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
  if (update) {
    if (target.shared)
      return b.effect(`i32.atomic.rmw.${update.atomic}`, [target.base, operand], target.offset);
    const old = atomicLoad(context, target);
    store(context, target, update.plain ? b.value(update.plain, [old, operand]) : operand);
    return old;
  }
  if (call.name === 'atomicCompareExchangeWeak') {
    const replacement = lowerNode(context, call.args[2]);
    const old = exchangeIfEqual(context, target, operand, replacement);
    return { kind: 'composite', parts: [old, b.value('i32.eq', [old, operand])] };
  }
  return minimumOrMaximum(context, call.name === 'atomicMin', target, operand);
}

function exchangeIfEqual(context: Context, target: Target, expected: Node, replacement: Node): Node {
  const { b } = context;
  if (target.shared) {
    return b.effect('i32.atomic.rmw.cmpxchg', [target.base, expected, replacement], target.offset);
  }
  const old = atomicLoad(context, target);
  store(context, target, b.value('select', [replacement, old, b.value('i32.eq', [old, expected])]));
  return old;
}

/** WebAssembly has no atomic minimum: exchanged in a loop until no other thread came between. */
function minimumOrMaximum(context: Context, minimum: boolean, target: Target, operand: Node): Node {
  const { b } = context;
  const comparison = `i32.${minimum ? 'lt' : 'gt'}_${target.signed ? 's' : 'u'}`;
  const better = (old: Node) => b.value('select', [operand, old, b.value(comparison, [operand, old])]);
  if (!target.shared) {
    const old = atomicLoad(context, target);
    store(context, target, better(old));
    return old;
  }
  const cell = { name: 'atomic', type: 'i32' } as const;
  b.set(cell, atomicLoad(context, target));
  b.loop([cell], (header) => {
    const expected = b.get(cell);
    const found = exchangeIfEqual(context, target, expected, better(expected));
    b.set(cell, found);
    b.again(header, b.value('i32.ne', [found, expected]));
  });
  const old = b.get(cell);
  b.environment.delete(cell);
  return old;
}
