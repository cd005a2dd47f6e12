/** What a statement does, found by reading it: variables it may assign, names it uses, jumps that leave it. */
import type {
  Binary,
  CheckedFunction,
  Expression,
  LetDeclaration,
  Parameter,
  Place,
  Statement,
  Variable,
} from '../check/program.ts';
import { F16, isMatrix, type Type } from '../check/types.ts';

export interface Usage {
  /** Variables that it may write, itself or through a pointer made here. */
  readonly assigned: Set<Variable>;
  /** Variables that it may read or write. */
  readonly used: Set<Variable>;
  /** `let` values and parameters that it reads; pointers among them may be written through. */
  readonly values: Set<LetDeclaration | Parameter>;
  /** `break` and `continue` that go to the loop or switch around it. */
  breaks: boolean;
  continues: boolean;
  returns: boolean;
  barrier: boolean;
  /** Calls a function with a barrier inside an expression. */
  barrierCall: boolean;
  /** Calls a function of `subgroups`. */
  subgroup: boolean;
  /** One of them may be in control flow that is not uniform. */
  diverges: boolean;
  /** Holds a loop without a condition of its own form, whose iterations nobody counts. */
  openLoop: boolean;
  /** A rough count of its operations, constant loops not multiplied. */
  size: number;
}

const newUsage = (): Usage => ({
  assigned: new Set(),
  used: new Set(),
  values: new Set(),
  breaks: false,
  continues: false,
  returns: false,
  barrier: false,
  barrierCall: false,
  subgroup: false,
  diverges: false,
  openLoop: false,
  size: 0,
});

function addUsage(into: Usage, from: Usage): void {
  for (const variable of from.assigned) into.assigned.add(variable);
  for (const variable of from.used) into.used.add(variable);
  for (const value of from.values) into.values.add(value);
  into.breaks ||= from.breaks;
  into.continues ||= from.continues;
  into.returns ||= from.returns;
  into.barrier ||= from.barrier;
  into.barrierCall ||= from.barrierCall;
  into.subgroup ||= from.subgroup;
  into.diverges ||= from.diverges;
  into.openLoop ||= from.openLoop;
  into.size += from.size;
}

function rootOf(place: Place): Variable | Expression {
  switch (place.kind) {
    case 'variable':
      return place.variable;
    case 'deref':
      return place.pointer;
    default:
      return rootOf(place.base);
  }
}

function scanPlace(usage: Usage, place: Place, written: boolean): void {
  switch (place.kind) {
    case 'variable':
      usage.used.add(place.variable);
      if (written) usage.assigned.add(place.variable);
      return;
    case 'deref':
      // What a pointer made here points to counts as written where it is made (`addressOf`).
      if (written) scanExpression(usage, place.pointer);
      else scanReadPointer(usage, place.pointer);
      return;
    case 'index':
      scanExpression(usage, place.index);
      scanPlace(usage, place.base, written);
      usage.size++;
      return;
    default:
      scanPlace(usage, place.base, written);
  }
}

const READING: ReadonlySet<string> = new Set([
  'workgroupUniformLoad',
  'atomicLoad',
  'arrayLength',
  'bufferLength',
]);

/** A pointer that is read through, and no more. */
function scanReadPointer(usage: Usage, pointer: Expression): void {
  if (pointer.kind === 'addressOf') scanPlace(usage, pointer.place, false);
  else if (pointer.kind === 'builtin') {
    const [buffer, ...numbers] = pointer.args;
    usage.size++;
    scanReadPointer(usage, buffer);
    for (const number of numbers) scanExpression(usage, number);
  } else scanExpression(usage, pointer);
}

/** A texel is found, and converted, by so many operations. */
const TEXEL = 20;

/** An operation of f16 is rounded, by so many operations of f32. */
const HALF = 15;

/** How many operations on vectors the operator stands for: several on matrices, and on f16. */
function vectorOperations({ operator, left, right }: Binary): number {
  const [a, b] = [left.type, right.type];
  const [m, n] = [a, b].map((type) => (isMatrix(type) ? type.count : 1));
  const product = operator === '*' && a.kind !== 'scalar' && b.kind !== 'scalar' && m * n > 1;
  return (product ? 2 * m * n : Math.max(m, n)) * (innermost(a) === F16 ? HALF : 1);
}

const innermost = (type: Type): Type => ('element' in type ? innermost(type.element) : type);

function scanExpression(usage: Usage, expression: Expression): void {
  usage.size++;
  switch (expression.kind) {
    case 'constant':
      return;
    case 'value':
      usage.values.add(expression.declaration);
      return;
    case 'load':
      scanPlace(usage, expression.place, false);
      return;
    case 'addressOf':
      scanPlace(usage, expression.place, true);
      return;
    case 'binary':
      usage.size += vectorOperations(expression) - 1;
      scanExpression(usage, expression.left);
      scanExpression(usage, expression.right);
      return;
    case 'logical':
      scanExpression(usage, expression.left);
      scanExpression(usage, expression.right);
      return;
    case 'construct':
      for (const arg of expression.args) scanExpression(usage, arg);
      return;
    case 'builtin':
      for (const arg of expression.args) {
        if (READING.has(expression.name)) scanReadPointer(usage, arg);
        else scanExpression(usage, arg);
      }
      if (expression.name === 'textureLoad') usage.size += TEXEL;
      if (expression.name === 'workgroupUniformLoad') usage.barrier = true;
      if (expression.uniform !== undefined) {
        usage.barrier = true;
        usage.subgroup = true;
        usage.diverges ||= !expression.uniform;
      }
      return;
    case 'call':
      if (expression.function.hasBarrier) usage.barrierCall = true;
      for (const arg of expression.args) scanExpression(usage, arg);
      addUsage(usage, functionUsage(expression.function));
      return;
    case 'extract':
      scanExpression(usage, expression.base);
      scanExpression(usage, expression.index);
      return;
    case 'member':
      scanExpression(usage, expression.base);
      return;
    default:
      scanExpression(usage, expression.operand);
  }
}

function scanStatement(usage: Usage, statement: Statement): void {
  switch (statement.kind) {
    case 'block':
      for (const inner of statement.body) scanStatement(usage, inner);
      return;
    case 'declareVariable':
      usage.assigned.add(statement.variable);
      if (statement.initializer) scanExpression(usage, statement.initializer);
      return;
    case 'declareLet':
      scanExpression(usage, statement.initializer);
      return;
    case 'assign':
    case 'compoundAssign':
      scanPlace(usage, statement.target, true);
      scanExpression(usage, statement.value);
      return;
    case 'evaluate':
      scanExpression(usage, statement.expression);
      return;
    case 'call':
      for (const arg of statement.args) scanExpression(usage, arg);
      addUsage(usage, functionUsage(statement.function));
      return;
    case 'builtin':
      if (statement.name === 'textureStore') usage.size += TEXEL;
      for (const arg of statement.args) scanExpression(usage, arg);
      return;
    case 'barrier':
      usage.barrier = true;
      return;
    case 'if':
      scanExpression(usage, statement.condition);
      scanStatement(usage, statement.then);
      if (statement.otherwise) scanStatement(usage, statement.otherwise);
      return;
    case 'return':
      usage.returns = true;
      if (statement.value) scanExpression(usage, statement.value);
      return;
    case 'break':
      usage.breaks = true;
      return;
    case 'continue':
      usage.continues = true;
      return;
    default:
      scanNested(usage, statement);
  }
}

/** Loops and switches: jumps inside that belong to them do not leave them. */
function scanNested(
  usage: Usage,
  statement: Statement & { kind: 'switch' | 'loop' | 'for' | 'while' },
): void {
  const inner = newUsage();
  switch (statement.kind) {
    case 'switch':
      scanExpression(inner, statement.selector);
      for (const clause of statement.cases) scanStatement(inner, clause.body);
      break;
    case 'loop':
      scanStatement(inner, statement.body);
      if (statement.continuing) scanStatement(inner, statement.continuing);
      if (statement.breakIf) scanExpression(inner, statement.breakIf);
      break;
    case 'for':
      if (statement.init) scanStatement(inner, statement.init);
      if (statement.condition) scanExpression(inner, statement.condition);
      if (statement.update) scanStatement(inner, statement.update);
      scanStatement(inner, statement.body);
      break;
    case 'while':
      scanExpression(inner, statement.condition);
      scanStatement(inner, statement.body);
      break;
  }
  inner.openLoop ||= statement.kind === 'loop' || statement.kind === 'while';
  inner.breaks = false;
  if (statement.kind !== 'switch') inner.continues = false;
  addUsage(usage, inner);
}

const statementCache = new WeakMap<Statement, Usage>();
const functionCache = new WeakMap<CheckedFunction, Usage>();

export function usageOf(statement: Statement): Usage {
  let usage = statementCache.get(statement);
  if (!usage) {
    usage = newUsage();
    scanStatement(usage, statement);
    statementCache.set(statement, usage);
  }
  return usage;
}

export function usageOfExpression(expression: Expression): Usage {
  const usage = newUsage();
  scanExpression(usage, expression);
  return usage;
}

/** What a call of the function may do to its caller: its own variables and values are nobody else's business. */
function functionUsage(called: CheckedFunction): Usage {
  let usage = functionCache.get(called);
  if (!usage) {
    const body = usageOf(called.body);
    const outside = (variable: Variable) => variable.addressSpace !== 'function';
    usage = {
      ...body,
      assigned: new Set([...body.assigned].filter(outside)),
      used: new Set([...body.used].filter(outside)),
      values: new Set(),
      returns: false,
    };
    functionCache.set(called, usage);
  }
  return usage;
}

export { rootOf };
