/**
 * Calls that invocations must make together (of functions with barriers, and of `subgroups`) inside expressions: each
 * becomes a `let` before its statement, together with what is evaluated before it, so that it stands alone.
 */
import type {
  Block,
  CheckedFunction,
  Expression,
  LetDeclaration,
  Place,
  Statement,
  Variable,
} from '../check/program.ts';
import { BOOL, type Type } from '../check/types.ts';
import { operandsOf } from '../check/walk.ts';
import { isSubgroupCall } from './subgroups.ts';
import { usageOf } from './usage.ts';

const transformed = new WeakMap<CheckedFunction, Together>();

/** A function whose calls of that sort stand alone. */
export interface Together {
  readonly function: CheckedFunction;
  /** Where it leaves its result; null if it has none. */
  readonly result: Variable | null;
}

/** The function in that form, the same one at every call. */
export function hoistCalls(given: CheckedFunction): Together {
  let found = transformed.get(given);
  if (!found) {
    const result = given.returnType ? newVariable(given.name, given.returnType, given.pos) : null;
    const body = { ...given.body, body: new Hoister(result).block(given.body) };
    found = { function: { ...given, returnType: null, body }, result };
    transformed.set(given, found);
  }
  return found;
}

function newVariable(name: string, storeType: Type, pos: number): Variable {
  return {
    kind: 'variable',
    name,
    pos,
    addressSpace: 'function',
    access: 'read_write',
    storeType,
    binding: null,
    initialValue: null,
    addressTaken: false,
    assigned: true,
  };
}

/** Whether the expression itself is such a call. */
const standsAlone = (e: Expression): boolean =>
  isSubgroupCall(e) || (e.kind === 'call' && e.function.hasBarrier);

const needs = (e: Expression): boolean => standsAlone(e) || operandsOf(e).some(needs);

const placeOf = (variable: Variable): Place => ({
  kind: 'variable',
  pos: variable.pos,
  type: variable.storeType,
  addressSpace: 'function',
  access: 'read_write',
  variable,
});

const read = (variable: Variable): Expression => ({
  kind: 'load',
  pos: variable.pos,
  type: variable.storeType,
  place: placeOf(variable),
});

class Hoister {
  /** Where the function that is transformed leaves its result. */
  readonly #result: Variable | null;
  /** The statements so far. */
  #out: Statement[] = [];

  constructor(result: Variable | null) {
    this.#result = result;
  }

  block(block: Block): Statement[] {
    const outer = this.#out;
    this.#out = [];
    for (const statement of block.body) this.#statement(statement);
    const body = this.#out;
    this.#out = outer;
    return body;
  }

  #inner(block: Block): Block {
    return { ...block, body: this.block(block) };
  }

  /** A value under a name of its own. */
  #bind(initializer: Expression): Expression {
    const { type, pos } = initializer;
    if (initializer.kind === 'constant' || initializer.kind === 'value' || type.kind === 'texture') {
      return initializer;
    }
    // What decides where it points, for that is where it points now.
    if (type.kind === 'pointer') {
      return withOperands(
        initializer,
        operandsOf(initializer).map((operand) => this.#bind(operand)),
      );
    }
    const declaration: LetDeclaration = { kind: 'let', name: 'a value', pos, type };
    this.#out.push({ kind: 'declareLet', pos, declaration, initializer });
    return { kind: 'value', pos, type, declaration };
  }

  /** Values that are evaluated in this order. */
  #inOrder(values: readonly Expression[]): Expression[] {
    const last = values.findLastIndex(needs);
    return values.map((value, i) => (i < last ? this.#bind(this.#value(value)) : this.#value(value)));
  }

  #value(e: Expression): Expression {
    if (!needs(e)) return e;
    if (e.kind === 'logical') return this.#logical(e);
    const operands = this.#inOrder(operandsOf(e));
    if (e.kind === 'call' && e.function.hasBarrier) {
      const { function: called, result } = hoistCalls(e.function);
      const variable = result as Variable;
      // No declaration: each call gives it a value, in a segment of its own.
      this.#out.push({ kind: 'call', pos: e.pos, function: called, args: operands });
      return this.#bind(read(variable));
    }
    const rebuilt = withOperands(e, operands);
    return standsAlone(e) ? this.#bind(rebuilt) : rebuilt;
  }

  /** The right side is evaluated only where the left one does not decide. */
  #logical({ operator, left, right, pos }: Expression & { kind: 'logical' }): Expression {
    const variable = newVariable(operator, BOOL, pos);
    this.#out.push({ kind: 'declareVariable', pos, variable, initializer: this.#value(left) });
    const value = read(variable);
    const condition: Expression =
      operator === '&&' ? value : { kind: 'unary', pos, type: BOOL, operator: '!', operand: value };
    const outer = this.#out;
    this.#out = [];
    const assigned: Statement = { kind: 'assign', pos, target: placeOf(variable), value: this.#value(right) };
    const then: Block = { kind: 'block', pos, body: [...this.#out, assigned] };
    this.#out = outer;
    this.#out.push({ kind: 'if', pos, condition, then, otherwise: null });
    return value;
  }

  #statement(s: Statement): void {
    const out = (statement: Statement): void => {
      this.#out.push(statement);
    };
    if (!usageOf(s).barrier && s.kind !== 'return') {
      out(s.kind === 'block' ? this.#inner(s) : this.#returning(s));
      return;
    }
    switch (s.kind) {
      case 'block':
        out(this.#inner(s));
        return;
      case 'declareVariable':
        out({ ...s, initializer: s.initializer && this.#value(s.initializer) });
        return;
      case 'declareLet':
        out({ ...s, initializer: this.#direct(s.initializer) });
        return;
      case 'assign':
      case 'compoundAssign': {
        const indices = indicesOf(s.target);
        if (s.kind === 'compoundAssign' && needs(s.value)) {
          this.#compound(s, indices);
          return;
        }
        const values = this.#inOrder([...indices, s.value]);
        out({ ...s, target: withIndices(s.target, values), value: values.at(-1) as Expression });
        return;
      }
      case 'evaluate':
        out({ ...s, expression: this.#value(s.expression) });
        return;
      case 'call': {
        const args = this.#inOrder(s.args);
        out({
          ...s,
          function: s.function.hasBarrier ? hoistCalls(s.function).function : s.function,
          args,
        });
        return;
      }
      case 'builtin':
        out({ ...s, args: this.#inOrder(s.args) });
        return;
      case 'if':
        out(this.#branches(s, this.#value(s.condition)));
        return;
      case 'switch': {
        const selector = this.#value(s.selector);
        out({ ...s, selector, cases: s.cases.map((c) => ({ ...c, body: this.#inner(c.body) })) });
        return;
      }
      case 'while':
        this.#loop(s, s.condition, s.body, null);
        return;
      case 'for': {
        if (s.condition && !needs(s.condition)) {
          if (s.init && needsOf(s.init)) {
            const init = this.block({ kind: 'block', pos: s.pos, body: [s.init] });
            const rest: Statement = {
              ...s,
              init: null,
              ...this.#update(s.update),
              body: this.#inner(s.body),
            };
            out({ kind: 'block', pos: s.pos, body: [...init, rest] });
            return;
          }
          out({ ...s, ...this.#update(s.update), body: this.#inner(s.body) });
          return;
        }
        const outer = this.#out;
        this.#out = [];
        if (s.init) this.#statement(s.init);
        this.#loop(s, s.condition, s.body, s.update);
        const body = this.#out;
        this.#out = outer;
        out({ kind: 'block', pos: s.pos, body });
        return;
      }
      case 'loop': {
        const body = this.#inner(s.body);
        const outer = this.#out;
        this.#out = s.continuing ? this.block(s.continuing) : [];
        const breakIf = s.breakIf && this.#value(s.breakIf);
        const continuing: Block = { kind: 'block', pos: s.continuing?.pos ?? s.pos, body: this.#out };
        this.#out = outer;
        out({ ...s, body, continuing, breakIf });
        return;
      }
      case 'return':
        if (s.value && this.#result) {
          out({ kind: 'assign', pos: s.pos, target: placeOf(this.#result), value: this.#value(s.value) });
          out({ ...s, value: null });
          return;
        }
        out(s);
        return;
      default:
        out(s);
        return;
    }
  }

  #branches(s: Statement & { kind: 'if' }, condition: Expression): Statement {
    const then = this.#inner(s.then);
    return { ...s, condition, then, otherwise: s.otherwise && this.#inner(s.otherwise) };
  }

  /** The update of a `for` loop: one statement. */
  #update(update: Statement | null): { readonly update: Statement | null } {
    if (!update || !needsOf(update)) return { update };
    const body = this.block({ kind: 'block', pos: update.pos, body: [update] });
    return { update: { kind: 'block', pos: update.pos, body } };
  }

  /** `while (condition) { body }` as a loop that tests the condition in its body. */
  #loop(s: Statement, condition: Expression | null, body: Block, update: Statement | null): void {
    const { pos } = s;
    const outer = this.#out;
    this.#out = [];
    if (condition) {
      const operand = this.#value(condition);
      const then: Block = { kind: 'block', pos, body: [{ kind: 'break', pos }] };
      const stop: Expression = { kind: 'unary', pos, type: BOOL, operator: '!', operand };
      this.#out.push({ kind: 'if', pos, condition: stop, then, otherwise: null });
    }
    this.#out.push(this.#inner(body));
    const whole: Block = { kind: 'block', pos, body: this.#out };
    this.#out = outer;
    const continuing: Block | null = update && {
      kind: 'block',
      pos,
      body: this.block({ ...body, body: [update] }),
    };
    this.#out.push({ kind: 'loop', pos, body: whole, continuing, breakIf: null });
  }

  /** `let x = subgroupAdd(y)` needs no second name. */
  #direct(initializer: Expression): Expression {
    if (!isSubgroupCall(initializer)) return this.#value(initializer);
    return withOperands(initializer, this.#inOrder(operandsOf(initializer)));
  }

  /** The old value is read before the other is computed. */
  #compound(s: Statement & { kind: 'compoundAssign' }, indices: readonly Expression[]): void {
    const target = withIndices(
      s.target,
      indices.map((index) => this.#bind(this.#value(index))),
    );
    const { pos, operator } = s;
    const { type } = target;
    const whole = target.kind === 'swizzle' ? target.base : target;
    let left: Expression = { kind: 'load', pos, type: whole.type, place: whole };
    if (target.kind === 'swizzle') {
      left = { kind: 'swizzle', pos, type, operand: left, components: target.components };
    }
    const old = this.#bind(left);
    const value: Expression = { kind: 'binary', pos, type, operator, left: old, right: this.#value(s.value) };
    this.#out.push({ kind: 'assign', pos, target, value });
  }

  /** A statement without such calls, in which `return` may stand. */
  #returning(s: Statement): Statement {
    if (!this.#result || !usageOf(s).returns) return s;
    switch (s.kind) {
      case 'if':
        return this.#branches(s, s.condition);
      case 'switch':
        return { ...s, cases: s.cases.map((c) => ({ ...c, body: this.#inner(c.body) })) };
      case 'for':
      case 'while':
      case 'loop':
        return { ...s, body: this.#inner(s.body) };
      default:
        return s;
    }
  }
}

const needsOf = (s: Statement): boolean => usageOf(s).barrier;

/** The expressions of a place, in the order of their evaluation. */
function indicesOf(place: Place): Expression[] {
  switch (place.kind) {
    case 'variable':
      return [];
    case 'deref':
      return [place.pointer];
    case 'index':
      return [...indicesOf(place.base), place.index];
    default:
      return indicesOf(place.base);
  }
}

/** The place with other expressions, of which there may be more. */
function withIndices(place: Place, values: readonly Expression[]): Place {
  const rest = [...values];
  const visit = (at: Place): Place => {
    switch (at.kind) {
      case 'variable':
        return at;
      case 'deref':
        return { ...at, pointer: rest.shift() as Expression };
      case 'index': {
        const base = visit(at.base);
        return { ...at, base, index: rest.shift() as Expression };
      }
      default:
        return { ...at, base: visit(at.base) };
    }
  };
  return visit(place);
}

/** The expression with other operands. */
function withOperands(e: Expression, operands: readonly Expression[]): Expression {
  const [first, second] = operands;
  switch (e.kind) {
    case 'load':
    case 'addressOf':
      return { ...e, place: withIndices(e.place, operands) };
    case 'unary':
    case 'splat':
    case 'convert':
    case 'bitcast':
    case 'swizzle':
      return { ...e, operand: first };
    case 'binary':
    case 'logical':
      return { ...e, left: first, right: second };
    case 'construct':
    case 'call':
    case 'builtin':
      return { ...e, args: operands };
    case 'extract':
      return { ...e, base: first, index: second };
    case 'member':
      return { ...e, base: first };
    default:
      return e;
  }
}
