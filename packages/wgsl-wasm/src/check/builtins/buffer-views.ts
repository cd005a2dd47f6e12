/** `bufferView`, `bufferArrayView` and `bufferLength`: parts of a buffer as memory of another type. */
import type { CallExpression } from '../../syntax/ast.ts';
import { minimumSize, tailOf } from '../buffer-types.ts';
import { CONST, type Context, type Operand, OVERRIDE } from '../context.ts';
import { concretize } from '../operand.ts';
import { containsAtomic, containsBool, isFixedSize, resolveType } from '../resolve.ts';
import { uniformLayoutProblem } from '../structs.ts';
import {
  type AddressSpace,
  alignOf,
  type BufferType,
  I32,
  isMatrix,
  pointerTo,
  roundUp,
  type Type,
  typeName,
  U32,
} from '../types.ts';
import { noteView, tooSmall } from '../viewed-buffers.ts';
import { builtinValue, type CallResult, expectArguments, pointerArgument } from './memory.ts';

/** A call of one of them, with loaded arguments. */
export function checkBufferBuiltin(ctx: Context, call: CallExpression, args: Operand[]): CallResult {
  const { callee } = call;
  const { name } = callee;
  const isArray = name === 'bufferArrayView';
  expectArguments(ctx, call, args, isArray ? 3 : name === 'bufferView' ? 2 : 1);
  const pointer = pointerArgument(ctx, call, args[0], 'a pointer to a buffer');
  const { storeType: buffer, addressSpace, access } = pointer;
  if (buffer.kind !== 'buffer')
    ctx.fail(args[0], `'${name}' takes a pointer to a buffer, not one to '${typeName(buffer)}'`);
  if (name === 'bufferLength') {
    if (callee.templateArgs) ctx.fail(callee, `'${name}' takes no template arguments`);
    return builtinValue(call, args, U32, { mustUse: true });
  }
  const type = viewedType(ctx, call, addressSpace);
  const numbers = args.slice(1).map((arg, i) => checkNumber(ctx, call, arg, i === 0 ? 'offset' : 'size'));
  const result = pointerTo(addressSpace, type, access);
  const checked = builtinValue(call, [args[0], ...numbers], result, { mustUse: true });
  checkPlace(ctx, call, checked, { type, buffer, addressSpace }, numbers);
  return checked;
}

/** The type in the template list. */
function viewedType(ctx: Context, call: CallExpression, space: AddressSpace): Type {
  const { name, templateArgs } = call.callee;
  const example = name === 'bufferView' ? 'u32' : 'array<u32>';
  const [argument] = templateArgs ?? [];
  if (templateArgs?.length !== 1 || argument.kind !== 'identifier')
    ctx.fail(call.callee, `'${name}' takes one type in its template list, e.g. '${name}<${example}>(...)'`);
  const type = resolveType(ctx, argument);
  const problem = viewProblem(type) ?? (space === 'uniform' ? layoutProblem(ctx, type) : null);
  if (problem) ctx.fail(argument, `'${name}' cannot view a buffer as '${typeName(type)}': ${problem}`);
  if (name === 'bufferArrayView' && isFixedSize(type))
    ctx.fail(
      argument,
      `'${name}' takes a type with a runtime-sized array, e.g. 'array<u32>', not '${typeName(type)}'`,
    );
  return type;
}

/** Why values of the type are not shared with the host as they are, or null. */
function viewProblem(type: Type): string | null {
  if (type.kind === 'pointer' || type.kind === 'buffer') return `it is a ${type.kind}`;
  if (type.kind === 'array' && type.overrideCount) return 'an override decides its size';
  if (containsAtomic(type)) return 'it is or holds an atomic';
  return containsBool(type) ? 'bool has no layout in buffers; use u32' : null;
}

const layoutProblem = (ctx: Context, type: Type) =>
  ctx.options.portableUniformLayout ? uniformLayoutProblem(type) : null;

function checkNumber(ctx: Context, call: CallExpression, operand: Operand, what: string): Operand {
  const number = concretize(ctx, operand);
  const { type, stage, value } = number;
  if (type !== I32 && type !== U32)
    ctx.fail(
      operand,
      `the ${what} of '${call.callee.name}' must be of type i32 or u32, not '${typeName(type)}'`,
    );
  if (value !== undefined && Number(value) < 0 && ctx.unevaluated === 0)
    ctx.failAt(operand, stage, `the ${what} of '${call.callee.name}' must not be negative, it is ${value}`);
  return number;
}

interface View {
  readonly type: Type;
  readonly buffer: BufferType;
  readonly addressSpace: AddressSpace;
}

/** What can be said of the place of a view before it is made. */
function checkPlace(
  ctx: Context,
  call: CallExpression,
  checked: CallResult,
  { type, buffer, addressSpace }: View,
  [offset, size]: readonly Operand[],
): void {
  if (ctx.unevaluated > 0 || checked.kind !== 'value') return;
  const name = `'${call.callee.name}<${typeName(type)}>'`;
  const least = minimumSize(type);
  const align = requiredAlign(ctx, type, addressSpace);
  if (offset.value !== undefined && Number(offset.value) % align !== 0) {
    const message = `the offset of ${name} must be a multiple of ${align}, not ${offset.value}`;
    ctx.failAt(offset, offset.stage, message);
  }
  const tail = tailOf(type);
  if (size?.value !== undefined && tail) {
    const bytes = Number(size.value);
    if (bytes < least)
      ctx.failAt(size, size.stage, `the size of ${name} must be at least ${least}, not ${bytes}`);
    else if ((bytes - tail.offset) % tail.stride !== 0) {
      const whole = tail.offset > 0 ? `${tail.offset} and a multiple of` : 'a multiple of';
      ctx.failAt(size, size.stage, `the size of ${name} must be ${whole} ${tail.stride}, not ${bytes}`);
    }
  }
  /** The end of the view, with 0 for what is not known. */
  const end = (latest: number) => {
    const [start, bytes] = [offset, size].map((number) =>
      number?.value !== undefined && number.stage <= latest ? Number(number.value) : 0,
    );
    return Math.max(least, start + (size ? bytes : least));
  };
  const needs = { least, constant: end(CONST), known: end(Number.POSITIVE_INFINITY) };
  const problem = tooSmall(buffer, needs);
  if (problem) ctx.failAt(call, problem.early ? CONST : OVERRIDE, `${name} ${problem.message}`);
  const { expression } = checked.operand;
  if (expression) noteView(ctx, expression, needs);
}

/** "RequiredAlignOf" of WGSL, in bytes. */
function requiredAlign(ctx: Context, type: Type, space: AddressSpace): number {
  const isComposite = type.kind === 'struct' || (type.kind === 'array' && !isMatrix(type));
  const align = alignOf(type);
  return isComposite && space === 'uniform' && ctx.options.portableUniformLayout ? roundUp(16, align) : align;
}
