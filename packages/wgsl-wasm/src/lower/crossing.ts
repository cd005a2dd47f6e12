/** Kernels with barriers: which variables and values are used on both sides of one, and so need a place in memory. */
import type { Block, Expression, LetDeclaration, Parameter, Statement, Variable } from '../check/program.ts';
import type { Context } from './context.ts';
import type { Node } from './graph.ts';
import { type Usage, usageOf, usageOfExpression } from './usage.ts';
import type { MemoryLocation } from './values.ts';

export type LetLike = LetDeclaration | Parameter;

/** What a kernel with barriers needs besides its context. */
export interface Group {
  readonly context: Context;
  readonly workgroup: readonly [Node, Node, Node];
  /** Names that more than one segment uses. */
  readonly crossing: Set<Variable | LetLike>;
  /** `let` values cheap enough to be computed again in every segment, with their expressions. */
  readonly recomputed: Map<LetLike, Expression>;
  /** Where pointers point to that more than one segment uses, but for what each invocation keeps in its slots. */
  readonly pointers: Map<LetLike, KeptPointer>;
}

/**
 * Its distance lies in the slot of the name; whether its indices were inside, in that of `inside`; the bytes of its
 * view of a buffer, in that of `byteLength`.
 */
export interface KeptPointer {
  readonly place: MemoryLocation;
  readonly inside: object;
  readonly byteLength: object | null;
}

/** Gives every piece of code between barriers a number, in the way `lowerGroup` cuts it, and collects who uses what. */
export function findCrossing(group: Group, body: Block): void {
  let current = 0;
  const seen = new Map<Variable | LetLike, number>();
  const inputs = new Set<unknown>(group.context.entry.function.parameters);
  const note = (name: Variable | LetLike) => {
    // Every segment gets the builtin inputs anew.
    if (inputs.has(name)) return;
    const before = seen.get(name);
    if (before === undefined) seen.set(name, current);
    else if (before !== current) group.crossing.add(name);
  };
  const noteUsage = (usage: Usage) => {
    for (const variable of usage.used) note(variable);
    for (const variable of usage.assigned) note(variable);
    for (const value of usage.values) note(value);
  };
  const alone = (use: () => void) => {
    current++;
    use();
    current++;
  };
  const visit = (statement: Statement, last: boolean): void => {
    if (!needsGroup(statement, last)) {
      noteUsage(usageOf(statement));
      if (statement.kind === 'declareLet') {
        note(statement.declaration);
        if (isCheap(group, statement.initializer))
          group.recomputed.set(statement.declaration, statement.initializer);
      }
      return;
    }
    switch (statement.kind) {
      case 'block':
        alone(() => visitAll(statement.body, last));
        return;
      case 'if':
        alone(() => noteUsage(usageOfExpression(statement.condition)));
        alone(() => visitAll(statement.then.body, last));
        alone(() => {
          if (statement.otherwise) visitAll(statement.otherwise.body, last);
        });
        return;
      case 'switch':
        alone(() => noteUsage(usageOfExpression(statement.selector)));
        for (const clause of statement.cases) alone(() => visitAll(clause.body.body, false));
        return;
      case 'for':
        alone(() => {
          if (statement.init) visit(statement.init, false);
        });
        alone(() => {
          if (statement.condition) noteUsage(usageOfExpression(statement.condition));
        });
        alone(() => visitAll(statement.body.body, false));
        alone(() => {
          if (statement.update) noteUsage(usageOf(statement.update));
        });
        return;
      case 'while':
        alone(() => noteUsage(usageOfExpression(statement.condition)));
        alone(() => visitAll(statement.body.body, false));
        return;
      case 'loop':
        alone(() => visitAll(statement.body.body, false));
        alone(() => {
          if (statement.continuing) visitAll(statement.continuing.body, false);
        });
        alone(() => {
          if (statement.breakIf) noteUsage(usageOfExpression(statement.breakIf));
        });
        return;
      case 'call':
        alone(() => {
          for (const arg of statement.args) noteUsage(usageOfExpression(arg));
          for (const parameter of statement.function.parameters) note(parameter);
        });
        alone(() => visitAll(statement.function.body.body, false));
        return;
      case 'barrier':
      case 'break':
      case 'continue':
      case 'return':
        current++;
        return;
      default:
        // A statement with `workgroupUniformLoad`: a segment of its own.
        alone(() => {
          noteUsage(usageOf(statement));
          if (statement.kind === 'declareLet') note(statement.declaration);
        });
    }
  };
  const visitAll = (statements: readonly Statement[], last: boolean): void => {
    statements.forEach((statement, i) => {
      visit(statement, last && !statements.slice(i).some((later) => usageOf(later).barrier));
    });
  };
  visitAll(body.body, true);
  // What a recomputed value is made of is needed wherever the value is: a `let` comes after those that it reads.
  for (const [name, expression] of [...group.recomputed].reverse()) {
    if (!group.crossing.has(name)) continue;
    for (const value of usageOfExpression(expression).values)
      if (!inputs.has(value)) group.crossing.add(value);
  }
}

/** Whether a statement is taken by the whole workgroup at once: it holds a barrier, or a jump past one. */
export function needsGroup(statement: Statement, last: boolean): boolean {
  const usage = usageOf(statement);
  return usage.barrier || usage.breaks || usage.continues || (usage.returns && !last);
}

/** Integer arithmetic on builtin values and constants: cheaper to compute again than to keep. */
function isCheap(group: Group, expression: Expression): boolean {
  switch (expression.kind) {
    case 'constant':
      return expression.type.kind === 'scalar';
    case 'value':
      return (
        group.recomputed.has(expression.declaration) ||
        group.context.entry.function.parameters.includes(expression.declaration as Parameter)
      );
    case 'unary':
    case 'convert':
    case 'swizzle':
      return isCheap(group, expression.operand);
    case 'member':
      return isCheap(group, expression.base);
    case 'binary':
      return isCheap(group, expression.left) && isCheap(group, expression.right);
    default:
      return false;
  }
}
