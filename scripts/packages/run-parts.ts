/** What of a module's code was run, and the module without the rest. */
import { type ESTree, parseAst } from 'vite';

/** V8's coverage of a script: blocks of functions, the inner ones after the outer ones. */
export interface ScriptCoverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly {
      readonly startOffset: number;
      readonly endOffset: number;
      readonly count: number;
    }[];
  }[];
}

/** Tells of a stretch of a script whether none of it was run. */
type IsDead = (node: { readonly start: number; readonly end: number }) => boolean;

function deadStretches({ functions }: ScriptCoverage, length: number): IsDead {
  const live = new Uint8Array(length).fill(1);
  const ranges = functions
    .flatMap((each) => each.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count } of ranges)
    live.fill(Number(count > 0), startOffset, endOffset);
  const before = new Uint32Array(length + 1);
  for (let at = 0; at < length; at++) before[at + 1] = before[at] + live[at];
  return ({ start, end }) => start < end && before[start] === before[end];
}

/** One place of a text, and what comes there. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * The code of a module with a call of `missing` in place of what was never run: bodies of functions, branches of
 * conditions, cases, ends of blocks.
 * @param missing name of a function without parameters, which throws
 */
export function onlyWhatRan(code: string, coverage: ScriptCoverage, missing: string): string {
  const isDead = deadStretches(coverage, code.length);
  const call = `${missing}()`;
  const edits: Edit[] = [];
  const replace = ({ start, end }: ESTree.Span, text: string) => edits.push({ start, end, text });

  /** Puts the call in place of one statement or expression, if it is there and was not run. */
  function branch(node: ESTree.Node | null | undefined, text: string): void {
    if (!node) return;
    // That a function was not called does not say that nothing took it.
    if (isDead(node) && !/Function/.test(node.type)) replace(node, text);
    else visit(node);
  }

  /** Statements one after another: the call comes in place of those after which no other was run. */
  function list(statements: readonly ESTree.Node[]): void {
    let first = true;
    for (const statement of statements) {
      if (!isDead(statement) || statement.type === 'FunctionDeclaration') visit(statement);
      else {
        replace(statement, first ? `${call};` : '');
        first = false;
      }
    }
  }

  function cases({ cases: all }: ESTree.SwitchStatement): void {
    const fallback = all.find(({ test }) => !test);
    const throws = fallback !== undefined && isDead(fallback);
    for (const [at, each] of all.entries()) {
      const next = all[at + 1];
      if (!isDead(each)) list(each.consequent);
      else if (throws && each.test) replace(each, '');
      else if (each.consequent.length > 0 || !next || !isDead(next)) {
        const { start } = each.consequent[0] ?? { start: each.end };
        replace({ start, end: each.end }, `${call};`);
      }
    }
  }

  function visit(node: ESTree.Node): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
        if (node.body && isDead(node.body)) replace(node.body, `{ ${call}; }`);
        else children(node);
        return;
      case 'ArrowFunctionExpression':
        if (isDead(node)) replace(node, missing);
        else children(node);
        return;
      case 'IfStatement':
        visit(node.test);
        branch(node.consequent, `${call};`);
        branch(node.alternate, `${call};`);
        return;
      case 'ConditionalExpression':
        visit(node.test);
        branch(node.consequent, call);
        branch(node.alternate, call);
        return;
      case 'LogicalExpression':
        visit(node.left);
        branch(node.right, call);
        return;
      case 'ForStatement':
      case 'ForOfStatement':
      case 'ForInStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        if (isDead(node.body)) replace(node.body, `${call};`);
        else children(node);
        return;
      case 'SwitchStatement':
        visit(node.discriminant);
        cases(node);
        return;
      case 'CatchClause':
        branch(node.body, `{ ${call}; }`);
        return;
      case 'BlockStatement':
        list(node.body);
        return;
      default:
        children(node);
    }
  }

  function children(node: ESTree.Node): void {
    for (const value of Object.values(node) as unknown[]) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (each && typeof each === 'object' && 'type' in each) visit(each as ESTree.Node);
      }
    }
  }

  visit(parseAst(code) as ESTree.Program);
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((text, { start, end, text: given }) => text.slice(0, start) + given + text.slice(end), code);
}
