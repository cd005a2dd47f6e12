/** Builtin values that few kernels ask for: linear numbers and subgroups. */
import type { BuiltinInput } from '../check/program.ts';
import type { Context } from './context.ts';
import type { Node } from './graph.ts';
import { type Coordinates, numWorkgroups } from './invocation.ts';
import { SUBGROUP_SIZE } from './subgroup-size.ts';

/** The value for the invocation at these coordinates. */
export function rareInput(context: Context, builtin: BuiltinInput, coordinates: Coordinates): Node {
  const { b, entry } = context;
  const { workgroup, local } = coordinates;
  const size = entry.workgroupSize;
  const [add, mul] = (['i32.add', 'i32.mul'] as const).map((op) => (x: Node, y: Node) => b.value(op, [x, y]));
  /** `at`, x fastest, in a box of that many along x and y. */
  const linear = (at: readonly Node[], x: Node, y: Node) => add(mul(add(mul(at[2], y), at[1]), x), at[0]);
  const localIndex = () => linear(local, b.i32(size[0]), b.i32(size[1]));
  const [groupsX, groupsY] = [numWorkgroups(context, 0), numWorkgroups(context, 1)];
  switch (builtin) {
    case 'workgroup_index':
      return linear(workgroup, groupsX, groupsY);
    case 'global_invocation_index': {
      const global = workgroup.map((group, axis) => add(mul(group, b.i32(size[axis])), local[axis]));
      return linear(global, mul(groupsX, b.i32(size[0])), mul(groupsY, b.i32(size[1])));
    }
    case 'subgroup_size':
      return b.i32(SUBGROUP_SIZE);
    case 'num_subgroups':
      return b.i32(Math.ceil((size[0] * size[1] * size[2]) / SUBGROUP_SIZE));
    case 'subgroup_invocation_id':
      return b.value('i32.and', [localIndex(), b.i32(SUBGROUP_SIZE - 1)]);
    case 'subgroup_id':
      return b.value('i32.div_u', [localIndex(), b.i32(SUBGROUP_SIZE)]);
    default:
      throw new Error(`internal: no value for '${builtin}'`);
  }
}
