/** The error for a name that means nothing, with the name that may be meant. */
import type { Span } from '../syntax/ast.ts';
import { builtinNames } from './builtins/rare-table.ts';
import type { Context } from './context.ts';
import { TYPE_GENERATORS, TYPES } from './predeclared.ts';

/** Fails because the name means nothing, or nothing of this sort. */
export function unresolved(ctx: Context, span: Span, name: string, what: string): never {
  const candidates = [...visibleNames(ctx)];
  const near = candidates.find((candidate) => isClose(candidate, name));
  ctx.fail(span, `unresolved ${what} '${name}'${near ? `; did you mean '${near}'?` : ''}`);
}

function* visibleNames(ctx: Context): Iterable<string> {
  for (let scope = ctx.scope; scope; scope = scope.parent) yield* scope.names.keys();
  yield* ctx.globals.keys();
  yield* builtinNames();
  yield* TYPES.keys();
  yield* TYPE_GENERATORS;
}

/** At most one insertion, deletion, substitution or exchange of neighbours apart, or equal but for case. */
function isClose(a: string, b: string): boolean {
  if (a.toLowerCase() === b.toLowerCase()) return true;
  if (Math.abs(a.length - b.length) > 1 || a.length < 3) return false;
  let i = 0;
  while (i < a.length && a[i] === b[i]) i++;
  if (a.slice(i, i + 2) === b[i + 1] + b[i] && a.slice(i + 2) === b.slice(i + 2)) return true;
  return a.slice(i + 1) === b.slice(i + 1) || a.slice(i + 1) === b.slice(i) || a.slice(i) === b.slice(i + 1);
}
