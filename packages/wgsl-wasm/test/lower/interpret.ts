/**
 * Executes a checked program statement by statement: a second meaning of the language beside the compiler's, for what
 * has integers, bool, vectors, arrays, structures, pointers, control flow and barriers in it. Slow, and with no
 * cleverness at all.
 */

import type {
  CheckedFunction,
  Expression,
  LetDeclaration,
  Parameter,
  Place,
  Statement,
  Variable,
} from '../../src/check/program.ts';
import type { Type } from '../../src/check/types.ts';
import { checkProgram } from '../../src/complete.ts';

type Value = number | boolean | Value[] | Reference;
interface Reference {
  get(): Value;
  set(value: Value): void;
}
type Flow = 'next' | 'break' | 'continue' | { readonly returned: Value | null };
type Run<T> = Generator<'barrier', T>;

const copy = (value: Value): Value => (Array.isArray(value) ? value.map(copy) : value);

function zero(type: Type): Value {
  if (type.kind === 'scalar') return type.name === 'bool' ? false : 0;
  if (type.kind === 'vector') return Array.from({ length: type.size }, () => zero(type.element));
  if (type.kind === 'array') return Array.from({ length: type.count! }, () => zero(type.element));
  if (type.kind === 'struct') return type.members.map((member) => zero(member.type));
  throw new Error(`no zero of ${type.kind}`);
}

/** A number of the type: i32 with a sign, u32 without. */
function wrap(type: Type, value: number): number {
  const scalar = type.kind === 'vector' ? type.element : type;
  return scalar.kind === 'scalar' && scalar.name === 'u32' ? value >>> 0 : value | 0;
}

function operate(operator: string, type: Type, a: number, b: number): Value {
  switch (operator) {
    case '+':
      return wrap(type, a + b);
    case '-':
      return wrap(type, a - b);
    case '*':
      return wrap(type, Math.imul(a, b));
    case '/':
      return b === 0 ? a : wrap(type, Math.trunc(a / b));
    case '%':
      return b === 0 ? 0 : wrap(type, a % b);
    case '&':
      return wrap(type, a & b);
    case '|':
      return wrap(type, a | b);
    case '^':
      return wrap(type, a ^ b);
    case '<<':
      return wrap(type, a << (b & 31));
    case '>>':
      return wrap(type, type.kind === 'scalar' && type.name === 'u32' ? a >>> (b & 31) : a >> (b & 31));
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
  throw new Error(`no operator ${operator}`);
}

class Invocation {
  readonly memory: Map<Variable, { value: Value }>;
  readonly values = new Map<LetDeclaration | Parameter, Value>();

  constructor(shared: Map<Variable, { value: Value }>) {
    this.memory = new Map(shared);
  }

  private reference(place: Place): Reference {
    switch (place.kind) {
      case 'variable': {
        const cell = this.memory.get(place.variable)!;
        return {
          get: () => cell.value,
          set: (value) => {
            cell.value = value;
          },
        };
      }
      case 'deref':
        return this.evaluate(place.pointer) as Reference;
      case 'member':
        return part(this.reference(place.base), place.member);
      case 'index': {
        const base = this.reference(place.base);
        return part(base, this.evaluate(place.index) as number);
      }
      case 'swizzle': {
        const base = this.reference(place.base);
        return {
          get: () => place.components.map((component) => (base.get() as Value[])[component]),
          set: (value) => {
            place.components.forEach((component, i) => {
              (base.get() as Value[])[component] = (value as Value[])[i];
            });
          },
        };
      }
    }
  }

  private evaluate(expression: Expression): Value {
    switch (expression.kind) {
      case 'constant':
        return copy(expression.value as Value);
      case 'value':
        return copy(this.values.get(expression.declaration)!);
      case 'load':
        return copy(this.reference(expression.place).get());
      case 'addressOf':
        return this.reference(expression.place);
      case 'unary': {
        const x = this.evaluate(expression.operand);
        if (expression.operator === '!') return !x;
        return wrap(expression.type, expression.operator === '-' ? -(x as number) : ~(x as number));
      }
      case 'binary': {
        const left = this.evaluate(expression.left);
        const right = this.evaluate(expression.right);
        const { type } = expression.left;
        const lanes = (v: Value, i: number) => (Array.isArray(v) ? v[i] : v) as number;
        if (!Array.isArray(left)) return operate(expression.operator, type, left as number, right as number);
        return left.map((x, i) => operate(expression.operator, type, x as number, lanes(right, i)));
      }
      case 'logical': {
        const left = this.evaluate(expression.left);
        return left === (expression.operator === '||') ? left : this.evaluate(expression.right);
      }
      case 'splat': {
        const x = this.evaluate(expression.operand);
        return Array.from({ length: expression.type.size }, () => x);
      }
      case 'construct':
        return expression.type.kind === 'vector'
          ? (expression.args.flatMap((arg) => this.evaluate(arg)) as Value[])
          : expression.args.map((arg) => this.evaluate(arg));
      case 'convert': {
        const x = this.evaluate(expression.operand);
        const to = (v: Value) =>
          expression.type.kind === 'scalar' && expression.type.name === 'bool'
            ? v !== 0
            : wrap(expression.type, Number(v));
        return Array.isArray(x) ? x.map(to) : to(x);
      }
      case 'swizzle': {
        const x = this.evaluate(expression.operand) as Value[];
        const parts = expression.components.map((component) => x[component]);
        return parts.length === 1 ? parts[0] : parts;
      }
      case 'extract':
        return (this.evaluate(expression.base) as Value[])[this.evaluate(expression.index) as number];
      case 'member':
        return (this.evaluate(expression.base) as Value[])[expression.member];
      case 'call': {
        const args = expression.args.map((arg) => this.evaluate(arg));
        const run = this.call(expression.function, args);
        const step = run.next();
        if (!step.done) throw new Error('a barrier inside of an expression');
        return step.value!;
      }
      case 'builtin': {
        const [a, b, c] = expression.args.map((arg) => this.evaluate(arg));
        if (expression.name === 'select') return c ? b : a;
        break;
      }
    }
    throw new Error(`cannot evaluate ${expression.kind}`);
  }

  *call(called: CheckedFunction, args: readonly Value[]): Run<Value | null> {
    called.parameters.forEach((parameter, i) => {
      this.values.set(parameter, args[i]);
    });
    const flow = yield* this.all(called.body.body);
    return typeof flow === 'object' ? flow.returned : null;
  }

  private *all(statements: readonly Statement[]): Run<Flow> {
    for (const statement of statements) {
      const flow = yield* this.execute(statement);
      if (flow !== 'next') return flow;
    }
    return 'next';
  }

  private *execute(statement: Statement): Run<Flow> {
    switch (statement.kind) {
      case 'block':
        return yield* this.all(statement.body);
      case 'declareVariable': {
        const { variable, initializer } = statement;
        const value = initializer ? this.evaluate(initializer) : zero(variable.storeType);
        this.memory.set(variable, { value });
        return 'next';
      }
      case 'declareLet':
        this.values.set(statement.declaration, this.evaluate(statement.initializer));
        return 'next';
      case 'assign': {
        const target = this.reference(statement.target);
        target.set(this.evaluate(statement.value));
        return 'next';
      }
      case 'compoundAssign': {
        const target = this.reference(statement.target);
        const before = copy(target.get());
        const value = this.evaluate(statement.value);
        const { type } = statement.target;
        target.set(operate(statement.operator, type, before as number, value as number));
        return 'next';
      }
      case 'evaluate':
        this.evaluate(statement.expression);
        return 'next';
      case 'call':
        yield* this.call(
          statement.function,
          statement.args.map((arg) => this.evaluate(arg)),
        );
        return 'next';
      case 'barrier':
        yield 'barrier';
        return 'next';
      case 'if':
        if (this.evaluate(statement.condition)) return yield* this.all(statement.then.body);
        return statement.otherwise ? yield* this.all(statement.otherwise.body) : 'next';
      case 'switch': {
        const selector = this.evaluate(statement.selector) as number;
        const chosen =
          statement.cases.find((clause) =>
            clause.selectors.some((value) => (value | 0) === (selector | 0)),
          ) ?? statement.cases.find((clause) => clause.isDefault)!;
        const flow = yield* this.all(chosen.body.body);
        return flow === 'break' ? 'next' : flow;
      }
      case 'loop':
        return yield* this.repeat(
          null,
          statement.body.body,
          statement.continuing?.body ?? [],
          statement.breakIf,
        );
      case 'while':
        return yield* this.repeat(statement.condition, statement.body.body, [], null);
      case 'for':
        if (statement.init) yield* this.execute(statement.init);
        return yield* this.repeat(
          statement.condition,
          statement.body.body,
          statement.update ? [statement.update] : [],
          null,
        );
      case 'return':
        return { returned: statement.value ? this.evaluate(statement.value) : null };
      case 'break':
      case 'continue':
        return statement.kind;
      case 'builtin':
        throw new Error('no atomics here');
    }
  }

  private *repeat(
    condition: Expression | null,
    body: readonly Statement[],
    continuing: readonly Statement[],
    breakIf: Expression | null,
  ): Run<Flow> {
    while (condition === null || this.evaluate(condition)) {
      const flow = yield* this.all(body);
      if (flow === 'break') break;
      if (typeof flow === 'object') return flow;
      yield* this.all(continuing);
      if (breakIf && this.evaluate(breakIf)) break;
    }
    return 'next';
  }
}

function part(base: Reference, index: number): Reference {
  return {
    get: () => (base.get() as Value[])[index],
    set: (value) => {
      (base.get() as Value[])[index] = value;
    },
  };
}

/** The buffers, which are arrays of i32, after the kernel: what `runKernel` of `harness.ts` returns. */
export function interpret(wgsl: string, buffers: readonly Int32Array[], workgroups: number): Int32Array[] {
  const [entry] = checkProgram(wgsl).entryPoints;
  const shared = new Map<Variable, { value: Value }>();
  const contents = buffers.map((data) => ({ value: Array.from(data) as Value }));
  entry.bindings.forEach((binding, i) => {
    shared.set(binding.variable, contents[i]);
  });
  const [size] = entry.workgroupSize;
  for (let group = 0; group < workgroups; group++) {
    for (const variable of entry.workgroupVariables)
      shared.set(variable, { value: zero(variable.storeType) });
    let running = Array.from({ length: size }, (_, local) => {
      const invocation = new Invocation(shared);
      for (const variable of entry.privateVariables) {
        const { initialValue, storeType } = variable;
        const value = initialValue === null ? zero(storeType) : copy(initialValue as Value);
        invocation.memory.set(variable, { value });
      }
      for (const { builtin, parameter } of entry.inputs) {
        const value =
          builtin === 'workgroup_id' ? [group, 0, 0] : builtin === 'local_invocation_index' ? local : null;
        if (value === null) throw new Error(`no ${builtin} here`);
        invocation.values.set(parameter, value);
      }
      return invocation;
    }).map((invocation) => {
      const { parameters } = entry.function;
      return invocation.call(
        entry.function,
        parameters.map((parameter) => invocation.values.get(parameter)!),
      );
    });
    while (running.length > 0) running = running.filter((run) => !run.next().done);
  }
  return contents.map(({ value }) => Int32Array.from(value as number[]));
}
