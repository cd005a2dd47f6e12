/** Module scope: names in any order, each declaration resolved when it is first needed. */
import { rare } from '../rare.ts';
import type { Attribute, Expression, GlobalDeclaration, Span } from '../syntax/ast.ts';
import { integerArgument, readAttributes } from './attributes.ts';
import type { Context, Entity, GlobalEntry, Operand } from './context.ts';
import { checkConst, checkEarly } from './expressions.ts';
import { declareFunction } from './functions.ts';
import { concretize, expectType } from './operand.ts';
import { ACCESS_MODES, ADDRESS_SPACES } from './predeclared.ts';
import type { ConstantValue, Variable } from './program.ts';
import { hasLargeArray, resolveEnumerant, resolveType, storeTypeProblem } from './resolve.ts';
import { declareStruct, uniformLayoutProblem } from './structs.ts';
import { type AccessMode, type AddressSpace, defaultAccess, type Type } from './types.ts';

/** The entity of a module-scope name. `span` is the use, for the error about declarations that need themselves. */
export function resolveGlobal(ctx: Context, entry: GlobalEntry, span: Span): Entity {
  if (entry.entity) return entry.entity;
  if (entry.error) throw entry.error;
  const { declaration } = entry;
  if (entry.state === 'resolving') {
    ctx.fail(span, `the declaration of '${declaration.name.name}' depends on itself`);
  }
  entry.state = 'resolving';
  const saved = { scope: ctx.scope, current: ctx.current, unevaluated: ctx.unevaluated };
  Object.assign(ctx, { scope: null, current: null, unevaluated: 0 });
  try {
    entry.entity = declare(ctx, entry);
    return entry.entity;
  } catch (error) {
    entry.error = error;
    throw error;
  } finally {
    Object.assign(ctx, saved);
    entry.state = 'done';
  }
}

function declare(ctx: Context, { declaration }: GlobalEntry): Entity {
  switch (declaration.kind) {
    case 'struct':
      return { kind: 'type', type: declareStruct(ctx, declaration) };
    case 'alias':
      return { kind: 'type', type: resolveType(ctx, declaration.type) };
    case 'function': {
      const entity = declareFunction(ctx, declaration);
      ctx.functionEntities.push(entity);
      return entity;
    }
    case 'global':
      if (declaration.keyword === 'const') return declareConst(ctx, declaration);
      return declaration.keyword === 'override'
        ? rare().declareOverride(ctx, declaration)
        : declareVariable(ctx, declaration);
  }
}

function declareConst(ctx: Context, { name, type, initializer }: GlobalDeclaration): Entity {
  const wanted = type ? resolveType(ctx, type) : null;
  const what = `the initializer of the const '${name.name}'`;
  let operand = checkConst(ctx, initializer as Expression, what);
  if (wanted) operand = expectType(ctx, operand, wanted, what);
  return { kind: 'const', name: name.name, type: operand.type, value: operand.value as ConstantValue };
}

/** The initializer of a declaration that is fixed before the shader runs, converted to its type. */
export function earlyInitializer(
  ctx: Context,
  declaration: GlobalDeclaration,
  wanted: Type | null,
): Operand | null {
  const { initializer, name, keyword } = declaration;
  if (!initializer) return null;
  const what = `the initializer of the ${keyword} '${name.name}'`;
  const operand = checkEarly(ctx, initializer, what);
  return wanted ? expectType(ctx, operand, wanted, what) : concretize(ctx, operand);
}

function declareVariable(ctx: Context, declaration: GlobalDeclaration): Entity {
  const { name } = declaration;
  const { space, access } = addressSpaceOf(ctx, declaration);
  const isResource = space === 'storage' || space === 'uniform' || space === 'handle';
  const attributes = readAttributes(
    ctx,
    declaration.attributes,
    isResource ? ['group', 'binding'] : [],
    `a '${space}' variable`,
  );
  const wanted = declaration.type ? resolveType(ctx, declaration.type) : null;
  if (declaration.initializer && space !== 'private') {
    ctx.fail(declaration.initializer, `a '${space}' variable cannot have an initializer`);
  }
  const initializer = earlyInitializer(ctx, declaration, wanted);
  const storeType = wanted ?? initializer?.type;
  if (!storeType) ctx.fail(name, `the variable '${name.name}' needs a type`);
  const layout =
    space === 'uniform' && ctx.options.portableUniformLayout ? uniformLayoutProblem(storeType) : null;
  const problem = storeTypeProblem(space, storeType, access) ?? layout;
  if (problem) {
    // A number of elements that an override gives is wrong only with that value.
    const byOverride = space === 'workgroup' && storeType.kind === 'array' && storeType.overrideCount;
    const kind = byOverride && !hasLargeArray(storeType.element) ? 'override' : 'type';
    ctx.fail(declaration.type ?? name, problem, kind);
  }
  const variable: Variable = {
    kind: 'variable',
    name: name.name,
    pos: declaration.start,
    addressSpace: space,
    access,
    storeType,
    binding: isResource ? bindingOf(ctx, declaration, attributes) : null,
    initialValue: initializer?.value === undefined ? null : (initializer.value as ConstantValue),
    addressTaken: false,
    assigned: false,
  };
  ctx.variables.push(variable);
  return { kind: 'variable', variable };
}

function bindingOf(
  ctx: Context,
  declaration: GlobalDeclaration,
  attributes: ReadonlyMap<string, Attribute>,
): { group: number; binding: number } {
  const group = attributes.get('group');
  const binding = attributes.get('binding');
  if (!group || !binding) {
    const kind = declaration.templateArgs ? 'buffer' : 'texture';
    ctx.fail(declaration.name, `the ${kind} '${declaration.name.name}' needs both '@group' and '@binding'`);
  }
  return { group: integerArgument(ctx, group, 0), binding: integerArgument(ctx, binding, 0) };
}

function addressSpaceOf(
  ctx: Context,
  declaration: GlobalDeclaration,
): { space: AddressSpace; access: AccessMode } {
  const { templateArgs, name } = declaration;
  if (!templateArgs) {
    // Textures are declared so, and samplers, whose type is refused by name.
    const type = declaration.type && resolveType(ctx, declaration.type);
    if (type?.kind === 'texture') return { space: 'handle', access: 'read' };
    ctx.fail(name, `the variable '${name.name}' needs an address space, e.g. 'var<storage, read_write>'`);
  }
  const [first, second] = templateArgs;
  const space = resolveEnumerant(ctx, first, ADDRESS_SPACES, 'an address space') as AddressSpace;
  if (space === 'function') ctx.fail(first, "'function' variables can stand only inside functions");
  if (templateArgs.length > 2) ctx.fail(templateArgs[2], "'var' takes an address space and an access mode");
  let access = defaultAccess(space);
  if (second) {
    access = resolveEnumerant(ctx, second, ACCESS_MODES, 'an access mode') as AccessMode;
    if (space !== 'storage') ctx.fail(second, "only 'storage' variables take an access mode");
    if (access === 'write') ctx.fail(second, "'storage' variables take the access modes read and read_write");
  }
  return { space, access };
}
