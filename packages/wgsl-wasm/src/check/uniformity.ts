/**
 * Uniformity analysis (WGSL "Uniformity"): proves that barriers are executed by all invocations of a workgroup
 * together, or refuses the program. Works on checked functions, callees first; each function is summarized by tags
 * for its callers.
 */
import { lineAndColumn } from '../syntax/diagnostics.ts';
import { BREAK, behaviorOf, CONTINUE, NEXT, RETURN, sequence } from './behavior.ts';
import type { Context } from './context.ts';
import type { BuiltinBinding, CheckedFunction, EntryPoint, Statement, Switch } from './program.ts';
import { ExpressionAnalysis, type FunctionTags, type State } from './uniformity-expressions.ts';

/** For programs with barriers: the others have nothing to prove. */
export function checkUniformity(ctx: Context, entryPoints: readonly EntryPoint[]): void {
  const tags = new Map<CheckedFunction, FunctionTags>();
  const inputs = new Map([...ctx.stageInputs, ...entryPoints.map((e) => [e.function, e.inputs] as const)]);
  for (const f of ctx.functions) tags.set(f, new FunctionAnalysis(ctx, f, tags, inputs.get(f)).run());
}

interface Jump {
  readonly kind: 'loop' | 'switch';
  /** Values of the variables where `break` and `continue` leave. */
  readonly breaks: State[];
  readonly continues: State[];
}

class FunctionAnalysis extends ExpressionAnalysis {
  readonly #ctx: Context;
  readonly #jumps: Jump[] = [];

  constructor(
    ctx: Context,
    f: CheckedFunction,
    tags: ReadonlyMap<CheckedFunction, FunctionTags>,
    inputs: readonly BuiltinBinding[] | undefined,
  ) {
    super(f, tags, inputs);
    this.#ctx = ctx;
  }

  run(): FunctionTags {
    this.#statements(this.function.body.body, this.start);
    if (behaviorOf(this.function.body) & NEXT) this.leave();
    const { graph } = this;
    for (const { node, pos, length, message } of graph.requirements) {
      if (!graph.reachable(node).has(graph.nonUniform)) continue;
      const cause = graph.cause(node);
      const at = cause && lineAndColumn(this.#ctx.module.source, cause.pos);
      const reason = cause && at ? `; it depends on ${cause.what} (${at.line}:${at.column})` : '';
      this.#ctx.fail({ start: pos, end: pos + length }, message + reason);
    }
    return this.summarize();
  }

  /** Returns the control flow after the statements. What follows a jump is not reached. */
  #statements(statements: readonly Statement[], cf: number): number {
    let at = cf;
    for (const statement of statements) {
      at = this.#statement(statement, at);
      if (!(behaviorOf(statement) & NEXT)) break;
    }
    return at;
  }

  #statement(statement: Statement, cf: number): number {
    switch (statement.kind) {
      case 'block':
        return this.#statements(statement.body, cf);
      case 'if': {
        const condition = this.value(statement.condition, cf);
        const branches = [statement.then.body, statement.otherwise?.body ?? []];
        return this.#branches(statement, branches, condition, cf, []);
      }
      case 'switch':
        return this.#switch(statement, cf);
      case 'loop':
      case 'for':
      case 'while':
        return this.#loop(statement, cf);
      case 'break':
        this.#jumps.at(-1)?.breaks.push(new Map(this.state));
        return cf;
      case 'continue':
        this.#jumps.findLast((jump) => jump.kind === 'loop')?.continues.push(new Map(this.state));
        return cf;
      case 'return':
        if (statement.value) this.graph.edge(this.returned, this.value(statement.value, cf));
        this.leave();
        return cf;
      default:
        this.simple(statement, cf);
        return cf;
    }
  }

  /** Runs alternatives from one state and joins what comes out of them; `exits` are states that arrive by `break`. */
  #branches(
    statement: Statement,
    branches: readonly (readonly Statement[])[],
    condition: number,
    cf: number,
    exits: State[],
  ): number {
    const before = this.state;
    const ends: number[] = [];
    const states: State[] = [];
    for (const branch of branches) {
      this.state = new Map(before);
      ends.push(this.#statements(branch, condition));
      if (sequence(branch) & NEXT) states.push(this.state);
    }
    this.state = this.join(before, [...states, ...exits]);
    return behaviorOf(statement) === NEXT ? cf : this.graph.node(...ends);
  }

  #switch(statement: Switch, cf: number): number {
    const condition = this.value(statement.selector, cf);
    const jump: Jump = { kind: 'switch', breaks: [], continues: [] };
    this.#jumps.push(jump);
    const bodies = statement.cases.map((clause) => clause.body.body);
    const end = this.#branches(statement, bodies, condition, cf, jump.breaks);
    this.#jumps.pop();
    return end;
  }

  #loop(statement: Extract<Statement, { kind: 'loop' | 'for' | 'while' }>, cf: number): number {
    let outer = cf;
    if (statement.kind === 'for' && statement.init) outer = this.#statement(statement.init, cf);
    const { graph } = this;
    const before = this.state;
    const iteration = graph.node(outer);
    // The values at the start of an iteration: those from before, and (edges added below) those of the last one.
    const entry: State = new Map([...before].map(([variable, node]) => [variable, graph.node(node)]));
    this.state = new Map(entry);
    const jump: Jump = { kind: 'loop', breaks: [], continues: [] };
    this.#jumps.push(jump);
    let at = iteration;
    let inside = behaviorOf(statement.body);
    if (statement.kind !== 'loop' && statement.condition) {
      // if (!condition) { break; }
      const condition = this.value(statement.condition, at);
      jump.breaks.push(new Map(this.state));
      at = graph.node(condition);
      inside |= BREAK;
    }
    at = this.#statements(statement.body.body, at);
    const bodyEnd = at;
    const repeats = (inside & (NEXT | CONTINUE)) !== 0;
    if (repeats) {
      const arriving = behaviorOf(statement.body) & NEXT ? [this.state] : [];
      this.state = this.join(entry, [...arriving, ...jump.continues]);
      if (statement.kind === 'loop') {
        if (statement.continuing) at = this.#statements(statement.continuing.body, at);
        if (statement.breakIf) {
          at = graph.node(this.value(statement.breakIf, at));
          jump.breaks.push(new Map(this.state));
        }
      } else if (statement.kind === 'for' && statement.update) at = this.#statement(statement.update, at);
      graph.edge(iteration, at);
      for (const [variable, node] of entry) graph.edge(node, this.state.get(variable) as number);
    }
    this.#jumps.pop();
    this.state = this.join(before, jump.breaks);
    if (!(inside & RETURN)) return cf;
    return repeats ? iteration : bodyEnd;
  }
}
