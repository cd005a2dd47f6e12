/** Words for messages: which invocation, and which buffer. */
import type { CompiledKernel } from '../compile.ts';
import type { RuntimeBuffer } from './types.ts';

type Size = readonly [number, number, number];

/** What comes n-th in a box of that size, x fastest. */
const placeIn = (n: number, [x, y]: readonly number[]): number[] => [
  n % x,
  Math.floor(n / x) % y,
  Math.floor(n / x / y),
];

const list = (numbers: readonly number[]): string => `(${numbers.join(', ')})`;

/** Which invocation it is, by its numbers in the dispatch and in its workgroup. */
export function invocationText(
  { group, local }: { readonly group: number; readonly local: number },
  workgroupSize: Size,
  workgroups: Size,
): string {
  const workgroup = placeIn(group, workgroups);
  const inside = placeIn(local, workgroupSize);
  const global = inside.map((n, axis) => n + workgroup[axis] * workgroupSize[axis]);
  return (
    `global_invocation_id ${list(global)}, local_invocation_id ${list(inside)}, ` +
    `workgroup_id ${list(workgroup)}`
  );
}

/** Which buffer is bound, and where. */
export function bindingText(
  compiled: CompiledKernel,
  index: number,
  buffer: RuntimeBuffer | undefined,
): string {
  const { group, binding } = compiled.bindings[index];
  const named = buffer?.label ? `the buffer '${buffer.label}'` : 'a buffer without a label';
  return group < 0 ? 'what setImmediates gave' : `${named} at @group(${group}) @binding(${binding})`;
}
