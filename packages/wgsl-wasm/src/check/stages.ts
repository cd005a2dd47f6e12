/** Entry points of the stages `vertex` and `fragment`: what comes in and goes out. They are checked, not compiled. */
import type { Attribute, Expression, Span } from '../syntax/ast.ts';
import { integerArgument, readAttributes } from './attributes.ts';
import type { Context, FunctionEntity, ShaderStage } from './context.ts';
import { bindingsOf } from './entry-points.ts';
import { builtinName, type Interface, memberInterfaces } from './interfaces.ts';
import type { BuiltinBinding, CheckedFunction } from './program.ts';
import { arrayOf, BOOL, F32, I32, type Type, typeName, U32, vectorOf } from './types.ts';

type Direction = 'input' | 'output';

const VEC3U = vectorOf(3, U32);
const VEC4F = vectorOf(4, F32);
/** Builtin values by name: their type, and where they come in or go out. */
const BUILTINS: Readonly<
  Record<string, { readonly type: Type; readonly at: string; readonly extension?: string }>
> = {
  vertex_index: { type: U32, at: 'vertex input' },
  instance_index: { type: U32, at: 'vertex input' },
  position: { type: VEC4F, at: 'vertex output, fragment input' },
  front_facing: { type: BOOL, at: 'fragment input' },
  frag_depth: { type: F32, at: 'fragment output' },
  sample_index: { type: U32, at: 'fragment input' },
  sample_mask: { type: U32, at: 'fragment input, fragment output' },
  primitive_index: { type: U32, at: 'fragment input', extension: 'primitive_index' },
  clip_distances: { type: arrayOf(F32, 8), at: 'vertex output', extension: 'clip_distances' },
  local_invocation_id: { type: VEC3U, at: 'compute input' },
  local_invocation_index: { type: U32, at: 'compute input' },
  global_invocation_id: { type: VEC3U, at: 'compute input' },
  workgroup_id: { type: VEC3U, at: 'compute input' },
  num_workgroups: { type: VEC3U, at: 'compute input' },
  global_invocation_index: { type: U32, at: 'compute input' },
  workgroup_index: { type: U32, at: 'compute input' },
  subgroup_invocation_id: { type: U32, at: 'compute input, fragment input', extension: 'subgroups' },
  subgroup_size: { type: U32, at: 'compute input, fragment input', extension: 'subgroups' },
  subgroup_id: { type: U32, at: 'compute input', extension: 'subgroups' },
  num_subgroups: { type: U32, at: 'compute input', extension: 'subgroups' },
};

/** The attributes that say where a value comes from or goes to. */
export const INTERFACE = ['builtin', 'location', 'blend_src', 'interpolate', 'invariant'];

const SAMPLINGS: Readonly<Record<string, readonly string[]>> = {
  flat: ['first', 'either'],
  perspective: ['center', 'centroid', 'sample'],
  linear: ['center', 'centroid', 'sample'],
};

const word = (expression: Expression): string | null =>
  expression.kind === 'identifier' && !expression.templateArgs ? expression.name : null;

function interpolation(ctx: Context, { args }: Attribute): string {
  const [type, sampling] = args as Expression[];
  const samplings = SAMPLINGS[word(type) ?? ''];
  if (!samplings) ctx.fail(type, `expected ${Object.keys(SAMPLINGS).join(', ')}`);
  if (sampling && !samplings.includes(word(sampling) ?? '')) {
    ctx.fail(sampling, `'${word(type)}' takes ${samplings.join(', ')}`);
  }
  return word(type) as string;
}

/** Where a value of that type comes from or goes to; null if no attribute says it. */
export function readInterface(
  ctx: Context,
  attributes: ReadonlyMap<string, Attribute>,
  type: Type,
): Interface | null {
  const [builtin, location, blend, interpolate, invariant] = INTERFACE.map((name) => attributes.get(name));
  const flat = interpolate ? interpolation(ctx, interpolate) === 'flat' : false;
  if (interpolate && !location) ctx.fail(interpolate, "'@interpolate' can stand only beside '@location'");
  if (blend) {
    if (!ctx.enabled.has('dual_source_blending')) {
      ctx.fail(blend, "'@blend_src' needs 'enable dual_source_blending;' at the start of the module");
    }
    ctx.unsupported(blend, "the attribute '@blend_src' is");
  }
  if (location) {
    if (builtin) ctx.fail(builtin, "'@builtin' cannot stand beside '@location'");
    const element = type.kind === 'vector' ? type.element : type;
    if (element.kind !== 'scalar' || element === BOOL) {
      ctx.fail(location, `'@location' takes numbers and vectors of them, not '${typeName(type)}'`);
    }
    if (invariant) ctx.fail(invariant, "'@invariant' can stand only beside '@builtin(position)'");
    return { span: location, builtin: null, location: integerArgument(ctx, location, 0), flat };
  }
  const name = builtin ? builtinName(ctx, builtin.args?.[0]) : null;
  if (invariant && name !== 'position')
    ctx.fail(invariant, "'@invariant' can stand only beside '@builtin(position)'");
  if (!builtin || !name) return null;
  checkBuiltinType(ctx, builtin, name, type);
  return { span: builtin, builtin: name, location: null, flat };
}

/** Whether the type is that of the builtin value. */
function checkBuiltinType(ctx: Context, span: Span, name: string, type: Type): void {
  if (!Object.hasOwn(BUILTINS, name)) ctx.fail(span, `unknown builtin value '${name}'`);
  const { type: wanted, extension } = BUILTINS[name];
  if (extension && !ctx.enabled.has(extension)) {
    ctx.fail(span, `the builtin value '${name}' needs 'enable ${extension};' at the start of the module`);
  }
  const clip =
    name === 'clip_distances' && type.kind === 'array' && type.element === F32 && (type.count ?? 9) <= 8;
  if (type !== wanted && !clip) {
    ctx.fail(span, `'${name}' is of type '${typeName(wanted)}', not '${typeName(type)}'`);
  }
}

/** Whether the builtin value is there, in this stage and direction. */
export function checkBuiltinPlace(
  ctx: Context,
  { span, builtin }: Interface,
  stage: ShaderStage,
  direction: Direction,
): void {
  const name = builtin as string;
  const { at } = BUILTINS[name] ?? ctx.fail(span, `unknown builtin value '${name}'`);
  if (!at.includes(`${stage} ${direction}`)) {
    ctx.fail(
      span,
      `the builtin value '${name}' cannot be used in ${stage} shaders as ${direction}: it is ${at}`,
    );
  }
}

interface Part {
  readonly name: string;
  readonly type: Type;
  readonly io: Interface;
}

/** What an attributed parameter or result is made of: itself, or the members of its structure. */
function partsOf(
  ctx: Context,
  span: Span,
  name: string,
  type: Type,
  attributes: readonly Attribute[],
  on: string,
): Part[] {
  const read = readAttributes(ctx, attributes, INTERFACE, on);
  const io = readInterface(ctx, read, type);
  if (io) return [{ name, type, io }];
  if (type.kind !== 'struct') ctx.fail(span, `${name} needs '@builtin(...)' or '@location(...)'`);
  const ios = memberInterfaces.get(type) ?? [];
  return type.members.map((member, i): Part => {
    const found = ios[i];
    if (!found) {
      ctx.fail(
        span,
        `the member '${member.name}' of '${type.name}' needs '@builtin(...)' or '@location(...)'`,
      );
    }
    return { name: `'${member.name}'`, type: member.type, io: found };
  });
}

function checkParts(ctx: Context, parts: readonly Part[], stage: ShaderStage, direction: Direction): void {
  const seen = new Set<string>();
  // What the rasterizer makes of the vertices' numbers: integers are not interpolated.
  const interpolated = stage === 'vertex' ? direction === 'output' : direction === 'input';
  for (const { name, type, io } of parts) {
    const key = io.builtin ?? `location ${io.location}`;
    if (seen.has(key)) ctx.fail(io.span, `${key} is an ${direction} twice`);
    seen.add(key);
    if (io.builtin) {
      checkBuiltinPlace(ctx, io, stage, direction);
      continue;
    }
    const element = type.kind === 'vector' ? type.element : type;
    if (interpolated && !io.flat && (element === I32 || element === U32)) {
      ctx.fail(io.span, `${name} is of integers: it needs '@interpolate(flat)'`);
    }
  }
}

/** Checks the inputs and the result of an entry point that is no compute shader. */
export function checkStage(
  ctx: Context,
  entity: FunctionEntity,
  functions: readonly CheckedFunction[],
): void {
  const { declaration, checked, stage } = entity;
  checkStageUses(ctx, entity, functions);
  bindingsOf(ctx, entity, new Set(functions.flatMap((f) => f.variables)));
  const at = stage as ShaderStage;
  const inputs = checked.parameters.map((parameter) => {
    const { name, attributes } = declaration.parameters[parameter.index];
    return partsOf(ctx, name, `the parameter '${parameter.name}'`, parameter.type, attributes, 'a parameter');
  });
  checkParts(ctx, inputs.flat(), at, 'input');
  const bindings = checked.parameters.map((parameter, i) => {
    const [first] = inputs[i];
    return { builtin: first?.io.builtin ?? 'location', parameter, member: null } as never as BuiltinBinding;
  });
  ctx.stageInputs.set(checked, bindings);
  const { returnType, returnAttributes, name } = declaration;
  if (returnType && checked.returnType) {
    const outputs = partsOf(
      ctx,
      returnType,
      'the result',
      checked.returnType,
      returnAttributes,
      'a return type',
    );
    checkParts(ctx, outputs, at, 'output');
    if (stage === 'vertex' && !outputs.some(({ io }) => io.builtin === 'position')) {
      ctx.fail(returnType, "a vertex shader must return '@builtin(position)'");
    }
  } else if (stage === 'vertex') ctx.fail(name, "a vertex shader must return '@builtin(position)'");
}

/** Whether all that the entry point reaches may be used in its stage. */
export function checkStageUses(
  ctx: Context,
  { checked, declaration, stage }: FunctionEntity,
  functions: readonly CheckedFunction[],
): void {
  for (const f of functions) {
    for (const { span, what, stages } of ctx.stageUses.get(f) ?? []) {
      if (!stages.includes(stage as ShaderStage)) {
        ctx.fail(span, `${what} cannot be used in a ${stage} shader, and '${checked.name}' reaches it`);
      }
    }
    if (stage === 'compute') continue;
    for (const { addressSpace, access, name, storeType } of f.variables) {
      const writable = storeType.kind === 'texture' ? storeType.access : access;
      const written =
        stage === 'vertex' && ['storage', 'handle'].includes(addressSpace) && writable !== 'read';
      if (addressSpace === 'workgroup' || written) {
        ctx.fail(declaration.name, `the ${stage} shader '${checked.name}' cannot use the variable '${name}'`);
      }
    }
  }
}
