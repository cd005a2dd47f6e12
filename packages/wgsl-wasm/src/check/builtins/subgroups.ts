/** Functions of the extension `subgroups`: what passes between invocations that run together. */
import type { CallExpression } from '../../syntax/ast.ts';
import { CONST, type Context, type Operand, OVERRIDE, type Stage } from '../context.ts';
import { checkConst } from '../expressions.ts';
import { coerce } from '../operand.ts';
import { BOOL, type ScalarType, type Type, typeName, U32, vectorOf } from '../types.ts';
import { builtinValue, type CallResult, expectArguments } from './memory.ts';
import { INTEGER, matchOverload, NUMERIC } from './overloads.ts';
import { define } from './table.ts';

interface Form {
  /** Types of the value that is passed; none: `subgroupElect`. */
  readonly scalars: readonly ScalarType[] | null;
  /** A second operand: the invocation, or a distance, below `limit`; `constant`: known when the module is made. */
  readonly second?: { readonly limit: number; readonly constant?: boolean; readonly signed?: boolean };
  /** The type of the result, if it is not that of the value. */
  readonly result?: Type;
}

const LARGEST = 128;
const PLAIN: Form = { scalars: NUMERIC };
const SHUFFLE: Form = { scalars: NUMERIC, second: { limit: LARGEST } };

/** The functions by name. */
const FORMS: Readonly<Record<string, Form>> = {
  ...Object.fromEntries(
    [
      ...['Add', 'Mul'].flatMap((name) => [name, `Exclusive${name}`, `Inclusive${name}`]),
      ...['Max', 'Min', 'BroadcastFirst'],
    ].map((name) => [`subgroup${name}`, PLAIN]),
  ),
  ...Object.fromEntries(['And', 'Or', 'Xor'].map((name) => [`subgroup${name}`, { scalars: INTEGER }])),
  ...Object.fromEntries(['Up', 'Down', 'Xor'].map((name) => [`subgroupShuffle${name}`, SHUFFLE])),
  ...Object.fromEntries(['X', 'Y', 'Diagonal'].map((name) => [`quadSwap${name}`, PLAIN])),
  subgroupShuffle: { scalars: NUMERIC, second: { limit: LARGEST, signed: true } },
  subgroupAll: { scalars: [BOOL], result: BOOL },
  subgroupAny: { scalars: [BOOL], result: BOOL },
  subgroupBallot: { scalars: [BOOL], result: vectorOf(4, U32) },
  subgroupElect: { scalars: null, result: BOOL },
  subgroupBroadcast: { scalars: NUMERIC, second: { limit: LARGEST, constant: true, signed: true } },
  quadBroadcast: { scalars: NUMERIC, second: { limit: 4, constant: true, signed: true } },
};

/** A call of the function, if it is one of them; null for another name. */
export function checkSubgroupBuiltin(
  ctx: Context,
  call: CallExpression,
  check: () => Operand[],
): CallResult | null {
  const { name, templateArgs } = call.callee;
  if (!Object.hasOwn(FORMS, name)) return null;
  if (!ctx.enabled.has('subgroups')) {
    ctx.fail(call.callee, `'${name}' needs 'enable subgroups;' at the start of the module`);
  }
  if (templateArgs) ctx.fail(call.callee, `'${name}' takes no template arguments`);
  const { scalars, second, result } = FORMS[name];
  const args = check();
  expectArguments(ctx, call, args, scalars ? (second ? 2 : 1) : 0);
  const operands: Operand[] = [];
  if (scalars) {
    const overload = define(scalars, result === undefined ? 'V -> V' : 'T -> T', ({ args: [x] }) => x);
    const match = matchOverload(overload, [args[0].type], false);
    if (!match) ctx.fail(args[0], `'${name}' takes no value of type '${typeName(args[0].type)}'`);
    operands.push(coerce(ctx, args[0], match.params[0]));
  }
  if (second) operands.push(checkSecond(ctx, call, args[1], second));
  ctx.useInStages(call, `'${name}'`, ['compute', 'fragment']);
  if (ctx.current) ctx.current.hasBarrier = true;
  const uniform = ctx.demandsUniformity('subgroup_uniformity');
  return builtinValue(call, operands, result ?? operands[0].type, { mustUse: true, uniform });
}

/** The second operand as u32. */
function checkSecond(
  ctx: Context,
  call: CallExpression,
  arg: Operand,
  { limit, constant, signed }: NonNullable<Form['second']>,
): Operand {
  const { name } = call.callee;
  if (constant) checkConst(ctx, call.args[1], `the second argument of '${name}'`);
  const scalars = define(signed ? INTEGER : [U32], 'T -> T', ({ args: [x] }) => x);
  const match = matchOverload(scalars, [arg.type], false);
  if (!match) {
    const wanted = signed ? 'i32 or u32' : 'u32';
    return ctx.fail(
      arg,
      `the second argument of '${name}' is of type ${wanted}, not '${typeName(arg.type)}'`,
    );
  }
  const operand = coerce(ctx, arg, match.params[0]);
  const { value } = operand;
  if (typeof value === 'number' && (value < 0 || value >= limit)) {
    const stage: Stage = arg.stage === OVERRIDE ? OVERRIDE : CONST;
    ctx.failAt(arg, stage, `the second argument of '${name}' must be below ${limit}, not ${value}`);
  }
  return operand;
}
