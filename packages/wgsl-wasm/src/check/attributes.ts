/** Attributes: which may stand where, and their arguments. */
import type { Attribute, Expression, Span } from '../syntax/ast.ts';
import type { Context } from './context.ts';
import { checkConst } from './expressions.ts';
import { typeName } from './types.ts';
import { isInteger } from './values.ts';

const KNOWN = new Set([
  'align',
  'binding',
  'blend_src',
  'builtin',
  'color',
  'compute',
  'const',
  'diagnostic',
  'fragment',
  'group',
  'id',
  'input_attachment_index',
  'interpolate',
  'invariant',
  'location',
  'must_use',
  'size',
  'subgroup_size',
  'vertex',
  'workgroup_size',
]);
/** Attributes of the graphics pipeline, which has no place here. */
const GRAPHICS = new Set([
  'blend_src',
  'color',
  'input_attachment_index',
  'interpolate',
  'invariant',
  'location',
]);
const ARGUMENTS: Record<string, readonly [number, number]> = {
  align: [1, 1],
  binding: [1, 1],
  builtin: [1, 1],
  compute: [0, 0],
  diagnostic: [2, 2],
  fragment: [0, 0],
  group: [1, 1],
  id: [1, 1],
  must_use: [0, 0],
  size: [1, 1],
  subgroup_size: [1, 1],
  vertex: [0, 0],
  workgroup_size: [1, 3],
};

/** The attributes by name; anything not in `allowed` is refused. `on` names the construct in messages. */
export function readAttributes(
  ctx: Context,
  attributes: readonly Attribute[],
  allowed: readonly string[],
  on: string,
): Map<string, Attribute> {
  const found = new Map<string, Attribute>();
  for (const attribute of attributes) {
    const { name, args } = attribute;
    if (!KNOWN.has(name)) ctx.fail(attribute, `unknown attribute '@${name}'`);
    if (!allowed.includes(name)) {
      if (GRAPHICS.has(name) || name === 'subgroup_size')
        ctx.unsupported(attribute, `the attribute '@${name}' is`);
      ctx.fail(attribute, `'@${name}' cannot stand on ${on}`);
    }
    const [least, most] = ARGUMENTS[name];
    const count = args?.length ?? 0;
    if (count < least || count > most || (args && most === 0)) {
      const wanted =
        most === 0
          ? 'no arguments'
          : least === most
            ? `${least} argument(s)`
            : `${least} to ${most} arguments`;
      ctx.fail(attribute, `'@${name}' takes ${wanted}`);
    }
    if (name === 'diagnostic') checkDiagnosticControl(ctx, attributes, attribute);
    else if (found.has(name)) ctx.fail(attribute, `'@${name}' stands twice on ${on}`);
    found.set(name, attribute);
  }
  return found;
}

const SEVERITIES = ['off', 'info', 'warning', 'error'];

/** The name of a rule as written: `rule` or `vendor.rule`. */
function ruleName(expression: Expression): string | null {
  if (expression.kind === 'identifier' && !expression.templateArgs) return expression.name;
  if (expression.kind !== 'member') return null;
  const first = ruleName(expression.base);
  return first && !first.includes('.') ? `${first}.${expression.member.name}` : null;
}

export function checkSeverity(ctx: Context, span: Expression | Attribute, severity: string | null): void {
  if (!severity || !SEVERITIES.includes(severity)) {
    ctx.fail(span, `expected a severity (${SEVERITIES.join(', ')})`);
  }
}

/** The rules of the specification; implementations may have others, with a dot in their names. */
const RULES = ['derivative_uniformity', 'subgroup_uniformity'];

/** Warns of a rule that nobody knows, as the specification asks. */
export function checkRuleName(ctx: Context, span: Span, name: string): void {
  if (name.includes('.') || RULES.includes(name)) return;
  ctx.warn(span, `unknown diagnostic rule '${name}'; there are ${RULES.join(' and ')}`);
}

function checkDiagnosticControl(ctx: Context, all: readonly Attribute[], attribute: Attribute): void {
  const [severity, rule] = attribute.args as Expression[];
  checkSeverity(ctx, severity, severity.kind === 'identifier' ? severity.name : null);
  const name = ruleName(rule);
  if (!name) ctx.fail(rule, 'expected the name of a diagnostic rule');
  checkRuleName(ctx, rule, name);
  for (const other of all) {
    if (other === attribute) break;
    if (other.name !== 'diagnostic' || other.args?.length !== 2 || ruleName(other.args[1]) !== name) continue;
    const [before] = other.args;
    const same =
      before.kind === 'identifier' && severity.kind === 'identifier' && before.name === severity.name;
    ctx.fail(attribute, `${same ? 'duplicate' : 'conflicting'} '@diagnostic' for the rule '${name}'`);
  }
}

/** Statements and blocks may carry `@diagnostic` only. */
export function checkStatementAttributes(ctx: Context, attributes: readonly Attribute[]): void {
  if (attributes.length > 0) readAttributes(ctx, attributes, ['diagnostic'], 'a statement');
}

/** The value of an attribute that takes one constant integer. */
export function integerArgument(ctx: Context, attribute: Attribute, least: number): number {
  const [expression] = attribute.args as Expression[];
  const operand = checkConst(ctx, expression, `the argument of '@${attribute.name}'`);
  if (operand.type.kind !== 'scalar' || !isInteger(operand.type)) {
    ctx.fail(expression, `'@${attribute.name}' takes an integer, not '${typeName(operand.type)}'`);
  }
  const value = Number(operand.value);
  if (value < least) ctx.fail(expression, `'@${attribute.name}' must be at least ${least}, not ${value}`);
  if (value > 2147483647) ctx.fail(expression, `'@${attribute.name}' must fit i32, ${value} does not`);
  return value;
}
