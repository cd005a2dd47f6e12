import { type Constants, declareConstants } from './constants.ts';
import { guaranteed } from './limits.ts';

/**
 * What a kernel is: WGSL text and a typed description of what it reads, writes and costs.
 * This package knows no device. `tensor-core` runs kernels; each kernel file also holds the plain float64
 * TypeScript twin (`…Oracle`) that says what the right answer is.
 */

/** One storage buffer of a kernel, in the order of its `@binding` number (group 0). */
export interface KernelBinding {
  /** The variable's name in the text. */
  readonly name: string;
  /** Whether the kernel only reads the buffer or writes to it, too. */
  readonly access: 'read' | 'read_write';
  /** WGSL type of the variable, for example `array<vec4<f32>>`. */
  readonly type: string;
}

/** A compute shader with entry point `main` and everything a device needs to dispatch it. */
export interface Kernel {
  /** The kernel's name in errors, profiles and benchmarks, for example `conv2dForward`. */
  readonly name: string;
  /** The whole shader. Shapes are constants in the text, so the text is the cache key of its pipeline. */
  readonly wgsl: string;
  /** Its buffers, in the order of their `@binding` numbers. */
  readonly bindings: readonly KernelBinding[];
  /** Workgroups to dispatch in x, y and z. */
  readonly workgroups: readonly [number, number, number];
  /** Floating-point operations of one dispatch (a multiply-add counts as two); 0 for pure data movement. */
  readonly flop: number;
  /** Bytes that one dispatch must read and write at least, each buffer counted once. */
  readonly bytes: number;
  /**
   * What `linearKernel` made the text from: `joinKernels` puts it together anew. Absent in kernels with workgroup
   * memory.
   */
  readonly source?: KernelText;
}

/** What `linearKernel` puts together. */
export interface KernelText {
  /** The kernel's name, for example `conv2dForward`. */
  readonly name: string;
  /** What the kernel computes, the layout of its buffers and what one invocation does: becomes the header. */
  readonly about: string;
  /** Its buffers, in the order of their `@binding` numbers. */
  readonly bindings: readonly KernelBinding[];
  /** Number of invocations that have work. */
  readonly invocations: number;
  /** Invocations per workgroup. */
  readonly workgroupSize: number;
  /** Constants by the names under which the text uses them, in capitals; unused ones are left out. */
  readonly constants?: Constants;
  /** Declarations before `main`: helper functions, structures. */
  readonly declarations?: string;
  /** Body of `main`. `i: u32` is the invocation's number, below `invocations`. */
  readonly body: string;
  /** Floating-point operations of one dispatch (a multiply-add counts as two). */
  readonly flop: number;
  /** Bytes that one dispatch must read and write at least, each buffer counted once. */
  readonly bytes: number;
}

/**
 * Puts a kernel together: header, bindings and a `main` whose invocations are numbered by `i`.
 * Work beyond 65,535 workgroups goes into a second grid dimension.
 * @throws RangeError if there is no work or more than a 2-D grid can hold.
 */
export function linearKernel(given: KernelText): Kernel {
  const text = { ...given, declarations: declare(given) };
  const { name, invocations, workgroupSize } = text;
  const { x, y } = grid(name, invocations, Math.ceil(invocations / workgroupSize));
  const index = y === 1 ? 'id.x' : `id.x + id.y * ${x * workgroupSize}u`;
  const guard = x * y * workgroupSize === invocations ? '' : `  if (i >= ${invocations}u) { return; }\n`;
  const wgsl = `${head(text)}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = ${index};
${guard}${indent(useAll(text))}
}
`;
  const { bindings, flop, bytes } = text;
  return { name, wgsl, bindings, workgroups: [x, y, 1], flop, bytes, source: text };
}

/** So many workgroups in two dimensions. */
function grid(name: string, invocations: number, groups: number): { readonly x: number; readonly y: number } {
  if (!(invocations > 0)) {
    throw new RangeError(
      `${name}: nothing to compute (0 invocations); check for an empty dimension in the shapes`,
    );
  }
  const x = Math.min(groups, guaranteed.workgroupsPerDimension);
  const y = Math.ceil(groups / x);
  if (y > guaranteed.workgroupsPerDimension) {
    throw new RangeError(`${name}: ${invocations} invocations exceed one dispatch; use a smaller batch`);
  }
  return { x, y };
}

/** The constants that are used, and the declarations. */
function declare({
  constants = {},
  declarations = '',
  body,
}: Pick<KernelText, 'constants' | 'declarations' | 'body'>): string {
  const used = declareConstants(constants, declarations + body);
  return [used, declarations.trim()].filter(Boolean).join('\n\n');
}

/** Header, bindings and declarations. */
function head({
  name,
  about,
  bindings,
  declarations,
}: Pick<KernelText, 'name' | 'about' | 'bindings' | 'declarations'>): string {
  return `${comment(`${name}\n${about.trim()}`)}
${bindings.map(declareBinding).join('\n')}
${declarations ? `\n${declarations}\n` : ''}`;
}

/** What a kernel of workgroups that share memory is put together from. */
export interface BlockKernelText extends Omit<KernelText, 'invocations'> {
  /** Number of workgroups that have work. */
  readonly blocks: number;
}

/**
 * Puts a kernel together whose workgroups share memory (declared in `declarations`): in its body `block: u32` is the
 * workgroup's number, below `blocks`, and `local: u32` the invocation's number in it. Every invocation of a workgroup
 * runs the whole body, so that barriers are uniform: what it must not store it guards.
 * @throws RangeError if there is no work or more than a 2-D grid can hold.
 */
export function blockKernel(given: BlockKernelText): Kernel {
  const text = { ...given, declarations: declare(given) };
  const { name, blocks, workgroupSize } = text;
  const { x, y } = grid(name, blocks, blocks);
  const index = y === 1 ? 'group.x' : `group.x + group.y * ${x}u`;
  const guard = x * y === blocks ? '' : `  if (block >= ${blocks}u) { return; }\n`;
  const wgsl = `${head(text)}
@compute @workgroup_size(${workgroupSize})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let block = ${index};
${guard}${indent(useAll(text))}
}
`;
  return { name, wgsl, bindings: text.bindings, workgroups: [x, y, 1], flop: text.flop, bytes: text.bytes };
}

/**
 * The body, in which every binding is used: devices leave out those that are not, such as the image of a convolution
 * whose taps all lie in the padding.
 */
function useAll({
  bindings,
  declarations = '',
  body,
}: Pick<KernelText, 'bindings' | 'declarations' | 'body'>): string {
  const unused = bindings.filter(({ name }) => !new RegExp(`\\b${name}\\b`).test(declarations + body));
  return [...unused.map(({ name }) => `_ = &${name};`), body.trim()].join('\n');
}

/** A read-only storage binding. */
export function reads(name: string, type: string): KernelBinding {
  return { name, access: 'read', type };
}

/** A storage binding that the kernel writes, and may read. */
export function readsWrites(name: string, type: string): KernelBinding {
  return { name, access: 'read_write', type };
}

function declareBinding({ name, access, type }: KernelBinding, index: number): string {
  return `@group(0) @binding(${index}) var<storage, ${access}> ${name}: ${type};`;
}

/** Joins `make(0) … make(count - 1)` with line breaks: the one tool for writing unrolled WGSL. */
export function repeat(count: number, make: (index: number) => string, separator = '\n'): string {
  return Array.from({ length: count }, (_, index) => make(index)).join(separator);
}

/** Indents every non-empty line by `by` spaces. */
export function indent(text: string, by = 2): string {
  return text.replace(/^(?=.)/gm, ' '.repeat(by));
}

function comment(text: string): string {
  return text.replace(/^/gm, '// ').replace(/ +$/gm, '');
}
