/** Calls: of functions of the program, of types, of builtins. */
import { rare } from '../rare.ts';
import type { CallExpression } from '../syntax/ast.ts';
import { checkBitcast } from './builtins/bitcast.ts';
import { type CallResult, checkMemoryBuiltin, isMemoryBuiltin } from './builtins/memory.ts';
import { describeOverload, type Match, matchOverload } from './builtins/overloads.ts';
import { overloadsOf } from './builtins/table.ts';
import { construct } from './constructors.ts';
import {
  CONST,
  type Context,
  type FunctionEntity,
  type Operand,
  OVERRIDE,
  RUNTIME,
  type Stage,
} from './context.ts';
import { checkValue } from './expressions.ts';
import { ensureBody } from './functions.ts';
import { coerce, constantOperand, expectType, toExpression, valueOperand } from './operand.ts';
import {
  isBufferBuiltin,
  isDerivative,
  isTexture,
  isTextureFunction,
  isUnsupportedFunction,
  TYPE_GENERATORS,
  TYPES,
  unsupportedType,
} from './predeclared.ts';
import type { BuiltinName, Statement } from './program.ts';
import { lookup, resolveType } from './resolve.ts';
import { typeName } from './types.ts';
import type { Value } from './values.ts';

const value = (operand: Operand, mustUse = true): CallResult => ({ kind: 'value', operand, mustUse });

/** A call as an expression or, with results that are statements, as a statement. */
export function checkCall(ctx: Context, call: CallExpression): CallResult {
  const { callee } = call;
  const { name } = callee;
  const entity = lookup(ctx, name, callee);
  if (entity) {
    if (entity.kind === 'function') return checkFunctionCall(ctx, call, entity);
    if (entity.kind !== 'type')
      ctx.fail(callee, `'${name}' cannot be called: it is neither a function nor a type`);
    const type = resolveType(ctx, callee);
    return value(construct(ctx, call, type, checkArguments(ctx, call)));
  }
  if (TYPES.has(name))
    return value(construct(ctx, call, resolveType(ctx, callee), checkArguments(ctx, call)));
  if (TYPE_GENERATORS.has(name)) return value(constructGenerated(ctx, call));
  if (isTexture(name)) ctx.fail(callee, `a value of the type '${name}' cannot be made`);
  const unsupported = unsupportedType(name);
  if (unsupported) ctx.unsupported(callee, unsupported);
  if (name === 'bitcast') return value(checkBitcast(ctx, call, checkArguments(ctx, call)));
  if (overloadsOf(name)) return value(checkBuiltin(ctx, call, checkArguments(ctx, call)));
  if (name === 'transpose' || name === 'determinant')
    return value(rare().checkMatrixBuiltin(ctx, call, name, checkArguments(ctx, call)));
  if (/^(subgroup|quad)[A-Z]/.test(name)) {
    const result = rare().checkSubgroupBuiltin(ctx, call, () => checkArguments(ctx, call));
    if (result) return result;
  }
  if (isTextureFunction(name)) return rare().checkTextureBuiltin(ctx, call, checkArguments(ctx, call));
  if (isDerivative(name)) return rare().checkDerivative(ctx, call, checkArguments(ctx, call));
  if (isMemoryBuiltin(name)) return checkMemoryBuiltin(ctx, call, checkArguments(ctx, call));
  if (isBufferBuiltin(name)) return rare().checkBufferBuiltin(ctx, call, checkArguments(ctx, call));
  if (isUnsupportedFunction(name)) ctx.unsupported(callee, `the builtin function '${name}' is`);
  return rare().unresolved(ctx, callee, name, 'function or type');
}

const checkArguments = (ctx: Context, call: CallExpression): Operand[] =>
  call.args.map((arg) => checkValue(ctx, arg));

function constructGenerated(ctx: Context, call: CallExpression): Operand {
  const { callee } = call;
  const { name } = callee;
  if (callee.templateArgs || name === 'atomic' || name === 'ptr' || name === 'buffer') {
    const type = resolveType(ctx, callee);
    return construct(ctx, call, type, checkArguments(ctx, call));
  }
  const args = checkArguments(ctx, call);
  if (name === 'array') return rare().constructInferredArray(ctx, call, args);
  if (name[0] === 'm') return rare().constructInferredMatrix(ctx, call, name, args);
  return rare().constructInferredVector(ctx, call, Number(name[3]) as 2 | 3 | 4, args);
}

function checkFunctionCall(ctx: Context, call: CallExpression, entity: FunctionEntity): CallResult {
  const { callee } = call;
  const { checked } = entity;
  if (callee.templateArgs) ctx.fail(callee, `the function '${callee.name}' takes no template arguments`);
  if (entity.stage) ctx.fail(callee, `'${callee.name}' is an entry point and cannot be called`);
  if (!ctx.current)
    ctx.fail(callee, `the function '${callee.name}' cannot be called here: not a const-expression`);
  ensureBody(ctx, entity, callee);
  const { parameters } = checked;
  if (call.args.length !== parameters.length) {
    const few = call.args.length < parameters.length ? 'few' : 'many';
    ctx.fail(
      call,
      `too ${few} arguments for '${callee.name}': it takes ${parameters.length}, but ${call.args.length} are given`,
    );
  }
  const args = checkArguments(ctx, call).map((arg, i) => {
    const { name, type } = parameters[i];
    const toBuffer = type.kind === 'pointer' && type.storeType.kind === 'buffer';
    if (toBuffer && rare().passesAs(arg.type, type)) return arg;
    return expectType(ctx, arg, type, `the argument '${name}' of '${callee.name}'`);
  });
  ctx.current.callees.add(checked);
  if (checked.hasBarrier) ctx.current.hasBarrier = true;
  const lowered = args.map(toExpression);
  if (!checked.returnType) {
    const statement: Statement = { kind: 'call', pos: call.start, function: checked, args: lowered };
    return { kind: 'statement', statement };
  }
  const type = checked.returnType;
  const operand = valueOperand(call, {
    kind: 'call',
    pos: call.start,
    type,
    function: checked,
    args: lowered,
  });
  return value(operand, entity.mustUse);
}

function checkBuiltin(ctx: Context, call: CallExpression, args: Operand[]): Operand {
  const { name } = call.callee;
  if (call.callee.templateArgs) ctx.fail(call.callee, `'${name}' takes no template arguments`);
  const match = selectOverload(ctx, call, args);
  const stage = args.reduce<number>((s, arg) => Math.max(s, arg.stage), CONST) as Stage;
  const operands = args.map((arg, i) => coerce(ctx, arg, match.params[i]));
  const values = operands.map((operand) => operand.value);
  const { overload, result } = match;
  if (overload.verify) {
    // A known argument that makes the call invalid is an error at the stage at which it is known.
    const known = args.filter((arg) => arg.value !== undefined).some((arg) => arg.stage === OVERRIDE);
    ctx.verify(call, known ? OVERRIDE : CONST, () => overload.verify?.(values, match.scalar));
  }
  if (stage !== RUNTIME && values.every((v) => v !== undefined)) {
    const folded = ctx.evaluate(call, stage, result, () =>
      overload.fold({ args: values as Value[], scalar: match.scalar, size: match.size }),
    );
    return constantOperand(call, result, folded, stage);
  }
  const lowered = {
    kind: 'builtin',
    pos: call.start,
    type: result,
    name: name as BuiltinName,
    overload: `${name}(${match.params.map(typeName).join(', ')})`,
    args: operands.map(toExpression),
  } as const;
  return valueOperand(call, lowered, stage);
}

function selectOverload(ctx: Context, call: CallExpression, args: Operand[]): Match {
  const { name } = call.callee;
  const overloads = overloadsOf(name) ?? [];
  const types = args.map((arg) => arg.type);
  const early = args.every((arg) => arg.stage !== RUNTIME && arg.value !== undefined);
  for (const overload of overloads) {
    const match = matchOverload(overload, types, early);
    if (match) return match;
  }
  const given = types.map(typeName).join(', ');
  const forms = overloads.map((overload) => describeOverload(name, overload)).join(' and ');
  return ctx.fail(call, `no matching call to '${name}(${given})'; it is ${forms}`);
}
