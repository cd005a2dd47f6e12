/** Which code each builtin function becomes (`rare.ts` has those that few kernels have). */
import { isBufferBuiltin } from '../../check/predeclared.ts';
import type { BuiltinCall } from '../../check/program.ts';
import { rare } from '../../rare.ts';
import { type Context, UnsupportedError } from '../context.ts';
import { lowerExpression } from '../expressions.ts';
import type { Node } from '../graph.ts';
import { arrayLength, loadFrom } from '../memory.ts';
import { reduceBool, select } from '../operators.ts';
import { nodeOf, plain, type Value } from '../values.ts';
import { choose, isHalf } from '../vectors.ts';
import { lowerAtomic } from './atomics.ts';
import { type Lanes, lanesOf } from './lanes.ts';
import * as exponential from './math-exp.ts';
import { numericBuiltin, onLanes } from './numeric.ts';

/** Functions of f32 computed by polynomials, on four lanes: those that many kernels have. */
const APPROXIMATED: Record<string, (m: Lanes, ...args: Node[]) => Node> = {
  exp: exponential.exp,
  exp2: exponential.exp2,
  log: exponential.log,
  log2: exponential.log2,
};

export function lowerBuiltin(context: Context, call: BuiltinCall): Value {
  const { b } = context;
  const { name } = call;
  if (name.startsWith('atomic')) return lowerAtomic(context, call);
  if (name.startsWith('texture')) return rare().lowerTexture(context, name, call.args);
  const values = call.args.map((arg) => lowerExpression(context, arg));
  if (isBufferBuiltin(name)) return rare().lowerBufferBuiltin(context, call, values);
  if (name === 'arrayLength' || name === 'workgroupUniformLoad') {
    const [pointer] = values;
    if (pointer.kind !== 'pointer') throw new Error('internal: a pointer was expected');
    // The barriers round `workgroupUniformLoad` are the ends of its segment.
    return name === 'arrayLength' ? arrayLength(context, pointer.place) : loadUniform(context, pointer.place);
  }
  if (name === 'transpose' || name === 'determinant') return rare().lowerMatrixBuiltin(b, call, values[0]);
  if (name === 'select') return selectValue(context, call, values);
  const args = values.map(nodeOf);
  const types = call.args.map((arg) => plain(arg.type));
  const type = types[0];
  if (name === 'all' || name === 'any') return reduceBool(b, name, type, args[0]);
  const approximated = APPROXIMATED[name];
  if (approximated) {
    const value = onLanes(b, type, args, (lanes) => approximated(lanesOf(b), ...lanes));
    return isHalf(type) ? rare().roundToHalf(b, type, value) : value;
  }
  const result = numericBuiltin(b, name, type, args, types) ?? rare().rareBuiltin(b, name, type, args, types);
  if (!result) throw new UnsupportedError(`the builtin function '${name}' is not supported`, call.pos);
  if (result.kind === 'node' && isHalf(type)) return rare().roundToHalf(b, plain(call.type), result);
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
