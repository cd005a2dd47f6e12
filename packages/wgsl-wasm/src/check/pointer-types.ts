/** `ptr<space, type, access>`, written out: for parameters of functions. */
import type { Expression, Span } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import { ACCESS_MODES, ADDRESS_SPACES } from './predeclared.ts';
import { isFixedSize, resolveEnumerant, resolveTypeArgument, storeTypeProblem } from './resolve.ts';
import { type AccessMode, type AddressSpace, defaultAccess, pointerTo, type Type } from './types.ts';

export function resolvePointer(ctx: Context, args: Expression[]): Type {
  if (args[0].kind === 'identifier' && args[0].name === 'handle')
    ctx.fail(args[0], "'handle' cannot be written");
  const space = resolveEnumerant(ctx, args[0], ADDRESS_SPACES, 'an address space') as AddressSpace;
  const storeType = resolveTypeArgument(ctx, args[1]);
  if (storeType.kind === 'pointer') ctx.fail(args[1], 'a pointer cannot point to a pointer');
  let access = defaultAccess(space);
  if (args.length === 3) {
    access = resolveEnumerant(ctx, args[2], ACCESS_MODES, 'an access mode') as AccessMode;
    if (space !== 'storage') ctx.fail(args[2], "only pointers to 'storage' take an access mode");
    if (access === 'write') ctx.fail(args[2], "'storage' takes the access modes read and read_write");
  }
  checkPointee(ctx, args[1], space, storeType, access);
  return pointerTo(space, storeType, access);
}

/** Which types an address space can hold, for variables and for the pointers to them. */
function checkPointee(ctx: Context, span: Span, space: AddressSpace, type: Type, access: AccessMode): void {
  // Tint lets pointers to such types be written; no variable exists that they could point to.
  if ((space === 'workgroup' || space === 'uniform') && !isFixedSize(type)) return;
  const problem = storeTypeProblem(space, type, access);
  if (problem) ctx.fail(span, problem);
}
