/** Where the values of parameters, results and members of structures come from or go to, at entry points. */
import type { Span } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import type { StructType } from './types.ts';

/** What the attributes of one value say. */
export interface Interface {
  readonly span: Span;
  readonly builtin: string | null;
  readonly location: number | null;
  /** Not interpolated between vertices. */
  readonly flat: boolean;
}

/** The attributes of the members of a structure, if one of them has any. */
export const memberInterfaces = new WeakMap<StructType, readonly (Interface | null)[]>();

/** The identifier that names a builtin value. */
export function builtinName(ctx: Context, argument: NonNullable<unknown> | undefined): string {
  const expression = argument as { kind: string; name: string; templateArgs: unknown } & Span;
  if (expression.kind !== 'identifier' || expression.templateArgs) {
    ctx.fail(expression, "expected the name of a builtin value, e.g. 'global_invocation_id'");
  }
  return expression.name;
}
