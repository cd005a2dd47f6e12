/** Function declarations: signature first, body on first use, so that callees are complete before their callers. */
import type { FunctionDeclaration, ParameterDeclaration, Span } from '../syntax/ast.ts';
import type { Diagnostic } from '../syntax/diagnostics.ts';
import { readAttributes } from './attributes.ts';
import { checkBehavior } from './behavior.ts';
import type { Context, FunctionEntity, ShaderStage } from './context.ts';
import type { Block, CheckedFunction, Parameter } from './program.ts';
import { isConstructible, resolveType } from './resolve.ts';
import { withSeverities } from './severities.ts';
import { checkBlockInScope } from './statements.ts';
import { type Type, typeName } from './types.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Attributes that are valid on parameters; whether they mean something is decided for entry points. */
const PARAMETER_ATTRIBUTES = ['builtin'];
const STAGES: readonly ShaderStage[] = ['compute', 'vertex', 'fragment'];

export function declareFunction(ctx: Context, declaration: FunctionDeclaration): FunctionEntity {
  const { name } = declaration;
  const attributes = readAttributes(
    ctx,
    declaration.attributes,
    ['compute', 'vertex', 'fragment', 'workgroup_size', 'must_use', 'diagnostic'],
    'a function',
  );
  const [stage = null, other] = STAGES.filter((name) => attributes.has(name));
  if (other) ctx.fail(name, `'${name.name}' cannot be of the stages '${stage}' and '${other}' at once`);
  const workgroupSize = attributes.get('workgroup_size');
  if (workgroupSize && stage !== 'compute')
    ctx.fail(workgroupSize, "'@workgroup_size' can stand only beside '@compute'");
  if (declaration.parameters.length > 255) ctx.fail(name, 'a function can have at most 255 parameters');
  const seen = new Set<string>();
  const parameters = declaration.parameters.map((parameter, index): Parameter => {
    if (seen.has(parameter.name.name))
      ctx.fail(parameter.name, `the parameter '${parameter.name.name}' is declared twice`);
    seen.add(parameter.name.name);
    return checkParameter(ctx, parameter, index, stage);
  });
  const returnType = checkReturnType(ctx, declaration, stage);
  const mustUse = attributes.get('must_use');
  if (mustUse && !returnType)
    ctx.fail(mustUse, "'@must_use' can stand only on a function that returns a value");
  const body: Block = { kind: 'block', pos: declaration.body.start, body: [] };
  return {
    kind: 'function',
    declaration,
    checked: {
      name: name.name,
      pos: declaration.start,
      parameters,
      returnType,
      body,
      callees: [],
      variables: [],
      hasBarrier: false,
    },
    mustUse: mustUse !== undefined,
    stage,
    state: 'signature',
    error: null,
  };
}

function checkParameter(
  ctx: Context,
  declaration: ParameterDeclaration,
  index: number,
  stage: ShaderStage | null,
): Parameter {
  const { name, start } = declaration;
  // Those of other stages are read where their inputs are checked.
  if (!stage || stage === 'compute') {
    readAttributes(
      ctx,
      declaration.attributes,
      stage ? PARAMETER_ATTRIBUTES : [],
      stage ? 'a parameter of a compute shader' : 'a parameter of a function that is no entry point',
    );
  }
  const type = resolveType(ctx, declaration.type);
  if (type.kind !== 'pointer' && type.kind !== 'texture' && !isConstructible(type)) {
    ctx.fail(declaration.type, `'${typeName(type)}' cannot be the type of a parameter`);
  }
  return { kind: 'parameter', name: name.name, pos: start, type, index };
}

function checkReturnType(
  ctx: Context,
  declaration: FunctionDeclaration,
  stage: ShaderStage | null,
): Type | null {
  const { returnType } = declaration;
  if (!stage || stage === 'compute') readAttributes(ctx, declaration.returnAttributes, [], 'a return type');
  if (!returnType) return null;
  const type = resolveType(ctx, returnType);
  if (stage === 'compute') ctx.fail(returnType, 'a compute entry point returns nothing');
  if (!isConstructible(type)) ctx.fail(returnType, `'${typeName(type)}' cannot be returned`);
  return type;
}

/** Checks the body unless that has happened. A body that is being checked already means recursion. */
export function ensureBody(ctx: Context, entity: FunctionEntity, span: Span): void {
  if (entity.error) throw entity.error;
  if (entity.state === 'done') return;
  const { name } = entity.checked;
  if (entity.state === 'checking') {
    ctx.fail(span, `recursion is not allowed: '${name}' calls itself, directly or through others`);
  }
  entity.state = 'checking';
  const saved = { scope: ctx.scope, current: ctx.current, unevaluated: ctx.unevaluated };
  try {
    checkBody(ctx, entity);
  } catch (error) {
    entity.error = error;
    throw error;
  } finally {
    Object.assign(ctx, saved);
    entity.state = 'done';
  }
}

function checkBody(ctx: Context, entity: FunctionEntity): void {
  const { declaration } = entity;
  const checked = entity.checked as Mutable<CheckedFunction>;
  const state = {
    entity,
    returnType: checked.returnType,
    callees: new Set<CheckedFunction>(),
    variables: new Set<CheckedFunction['variables'][number]>(),
    hasBarrier: false,
    overrideErrors: [] as Diagnostic[],
    breakTargets: [],
    loops: [],
  };
  ctx.scope = null;
  ctx.unevaluated = 0;
  ctx.current = state;
  // Parameters live in the scope of the body itself.
  ctx.pushScope();
  for (const parameter of checked.parameters) {
    const { name } = declaration.parameters[parameter.index];
    ctx.declare(parameter.name, name, { kind: 'parameter', parameter });
  }
  checked.body = withSeverities(ctx, declaration.attributes, () => checkBlockInScope(ctx, declaration.body));
  checked.callees = [...state.callees];
  checked.variables = [...state.variables];
  checked.hasBarrier = state.hasBarrier;
  checkBehavior(ctx, checked, declaration);
  if (state.overrideErrors.length > 0) ctx.overrideErrors.set(checked, state.overrideErrors);
  ctx.functions.push(checked);
}
