/**
 * Code for the race detector (`runtime/race-detector.ts`): the kernel tells it of each access to a storage or workgroup
 * variable that another invocation may write, and of each barrier. Atomic accesses are none of these: what is atomic is
 * accessed by atomic builtins only, and these do not race with each other.
 */
import type { Barrier, Variable } from '../check/program.ts';
import { sizeOf } from '../check/types.ts';
import type { FunctionImport } from '../encode/module.ts';
import type { Context } from './context.ts';
import type { Node } from './graph.ts';
import { numWorkgroups } from './invocation.ts';
import { addressOf } from './linear.ts';
import { locationOf } from './memory.ts';
import type { MemoryLocation } from './values.ts';

/** Where the text reads or writes a variable. */
export interface Access {
  readonly variable: Variable;
  /** Of a workgroup variable: where it is in scratch memory. */
  readonly scratchOffset: number;
  readonly bytes: number;
  readonly writes: boolean;
  readonly pos: number;
}

/**
 * The functions that the kernel calls: `access(access, address, group, local)` with the number of the `Access`, the
 * address in bytes, and the numbers of workgroup and invocation as in `currentInvocation`; `barrier(space)` when a
 * workgroup has come to a barrier, 1 for workgroup memory, 2 for storage.
 */
export const RACE_IMPORTS: readonly FunctionImport[] = [
  { name: 'access', parameters: ['i32', 'i32', 'i32', 'i32'] },
  { name: 'barrier', parameters: ['i32'] },
];
const [ACCESS, BARRIER] = [0, 1];

/** i32: the number of the workgroup in the dispatch and of the invocation in its workgroup, x fastest. */
export function currentInvocation(context: Context): { readonly group: Node; readonly local: Node } {
  const { b, entry } = context;
  const { workgroup, local, global } = context.coordinates!;
  const inOrder = ([x, y, z]: readonly Node[], [width, height]: readonly Node[]) =>
    b.value('i32.add', [
      x,
      b.value('i32.mul', [width, b.value('i32.add', [y, b.value('i32.mul', [height, z])])]),
    ]);
  const size = entry.workgroupSize.map((count) => b.i32(count));
  const counts = [numWorkgroups(context, 0), numWorkgroups(context, 1)];
  if (!global) return { group: inOrder(workgroup, counts), local: inOrder(local, size) };
  // One loop over a row of workgroups: see `lowerWorkgroups`.
  const [x, y, z] = global;
  return {
    group: inOrder([b.value('i32.div_u', [x, size[0]]), y, z], counts),
    local: b.value('i32.rem_u', [x, size[0]]),
  };
}

/** Tells of an access to a scalar or vector, unless nobody else can write there. */
export function noteAccess(context: Context, location: MemoryLocation, writes: boolean): void {
  const { b, accesses } = context;
  const { variable, inside } = location;
  if (!variable || location.constant) return;
  if (inside) {
    b.conditional(inside, () => noteAccess(context, { ...location, inside: null }, writes));
    return;
  }
  const whole = locationOf(context, variable) as MemoryLocation;
  const access = accesses!.length;
  accesses!.push({
    variable,
    scratchOffset: variable.addressSpace === 'workgroup' ? whole.offset : 0,
    bytes: sizeOf(location.type),
    writes,
    pos: b.pos,
  });
  const { base, offset } = addressOf(b, location.base, location.bytes, 1, location.offset);
  const address = b.value('i32.add', [base, b.i32(offset)]);
  const { group, local } = currentInvocation(context);
  b.effect('call', [b.i32(access), address, group, local], ACCESS);
}

/** Tells of a barrier. */
export function noteBarrier(context: Context, name: Barrier['name']): void {
  if (!context.accesses || name === 'textureBarrier') return;
  context.b.effect('call', [context.b.i32(name === 'workgroupBarrier' ? 1 : 2)], BARRIER);
}
