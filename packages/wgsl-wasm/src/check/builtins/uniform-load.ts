/** `workgroupUniformLoad`: a barrier, a load, and a barrier again. */
import type { CallExpression } from '../../syntax/ast.ts';
import type { Context, Operand } from '../context.ts';
import { containsAtomic, isConstructible } from '../resolve.ts';
import { typeName } from '../types.ts';
import { builtinValue, type CallResult, expectArguments, pointerArgument } from './memory.ts';

export function checkUniformLoad(ctx: Context, call: CallExpression, args: Operand[]): CallResult {
  expectArguments(ctx, call, args, 1);
  const { storeType, addressSpace } = pointerArgument(ctx, call, args[0], "a pointer to 'workgroup' memory");
  if (addressSpace !== 'workgroup') {
    ctx.fail(
      args[0],
      `'workgroupUniformLoad' takes a pointer to 'workgroup' memory, not to '${addressSpace}'`,
    );
  }
  const type = storeType.kind === 'atomic' ? storeType.element : storeType;
  if (containsAtomic(type) || !isConstructible(type)) {
    ctx.fail(args[0], `'workgroupUniformLoad' cannot load a value of type '${typeName(storeType)}'`);
  }
  ctx.useInStages(call, "'workgroupUniformLoad'", ['compute']);
  if (ctx.current) ctx.current.hasBarrier = true;
  return builtinValue(call, args, type, { mustUse: true });
}
