/** What an invocation starts from: the values of its builtins, and its private variables. */
import type { BuiltinInput, EntryPoint } from '../check/program.ts';
import { U32, vectorOf } from '../check/types.ts';
import { rare } from '../rare.ts';
import type { Context } from './context.ts';
import type { Node } from './graph.ts';
import { declareLocation } from './memory.ts';
import { initialise, initialiseConstant } from './statements.ts';
import type { Value } from './values.ts';
import { build } from './vectors.ts';

/** The three components of the builtin values, as nodes. */
export interface Coordinates {
  readonly workgroup: readonly [Node, Node, Node];
  readonly local: readonly [Node, Node, Node];
  /** Without it, computed from the others. */
  readonly global?: readonly [Node, Node, Node];
}

export function initialisePrivate(context: Context, variable: EntryPoint['privateVariables'][number]): void {
  const { initialValue, storeType, pos } = variable;
  const location = declareLocation(context, variable);
  if (initialValue === null) initialise(context, location, null);
  else initialiseConstant(context, location, { type: storeType, value: initialValue, pos });
}

/** The number of workgroups of the dispatch along an axis. */
export function numWorkgroups(context: Context, axis: number): Node {
  return context.b.load('i32.load', context.arguments, 4 * axis, { constant: true, safe: true });
}

/** Gives the entry point's parameters their values. */
export function bindInputs(context: Context, coordinates: Coordinates): void {
  const { b, entry } = context;
  context.coordinates = coordinates;
  const vec3u = vectorOf(3, U32);
  const size = entry.workgroupSize;
  const { workgroup, local } = coordinates;
  const value = (builtin: BuiltinInput): Value => {
    switch (builtin) {
      case 'workgroup_id':
        return build(b, vec3u, workgroup);
      case 'local_invocation_id':
        return build(b, vec3u, local);
      case 'num_workgroups':
        return build(
          b,
          vec3u,
          [0, 1, 2].map((axis) => numWorkgroups(context, axis)),
        );
      case 'global_invocation_id': {
        const global =
          coordinates.global ??
          workgroup.map((group, axis) =>
            b.value('i32.add', [b.value('i32.mul', [group, b.i32(size[axis])]), local[axis]]),
          );
        return build(b, vec3u, global);
      }
      case 'local_invocation_index': {
        const rows = b.value('i32.add', [b.value('i32.mul', [local[2], b.i32(size[1])]), local[1]]);
        return b.value('i32.add', [b.value('i32.mul', [rows, b.i32(size[0])]), local[0]]);
      }
      default:
        return rare().rareInput(context, builtin, coordinates);
    }
  };
  const members = new Map<(typeof entry.inputs)[number]['parameter'], Value[]>();
  for (const input of entry.inputs) {
    if (input.member === null) {
      context.values.set(input.parameter, value(input.builtin));
      continue;
    }
    const parts = members.get(input.parameter) ?? [];
    parts[input.member] = value(input.builtin);
    members.set(input.parameter, parts);
  }
  for (const [parameter, parts] of members) context.values.set(parameter, { kind: 'composite', parts });
}
