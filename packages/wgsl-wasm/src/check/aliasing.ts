/**
 * The pointer aliasing rule (WGSL "Alias Analysis"): memory that a call can reach in two ways must not be written in
 * either. Works on checked functions, callees first.
 */
import type { Context } from './context.ts';
import type { CheckedFunction, Expression } from './program.ts';
import { type Root, Roots } from './roots.ts';
import { forEachExpression, forEachStatement, statementExpressions } from './walk.ts';

/** Builtin functions that do not access what their pointer points to. */
const POINTS: ReadonlySet<string> = new Set(['arrayLength', 'bufferArrayView', 'bufferLength', 'bufferView']);

/** What a function may do to memory: its own pointer parameters and module-scope variables, callees included. */
interface Effects {
  readonly reads: Set<Root>;
  readonly writes: Set<Root>;
}

/** For programs with functions that take pointers. */
export function checkAliasing(ctx: Context): void {
  const effects = new Map<CheckedFunction, Effects>();
  for (const f of ctx.functions) effects.set(f, analyze(ctx, f, effects));
}

function analyze(ctx: Context, f: CheckedFunction, known: ReadonlyMap<CheckedFunction, Effects>): Effects {
  const own: Effects = { reads: new Set(), writes: new Set() };
  const roots = new Roots();
  const call = (callee: CheckedFunction, args: readonly Expression[]): void => {
    const theirs = known.get(callee) as Effects;
    const pointers = callee.parameters
      .filter((p) => p.type.kind === 'pointer')
      .map((parameter) => ({
        root: roots.ofPointer(args[parameter.index]),
        arg: args[parameter.index],
        reads: theirs.reads.has(parameter),
        writes: theirs.writes.has(parameter),
      }));
    pointers.forEach((a, i) => {
      const clash = pointers.slice(0, i).some((b) => {
        return a.root === b.root && ((a.writes && (b.reads || b.writes)) || (a.reads && b.writes));
      });
      const global =
        (a.writes && (theirs.reads.has(a.root) || theirs.writes.has(a.root))) ||
        (a.reads && theirs.writes.has(a.root));
      if (clash || global) {
        const other = clash ? 'through another argument' : 'by its name';
        ctx.fail(
          { start: a.arg.pos, end: a.arg.pos + 1 },
          `'${a.root.name}' is reached through this pointer and ${other} in '${callee.name}', which writes it`,
        );
      }
      if (a.reads) own.reads.add(a.root);
      if (a.writes) own.writes.add(a.root);
    });
    for (const variable of theirs.reads) if (variable.kind === 'variable') own.reads.add(variable);
    for (const variable of theirs.writes) if (variable.kind === 'variable') own.writes.add(variable);
  };
  const expression = (e: Expression): void => {
    if (e.kind === 'load') own.reads.add(roots.ofPlace(e.place));
    else if (e.kind === 'call') call(e.function, e.args);
    else if (e.kind === 'builtin' && e.args[0]?.type.kind === 'pointer' && !POINTS.has(e.name)) {
      own.reads.add(roots.ofPointer(e.args[0]));
      if (e.name.startsWith('atomic') && e.name !== 'atomicLoad') own.writes.add(roots.ofPointer(e.args[0]));
    }
  };
  forEachStatement(f.body, (statement) => {
    roots.declare(statement);
    for (const e of statementExpressions(statement)) forEachExpression(e, expression);
    if (statement.kind === 'call') call(statement.function, statement.args);
    if (statement.kind === 'builtin' && statement.args[0].type.kind === 'pointer')
      own.writes.add(roots.ofPointer(statement.args[0]));
    if (statement.kind === 'assign' || statement.kind === 'compoundAssign') {
      own.writes.add(roots.ofPlace(statement.target));
      if (statement.kind === 'compoundAssign') own.reads.add(roots.ofPlace(statement.target));
    }
  });
  const visible = (root: Root) => root.kind === 'parameter' || root.addressSpace !== 'function';
  return {
    reads: new Set([...own.reads].filter(visible)),
    writes: new Set([...own.writes].filter(visible)),
  };
}
