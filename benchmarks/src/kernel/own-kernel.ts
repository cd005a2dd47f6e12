/** A kernel from somebody's WGSL text, to stand in place of one of the project. */
import type { Kernel } from '@glassbox/wgsl-kernels';
import { type CheckedProgram, checkProgram, typeName } from '@glassbox/wgsl-wasm';

/** Workgroups in x, y and z. */
export type Grid = readonly [number, number, number];

/** The text cannot stand in place of the kernel: the message says why, and what to change. */
export class OwnKernelError extends Error {
  override readonly name = 'OwnKernelError';
}

export interface OwnKernel {
  readonly kernel: Kernel;
  /** How its grid was found, where it is not the built-in kernel's. */
  readonly note: string | undefined;
}

/** Longer than any kernel that is written by hand. */
const mostText = 1 << 20;
/** Workgroups that WebGPU guarantees in a dimension. */
const mostGroups = 65_535;

/**
 * Takes the text in place of `builtIn`: the same buffers, the same work.
 * @param grid workgroups; those of the built-in kernel unless given, or as many as give its number of invocations if
 * the text has another `@workgroup_size`
 * @throws WgslError with line, column and the line's text if it does not compile
 * @throws OwnKernelError if its bindings, entry point or grid do not fit
 */
export function ownKernel(wgsl: string, builtIn: Kernel, grid?: Grid): OwnKernel {
  if (wgsl.length > mostText)
    throw new OwnKernelError(`${wgsl.length} characters are more than any kernel has`);
  const [own, theirs] = [checkProgram(wgsl), checkProgram(builtIn.wgsl)];
  const entries = own.entryPoints.map(({ name }) => name);
  if (entries.length !== 1 || entries[0] !== 'main') {
    const found = entries.length === 0 ? 'none' : entries.join(', ');
    throw new OwnKernelError(`The text must have one @compute function, called main; it has ${found}`);
  }
  checkBindings(own, theirs, builtIn.name);
  const [size] = own.entryPoints.map(({ workgroupSize }) => workgroupSize);
  const [usual] = theirs.entryPoints.map(({ workgroupSize }) => workgroupSize);
  const { workgroups, note } = gridOf(builtIn, usual, size, grid);
  const { source: _, ...rest } = builtIn;
  return { kernel: { ...rest, name: `own ${builtIn.name}`, wgsl, workgroups }, note };
}

/** Each binding of a program by its number, as it is declared. */
function bindingsOf({
  variables,
}: CheckedProgram): { readonly group: number; readonly text: string; readonly name: string }[] {
  return variables
    .flatMap(({ binding, name, access, addressSpace, storeType }) =>
      binding
        ? [{ ...binding, name, text: `var<${addressSpace}, ${access}> ${name}: ${typeName(storeType)}` }]
        : addressSpace === 'immediate'
          ? [{ group: -1, binding: -1, name, text: `var<immediate> ${name}: ${typeName(storeType)}` }]
          : [],
    )
    .sort((a, b) => a.group - b.group || a.binding - b.binding)
    .map(({ group, binding, name, text }) => ({
      group,
      name,
      text: group < 0 ? text : `@group(${group}) @binding(${binding}) ${text}`,
    }));
}

function checkBindings(own: CheckedProgram, theirs: CheckedProgram, name: string): void {
  const [declared, wanted] = [bindingsOf(own), bindingsOf(theirs)];
  for (let n = 0; n < Math.max(declared.length, wanted.length); n++) {
    const [mine, its] = [declared[n]?.text, wanted[n]?.text];
    if (mine === its) continue;
    if (!its) throw new OwnKernelError(`The text binds ${mine}, which ${name} does not have: remove it`);
    throw new OwnKernelError(
      `Binding ${n} differs from that of ${name}, whose buffers it gets:\n` +
        `  ${name}: ${its}\n  the text: ${mine ?? 'none'}`,
    );
  }
  const used = new Set(own.entryPoints[0].bindings.map((binding) => binding.name));
  const unused = declared.find((binding) => !used.has(binding.name));
  if (unused) {
    throw new OwnKernelError(
      `The text does not use ${unused.name}, and devices leave out what is not used: ` +
        `add \`_ = &${unused.name};\` to main`,
    );
  }
}

const product = ([x, y, z]: Grid) => x * y * z;

function gridOf(
  builtIn: Kernel,
  usual: Grid,
  size: Grid,
  given: Grid | undefined,
): { readonly workgroups: Grid; readonly note: string | undefined } {
  const sized = `@workgroup_size(${size.join(', ')})`;
  if (given) {
    if (!given.every((count) => Number.isInteger(count) && count >= 1 && count <= mostGroups)) {
      throw new OwnKernelError(`A grid of ${given.join('x')}: expected numbers from 1 to ${mostGroups}`);
    }
    return { workgroups: given, note: `${given.join('x')} workgroups of ${sized}, as asked for` };
  }
  if (size.every((count, n) => count === usual[n]))
    return { workgroups: builtIn.workgroups, note: undefined };
  const invocations = product(builtIn.workgroups) * product(usual);
  const groups = Math.ceil(invocations / product(size));
  const x = Math.min(groups, mostGroups);
  const workgroups: Grid = [x, Math.ceil(groups / x), 1];
  return {
    workgroups,
    note:
      `${sized} in place of (${usual.join(', ')}): ${workgroups.join('x')} workgroups, ` +
      `for the ${invocations.toLocaleString('en')} invocations of ${builtIn.name}`,
  };
}
