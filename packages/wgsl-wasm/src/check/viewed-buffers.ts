/**
 * What views need of buffers that functions get as pointers (WGSL, "Buffer View Built-in Functions"): a buffer that is
 * too small for a view of a called function is refused at the call, and a runtime-sized one has a minimum size.
 */
import { diagnosticAt } from '../syntax/diagnostics.ts';
import type { Context } from './context.ts';
import type { CheckedFunction, Expression } from './program.ts';
import { type Root, Roots } from './roots.ts';
import type { BufferType, PointerType } from './types.ts';
import { forEachExpression, forEachStatement, statementExpressions } from './walk.ts';

/** Bytes that views need of a buffer, by what is known of their places. */
export interface ViewNeeds {
  /** Wherever they are: the size of the largest. */
  readonly least: number;
  /** Up to the last that const-expressions ask for. */
  readonly constant: number;
  /** The same with the values that overrides have. */
  readonly known: number;
}

const needsOf = new WeakMap<Expression, ViewNeeds>();

/** Remembers what a call of `bufferView` or `bufferArrayView` needs. */
export function noteView(ctx: Context, call: Expression, needs: ViewNeeds): void {
  needsOf.set(call, needs);
  ctx.hasViews = true;
}

/** Why a buffer of the type is too small, or null; `early`: already at shader creation. */
export function tooSmall(
  { size, overrideSize }: BufferType,
  { constant, known }: ViewNeeds,
): { readonly message: string; readonly early: boolean } | null {
  if (size === null || overrideSize?.count === null) return null;
  const early = constant > size && !overrideSize;
  const needed = early ? constant : known;
  return needed > size ? { early, message: `needs ${needed} bytes of a buffer that has ${size}` } : null;
}

const largest = (a: ViewNeeds | undefined, b: ViewNeeds): ViewNeeds => ({
  least: Math.max(a?.least ?? 0, b.least),
  constant: Math.max(a?.constant ?? 0, b.constant),
  known: Math.max(a?.known ?? 0, b.known),
});

/** What each function needs of its parameters and of module-scope buffers, callees included; refuses calls. */
export function checkViews(ctx: Context): void {
  for (const f of ctx.functions) ctx.views.set(f, viewsOf(ctx, f));
}

function viewsOf(ctx: Context, f: CheckedFunction): Map<Root, ViewNeeds> {
  const roots = new Roots();
  const own = new Map<Root, ViewNeeds>();
  const add = (root: Root, needs: ViewNeeds) => own.set(root, largest(own.get(root), needs));
  const call = (callee: CheckedFunction, args: readonly Expression[]): void => {
    for (const [root, needs] of ctx.views.get(callee) ?? []) {
      if (root.kind === 'variable') {
        add(root, needs);
        continue;
      }
      const arg = args[root.index];
      add(roots.ofPointer(arg), needs);
      const problem = tooSmall((arg.type as PointerType).storeType as BufferType, needs);
      if (!problem) continue;
      const span = { start: arg.pos, end: arg.pos + 1 };
      const message = `a view in '${callee.name}' ${problem.message}`;
      if (problem.early) ctx.fail(span, message);
      const before = ctx.overrideErrors.get(f) ?? [];
      ctx.overrideErrors.set(f, [...before, diagnosticAt(ctx.module.source, span, 'override', message)]);
    }
  };
  forEachStatement(f.body, (statement) => {
    roots.declare(statement);
    for (const expression of statementExpressions(statement)) {
      forEachExpression(expression, (e) => {
        const needs = needsOf.get(e);
        if (needs && e.kind === 'builtin') add(roots.ofPointer(e), needs);
        if (e.kind === 'call') call(e.function, e.args);
      });
    }
    if (statement.kind === 'call') call(statement.function, statement.args);
  });
  return own;
}
