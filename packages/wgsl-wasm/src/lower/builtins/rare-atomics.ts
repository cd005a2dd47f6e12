/** Atomic builtins that few kernels have: `atomicCompareExchangeWeak`, `atomicMin`, `atomicMax`. */
import type { BuiltinCall } from '../../check/program.ts';
import type { Context } from '../context.ts';
import { lowerNode } from '../expressions.ts';
import type { Node } from '../graph.ts';
import { atomicInside } from '../robust.ts';
import type { Value } from '../values.ts';
import { atomicLoad, store, type Target } from './atomics.ts';

/** The code of one of them. */
export function lowerRareAtomic(context: Context, call: BuiltinCall, target: Target, operand: Node): Value {
  const inside = (operation: () => Node) =>
    target.inside ? atomicInside(context, target.inside, operation) : operation();
  if (call.name === 'atomicCompareExchangeWeak') {
    const replacement = lowerNode(context, call.args[2]);
    const old = inside(() => exchangeIfEqual(context, target, operand, replacement));
    return { kind: 'composite', parts: [old, context.b.value('i32.eq', [old, operand])] };
  }
  return inside(() => minimumOrMaximum(context, call.name === 'atomicMin', target, operand));
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
