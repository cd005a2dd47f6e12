/** Entry points: workgroup size, builtin inputs, and what each one uses. */
import { rare } from '../rare.ts';
import type { Attribute, Expression, Span } from '../syntax/ast.ts';
import { CONST, type Context, type FunctionEntity } from './context.ts';
import { checkEarly } from './expressions.ts';
import { builtinName, memberInterfaces } from './interfaces.ts';
import { concretize } from './operand.ts';
import type {
  Binding,
  BuiltinBinding,
  BuiltinInput,
  CheckedFunction,
  EntryPoint,
  Parameter,
  Variable,
} from './program.ts';
import { I32, sizeOf, type Type, typeName, U32, vectorOf } from './types.ts';

const VEC3U = vectorOf(3, U32);
const INPUTS: Record<BuiltinInput, Type> = {
  local_invocation_id: VEC3U,
  local_invocation_index: U32,
  global_invocation_id: VEC3U,
  workgroup_id: VEC3U,
  num_workgroups: VEC3U,
  global_invocation_index: U32,
  workgroup_index: U32,
  subgroup_invocation_id: U32,
  subgroup_size: U32,
  subgroup_id: U32,
  num_subgroups: U32,
};

/** The entry point of a `@compute` function whose body has been checked. */
export function makeEntryPoint(ctx: Context, entity: FunctionEntity): EntryPoint {
  const { checked } = entity;
  const functions = reachableFunctions(checked);
  if (ctx.stageUses.size > 0) rare().checkStageUses(ctx, entity, functions);
  const used = new Set(functions.flatMap((f) => f.variables));
  const inSpace = (space: string) => ctx.variables.filter((v) => used.has(v) && v.addressSpace === space);
  return {
    name: checked.name,
    function: checked,
    workgroupSize: workgroupSize(ctx, entity),
    inputs: checked.parameters.flatMap((parameter) => inputsOf(ctx, entity, parameter)),
    bindings: bindingsOf(ctx, entity, used),
    workgroupVariables: inSpace('workgroup'),
    privateVariables: inSpace('private'),
    functions,
    hasBarrier: checked.hasBarrier,
  };
}

/** Callees before callers, the function itself last. */
export function reachableFunctions(root: CheckedFunction): CheckedFunction[] {
  const ordered = new Set<CheckedFunction>();
  const visit = (f: CheckedFunction): void => {
    if (ordered.has(f)) return;
    f.callees.forEach(visit);
    ordered.add(f);
  };
  visit(root);
  return [...ordered];
}

function workgroupSize(ctx: Context, entity: FunctionEntity): [number, number, number] {
  const { declaration } = entity;
  const attribute = declaration.attributes.find((a) => a.name === 'workgroup_size');
  if (!attribute) {
    ctx.fail(declaration.name, `the entry point '${declaration.name.name}' needs '@workgroup_size(...)'`);
  }
  const args = (attribute as Attribute).args as Expression[];
  const operands = args.map((arg) => checkEarly(ctx, arg, "an argument of '@workgroup_size'"));
  const declared = operands.find((o) => o.type === I32 || o.type === U32);
  const size: [number, number, number] = [1, 1, 1];
  operands.forEach((operand, i) => {
    const { type } = concretize(ctx, operand);
    if (type !== I32 && type !== U32) {
      ctx.fail(operand, `'@workgroup_size' takes integers, not '${typeName(operand.type)}'`);
    }
    if (
      declared &&
      operand.type.kind === 'scalar' &&
      operand.type.name !== 'abstract-int' &&
      operand.type !== declared.type
    ) {
      ctx.fail(operand, "the arguments of '@workgroup_size' must all be i32 or all u32");
    }
    if (operand.value === undefined) return;
    size[i] = Number(operand.value);
    if (size[i] < 1) {
      const kind = operand.stage === CONST ? 'type' : 'override';
      ctx.fail(operand, `'@workgroup_size' must be at least 1, not ${size[i]}`, kind);
    }
  });
  return size;
}

function inputsOf(ctx: Context, entity: FunctionEntity, parameter: Parameter): BuiltinBinding[] {
  const declaration = entity.declaration.parameters[parameter.index];
  const attribute = declaration.attributes.find((a) => a.name === 'builtin');
  if (attribute) {
    const name = builtinName(ctx, attribute.args?.[0]);
    return [{ builtin: checkInput(ctx, attribute, name, parameter.type), parameter, member: null }];
  }
  const { type } = parameter;
  if (type.kind !== 'struct') {
    ctx.fail(declaration.name, `the parameter '${parameter.name}' of an entry point needs '@builtin(...)'`);
  }
  const interfaces = memberInterfaces.get(type) ?? [];
  return type.members.map((member, index) => {
    const io = interfaces[index];
    if (!io?.builtin) {
      ctx.fail(
        declaration.name,
        `the member '${member.name}' of '${type.name}' needs '@builtin(...)' as an input of an entry point`,
      );
    }
    return { builtin: checkInput(ctx, io.span, io.builtin, member.type), parameter, member: index };
  });
}

function checkInput(ctx: Context, span: Span, name: string, type: Type): BuiltinInput {
  const io = { span, builtin: name, location: null, flat: false };
  if (!Object.hasOwn(INPUTS, name)) rare().checkBuiltinPlace(ctx, io, 'compute', 'input');
  if (name.includes('subgroup') && !ctx.enabled.has('subgroups'))
    ctx.fail(span, `the builtin value '${name}' needs 'enable subgroups;' at the start of the module`);
  const wanted = INPUTS[name as BuiltinInput];
  if (type !== wanted) ctx.fail(span, `'${name}' is of type '${typeName(wanted)}', not '${typeName(type)}'`);
  return name as BuiltinInput;
}

/** Each builtin value may be asked for once. */
export function checkDistinctInputs(ctx: Context, entity: FunctionEntity, entry: EntryPoint): void {
  const seen = new Set<BuiltinInput>();
  for (const { builtin, parameter } of entry.inputs) {
    if (seen.has(builtin)) {
      const { name } = entity.declaration.parameters[parameter.index];
      ctx.fail(name, `the builtin value '${builtin}' is an input twice`);
    }
    seen.add(builtin);
  }
}

/** The buffers and the immediate variable among the variables, by group and binding. */
export function bindingsOf(ctx: Context, entity: FunctionEntity, used: ReadonlySet<Variable>): Binding[] {
  const variables = ctx.variables.filter(
    (v) => used.has(v) && (v.binding !== null || v.addressSpace === 'immediate'),
  );
  const bindings = variables.map((variable): Binding => {
    const { group, binding } = variable.binding ?? { group: -1, binding: -1 };
    const { name, access, storeType } = variable;
    const addressSpace = variable.addressSpace as Binding['addressSpace'];
    const viewed = ctx.views.get(entity.checked)?.get(variable)?.least ?? 0;
    const minimumBytes = storeType.kind === 'texture' ? 0 : Math.max(viewed, sizeOf(storeType));
    return { group, binding, name, addressSpace, access, storeType, variable, minimumBytes };
  });
  bindings.sort((a, b) => a.group - b.group || a.binding - b.binding);
  bindings.forEach((b, i) => {
    const before = bindings[i - 1];
    if (before && before.group === b.group && before.binding === b.binding) {
      const both = `the entry point '${entity.checked.name}' uses '${before.name}' and '${b.name}', both`;
      const place = b.group < 0 ? "'immediate'" : `at @group(${b.group}) @binding(${b.binding})`;
      ctx.fail(entity.declaration.name, `${both} ${place}`);
    }
  });
  return bindings;
}
