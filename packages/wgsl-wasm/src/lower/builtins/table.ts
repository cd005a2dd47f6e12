/** Which code each builtin function becomes. */
import type { BuiltinCall } from '../../check/program.ts';
import { type Context, UnsupportedError } from '../context.ts';
import { lowerExpression } from '../expressions.ts';
import type { Node } from '../graph.ts';
import { arrayLength, loadFrom } from '../memory.ts';
import { reduceBool, select } from '../operators.ts';
import { nodeOf, plain, type Value } from '../values.ts';
import { choose } from '../vectors.ts';
import { lowerAtomic } from './atomics.ts';
import { integerBuiltin } from './integer.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import * as exponential from './math-exp.ts';
import * as trigonometric from './math-trig.ts';
import { numericBuiltin, onLanes } from './numeric.ts';
import { fromHalf, packingBuiltin, toHalf } from './packing.ts';

/** Functions of f32 computed by polynomials, on four lanes. */
const APPROXIMATED: Record<string, (m: Lanes, ...args: Node[]) => Node> = {
  exp: exponential.exp,
  exp2: exponential.exp2,
  log: exponential.log,
  log2: exponential.log2,
  pow: exponential.pow,
  tanh: exponential.tanh,
  sinh: exponential.sinh,
  cosh: exponential.cosh,
  asinh: exponential.asinh,
  acosh: exponential.acosh,
  atanh: exponential.atanh,
  sin: trigonometric.sin,
  cos: trigonometric.cos,
  tan: trigonometric.tan,
  asin: trigonometric.asin,
  acos: trigonometric.acos,
  atan: trigonometric.atan,
  atan2: trigonometric.atan2,
  quantizeToF16: (m, x) => fromHalf(m.b, toHalf(m.b, x)),
};

export function lowerBuiltin(context: Context, call: BuiltinCall): Value {
  const { b } = context;
  const { name } = call;
  if (name.startsWith('atomic')) return lowerAtomic(context, call);
  const values = call.args.map((arg) => lowerExpression(context, arg));
  if (name === 'arrayLength' || name === 'workgroupUniformLoad') {
    const [pointer] = values;
    if (pointer.kind !== 'pointer') throw new Error('internal: a pointer was expected');
    // The barriers round `workgroupUniformLoad` are the ends of its segment.
    return name === 'arrayLength' ? arrayLength(context, pointer.place) : loadUniform(context, pointer.place);
  }
  if (name === 'select') return selectValue(context, call, values);
  const args = values.map(nodeOf);
  const types = call.args.map((arg) => plain(arg.type));
  const type = types[0];
  if (name === 'all' || name === 'any') return reduceBool(b, name, type, args[0]);
  const approximated = APPROXIMATED[name];
  if (approximated) return onLanes(b, type, args, (lanes) => approximated(lanesOf(b), ...lanes));
  const result =
    integerBuiltin(b, name, type, args, types) ??
    packingBuiltin(b, name, args[0]) ??
    numericBuiltin(b, name, type, args, types);
  if (!result) throw new UnsupportedError(`the builtin function '${name}' is not supported`, call.pos);
  return result;
}

/** `atomic` types are read by their scalar. */
function loadUniform(context: Context, place: Parameters<typeof loadFrom>[1]): Value {
  const { type } = place;
  if (place.kind === 'memory' && type.kind === 'atomic')
    return loadFrom(context, { ...place, type: type.element });
  return loadFrom(context, place);
}

function selectValue(context: Context, call: BuiltinCall, [whenFalse, whenTrue, condition]: Value[]): Value {
  const { b } = context;
  const type = plain(call.type);
  const node = nodeOf(condition);
  if (node.type === 'v128') return choose(b, node, nodeOf(whenTrue), nodeOf(whenFalse));
  return select(b, type, nodeOf(whenFalse), nodeOf(whenTrue), node);
}
