/** Builtins that take pointers or synchronize: atomics, arrayLength, workgroupUniformLoad, barriers. */
import { rare } from '../../rare.ts';
import type { CallExpression } from '../../syntax/ast.ts';
import type { Context, Operand } from '../context.ts';
import { expectType, toExpression, valueOperand } from '../operand.ts';
import type { AtomicBuiltin, Barrier, BuiltinName, Statement } from '../program.ts';
import { type PointerType, type ScalarType, type Type, typeName, U32 } from '../types.ts';

export type CallResult =
  | { readonly kind: 'value'; readonly operand: Operand; readonly mustUse: boolean }
  | { readonly kind: 'statement'; readonly statement: Statement };

/** Operands after the pointer. */
const ATOMICS: Record<AtomicBuiltin, number> = {
  atomicAdd: 1,
  atomicAnd: 1,
  atomicCompareExchangeWeak: 2,
  atomicExchange: 1,
  atomicLoad: 0,
  atomicMax: 1,
  atomicMin: 1,
  atomicOr: 1,
  atomicStore: 1,
  atomicSub: 1,
  atomicXor: 1,
};
const BARRIERS = new Set(['workgroupBarrier', 'storageBarrier', 'textureBarrier']);

export const isMemoryBuiltin = (name: string): boolean =>
  Object.hasOwn(ATOMICS, name) ||
  BARRIERS.has(name) ||
  name === 'arrayLength' ||
  name === 'workgroupUniformLoad';

export function expectArguments(ctx: Context, call: CallExpression, args: Operand[], count: number): void {
  if (args.length === count) return;
  ctx.fail(
    call,
    `'${call.callee.name}' takes ${count} argument${count === 1 ? '' : 's'}, but ${args.length} are given`,
  );
}

export function pointerArgument(
  ctx: Context,
  call: CallExpression,
  arg: Operand,
  wanted: string,
): PointerType {
  if (arg.type.kind !== 'pointer') {
    ctx.fail(
      arg,
      `'${call.callee.name}' takes ${wanted}, not '${typeName(arg.type)}'; take its address with '&'`,
    );
  }
  return arg.type;
}

export function builtinValue(
  call: CallExpression,
  args: Operand[],
  type: Type,
  { mustUse, uniform }: { readonly mustUse: boolean; readonly uniform?: boolean },
): CallResult {
  const name = call.callee.name as BuiltinName;
  const overload = `${name}(${args.map((arg) => typeName(arg.type)).join(', ')})`;
  const lowered = {
    kind: 'builtin',
    pos: call.start,
    type,
    name,
    overload,
    args: args.map(toExpression),
    ...(uniform !== undefined && { uniform }),
  } as const;
  return { kind: 'value', operand: valueOperand(call, lowered), mustUse };
}

/** A call of a builtin for which `isMemoryBuiltin` holds, with loaded arguments. */
export function checkMemoryBuiltin(ctx: Context, call: CallExpression, args: Operand[]): CallResult {
  const { name } = call.callee;
  if (call.callee.templateArgs) ctx.fail(call.callee, `'${name}' takes no template arguments`);
  if (BARRIERS.has(name)) {
    expectArguments(ctx, call, args, 0);
    ctx.useInStages(call, `'${name}'`, ['compute']);
    if (ctx.current) ctx.current.hasBarrier = true;
    const statement: Barrier = { kind: 'barrier', pos: call.start, name: name as Barrier['name'] };
    return { kind: 'statement', statement };
  }
  if (name === 'arrayLength') return checkArrayLength(ctx, call, args);
  if (name === 'workgroupUniformLoad') return rare().checkUniformLoad(ctx, call, args);
  return checkAtomic(ctx, call, name as AtomicBuiltin, args);
}

function checkArrayLength(ctx: Context, call: CallExpression, args: Operand[]): CallResult {
  expectArguments(ctx, call, args, 1);
  const wanted = 'a pointer to a runtime-sized array';
  const { storeType, addressSpace } = pointerArgument(ctx, call, args[0], wanted);
  // In uniform and workgroup memory they are parts of buffers.
  const spaces = ['storage', 'uniform', 'workgroup'];
  if (!spaces.includes(addressSpace) || storeType.kind !== 'array' || storeType.count !== null) {
    ctx.fail(args[0], `'arrayLength' takes ${wanted}, not one to '${typeName(storeType)}'`);
  }
  return builtinValue(call, args, U32, { mustUse: true });
}

function checkAtomic(ctx: Context, call: CallExpression, name: AtomicBuiltin, args: Operand[]): CallResult {
  expectArguments(ctx, call, args, ATOMICS[name] + 1);
  const pointer = pointerArgument(ctx, call, args[0], 'a pointer to an atomic');
  if (pointer.storeType.kind !== 'atomic') {
    ctx.fail(args[0], `'${name}' takes a pointer to an atomic, not to '${typeName(pointer.storeType)}'`);
  }
  const element: ScalarType = pointer.storeType.element;
  const operands = [args[0], ...args.slice(1).map((arg) => expectType(ctx, arg, element, 'the operand'))];
  if (name === 'atomicStore') {
    const statement: Statement = { kind: 'builtin', pos: call.start, name, args: operands.map(toExpression) };
    return { kind: 'statement', statement };
  }
  const type = name === 'atomicCompareExchangeWeak' ? rare().exchangeResult(element) : element;
  return builtinValue(call, operands, type, { mustUse: false });
}
