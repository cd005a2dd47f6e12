/** Attributes: which may stand where, and their arguments. */
import { rare } from '../rare.ts';
import type { Attribute, Expression } from '../syntax/ast.ts';
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
const GRAPHICS = new Set(['color', 'input_attachment_index']);
const ARGUMENTS: Record<string, readonly [number, number]> = {
  align: [1, 1],
  binding: [1, 1],
  blend_src: [1, 1],
  builtin: [1, 1],
  compute: [0, 0],
  diagnostic: [2, 2],
  fragment: [0, 0],
  group: [1, 1],
  id: [1, 1],
  interpolate: [1, 2],
  invariant: [0, 0],
  location: [1, 1],
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
    if (name === 'diagnostic') rare().checkDiagnosticControl(ctx, attributes, attribute);
    else if (found.has(name)) ctx.fail(attribute, `'@${name}' stands twice on ${on}`);
    found.set(name, attribute);
  }
  return found;
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
