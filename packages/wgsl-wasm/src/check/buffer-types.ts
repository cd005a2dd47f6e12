/** Buffer types (WGSL, "Buffer Types"): `buffer<N>` and `buffer`, where they may stand, and the sizes of their views. */
import type { Identifier } from '../syntax/ast.ts';
import { CONST, type Context } from './context.ts';
import { checkSize, expectCount, overrideCountOf } from './resolve.ts';
import {
  type AddressSpace,
  type BufferType,
  type OverrideCount,
  sizeOf,
  type Type,
  typeName,
} from './types.ts';

const bySize = new Map<number | null, BufferType>();
const byOverride = new WeakMap<OverrideCount, BufferType>();

interface Types<K> {
  get(key: K): BufferType | undefined;
  set(key: K, type: BufferType): unknown;
}

function interned<K>(types: Types<K>, key: K, make: () => BufferType): BufferType {
  const type = types.get(key) ?? make();
  types.set(key, type);
  return type;
}

/** The type that `buffer` or `buffer<N>` denotes. */
export function resolveBuffer(ctx: Context, identifier: Identifier): BufferType {
  const { templateArgs } = identifier;
  const plain = (size: number | null) =>
    interned(bySize, size, () => ({ kind: 'buffer', size, overrideSize: null }));
  if (!templateArgs) return plain(null);
  expectCount(ctx, identifier, 1, 1);
  const [argument] = templateArgs;
  const { stage, count } = checkSize(ctx, argument, 'the size of a buffer');
  const unit = ctx.enabled.has('f16') ? 2 : 4;
  if (count !== null && (count % unit !== 0 || count > 0xffffffff)) {
    const wanted = count % unit !== 0 ? `a multiple of ${unit}` : 'below 2^32';
    ctx.fail(
      argument,
      `the size of a buffer must be ${wanted}, not ${count}`,
      stage === CONST ? 'type' : 'override',
    );
  }
  if (stage === CONST) return plain(count);
  const overrideSize = overrideCountOf(ctx, argument, count);
  return interned(byOverride, overrideSize, () => ({ kind: 'buffer', size: count ?? unit, overrideSize }));
}

/** Says why no variable of the type can be in `space`, or `null`. */
export function bufferProblem(space: AddressSpace, type: BufferType): string | null {
  const name = `'${typeName(type)}'`;
  if (!['storage', 'uniform', 'workgroup'].includes(space))
    return `${name}: only 'storage', 'uniform' and 'workgroup' variables can be buffers`;
  if (type.size === null && space !== 'storage')
    return `${name} needs a size outside of 'storage', e.g. 'buffer<64>'`;
  if (type.overrideSize && space !== 'workgroup')
    return `${name}: only 'workgroup' variables can have a size that an override decides`;
  return null;
}

/** Whether a pointer to a buffer may be passed where one to a smaller, or a runtime-sized, buffer is taken. */
export function passesAs(from: Type, to: Type): boolean {
  if (from.kind !== 'pointer' || to.kind !== 'pointer') return false;
  const [a, b] = [from.storeType, to.storeType];
  if (a.kind !== 'buffer' || b.kind !== 'buffer' || a.size === null) return false;
  if (from.addressSpace !== to.addressSpace || from.access !== to.access) return false;
  return b.size === null || (b.size < a.size && !a.overrideSize && !b.overrideSize);
}

/** The runtime-sized array that a type is or ends with: its offset ("ArrayOffset" of WGSL) and its stride, in bytes. */
export function tailOf(type: Type): { readonly offset: number; readonly stride: number } | null {
  if (type.kind === 'array') return type.count === null ? { offset: 0, stride: type.stride } : null;
  const last = type.kind === 'struct' ? type.members[type.members.length - 1] : null;
  const tail = last && tailOf(last.type);
  return tail && { ...tail, offset: (last as { offset: number }).offset };
}

/** "MinTypeSize" of WGSL: the bytes of a view of the type, with one element of a runtime-sized array. */
export function minimumSize(type: Type): number {
  const tail = tailOf(type);
  return tail ? tail.offset + tail.stride : sizeOf(type);
}
