/** `override` declarations, and the values that are given for them from outside. */
import type { Attribute, GlobalDeclaration, Span } from '../syntax/ast.ts';
import { integerArgument, readAttributes } from './attributes.ts';
import type { Context, Entity } from './context.ts';
import { earlyInitializer } from './module.ts';
import type { Override } from './program.ts';
import { resolveType } from './resolve.ts';
import { BOOL, I32, type ScalarType, typeName } from './types.ts';
import { isFloat, roundTo } from './values.ts';

export function declareOverride(ctx: Context, declaration: GlobalDeclaration): Entity {
  const { name } = declaration;
  const attributes = readAttributes(ctx, declaration.attributes, ['id'], 'an override');
  const idAttribute = attributes.get('id');
  const id = idAttribute ? integerArgument(ctx, idAttribute, 0) : null;
  if (id !== null && id > 65535) ctx.fail(idAttribute as Attribute, `'@id' must be at most 65535, not ${id}`);
  if (id !== null && ctx.overrides.some((other) => other.id === id)) {
    ctx.fail(idAttribute as Attribute, `'@id(${id})' is taken by another override`);
  }
  const wanted = declaration.type ? resolveType(ctx, declaration.type) : null;
  const operand = earlyInitializer(ctx, declaration, wanted);
  const type = wanted ?? operand?.type;
  if (!type) ctx.fail(name, `the override '${name.name}' needs a type or an initializer`);
  if (type.kind !== 'scalar') {
    ctx.fail(
      declaration.type ?? name,
      `an override must be bool, i32, u32, f32 or f16, not '${typeName(type)}'`,
    );
  }
  const given = ctx.options.overrides?.[id === null ? name.name : String(id)];
  const fallback = operand?.value === undefined ? null : (operand.value as number | boolean);
  const value = !ctx.resolve ? null : given === undefined ? fallback : overrideValue(ctx, name, type, given);
  const override: Override = {
    name: name.name,
    pos: declaration.start,
    type,
    id,
    hasDefault: operand !== null,
    value,
  };
  ctx.overrides.push(override);
  return { kind: 'override', name: name.name, override, type };
}

/** A value from outside, checked against the type of the override as WebGPU does for pipeline constants. */
function overrideValue(
  ctx: Context,
  span: Span & { name: string },
  type: ScalarType,
  given: number | boolean,
): number | boolean {
  const number = Number(given);
  const refuse = (why: string): never =>
    ctx.fail(span, `the value ${given} given for the override '${span.name}' ${why}`, 'override');
  if (!Number.isFinite(number)) refuse('is not finite');
  if (type === BOOL) return number !== 0;
  if (isFloat(type)) {
    const rounded = roundTo(number, type);
    return Number.isFinite(rounded) ? rounded : refuse(`does not fit ${type.name}`);
  }
  const whole = Math.trunc(number);
  const [low, high] = type === I32 ? [-2147483648, 2147483647] : [0, 4294967295];
  return whole >= low && whole <= high ? whole + 0 : refuse(`does not fit ${type.name}`);
}

/** Every given override value must belong to an override, as WebGPU wants it for pipeline constants. */
export function checkOverrideKeys(ctx: Context): void {
  const known = ctx.overrides.map((o) => (o.id === null ? o.name : String(o.id)));
  for (const key of Object.keys(ctx.options.overrides ?? {})) {
    if (known.includes(key)) continue;
    const list = known.length > 0 ? `it has ${known.join(', ')}` : 'it has none';
    ctx.fail(
      { start: 0, end: 1 },
      `the program has no override '${key}' to give a value to; ${list}`,
      'override',
    );
  }
}
