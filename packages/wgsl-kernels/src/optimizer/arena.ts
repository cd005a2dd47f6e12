import { indent, type Kernel, type KernelBinding, linearKernel } from '../kernel.ts';
import type { Machine } from '../machine.ts';

/**
 * Parameters, their gradients and an optimiser's state lie in flat arenas of the same size, each tensor at the same
 * place in all of them. An arena is cut into blocks of 64 floats (256 bytes, WebGPU's alignment of a binding), and a
 * block belongs to one tensor. `groups[block]` is the parameter group of its tensor, or `frozen`.
 */
export const arenaBlock = 64;

/** In `groups`: the block is left as it is (a frozen tensor, or unused space). */
export const frozen = 0xffffffff;

/** The numbers of an arena that kernels use, by name. */
export const arenaConstants = { BLOCK4: arenaBlock / 4, FROZEN: frozen } as const;

/** Floats that one parameter group has in `hyper`; `sgdHyper` and `adamHyper` fill them. */
export const hyperSize = 8;

/** The size of the arenas that an optimiser runs over. */
export interface ArenaSpec {
  /** Length of the arenas in blocks of 64 floats. */
  readonly blocks: number;
}

/**
 * Hyperparameters that are not finite would make NaN of zeros, and padding and zero tails lie in the arena as well.
 * @throws RangeError that names the first that float32 does not hold.
 */
export function requireFinite(op: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(Math.fround(value))) {
      throw new RangeError(
        `${op}: ${name} is ${value}, which is no finite float32; check schedule and options`,
      );
    }
  }
}

interface ArenaKernel {
  readonly name: string;
  readonly about: string;
  readonly bindings: readonly KernelBinding[];
  readonly blocks: number;
  readonly machine: Machine;
  /** Before the loop, for blocks that are not frozen; `group: u32` is the block's parameter group. */
  readonly setup?: string;
  /** For each vec4 `at` of a block that is not frozen. */
  readonly each: string;
  readonly flop: number;
  readonly bytes: number;
}

/**
 * A kernel over the blocks of an arena that are not frozen, with `groups` among its bindings.
 * One invocation handles a whole block on CPUs, one vec4 of it on GPUs.
 */
export function arenaKernel(spec: ArenaKernel): Kernel {
  const { name, about, bindings, blocks, machine, setup = '', each, flop, bytes } = spec;
  checkBlocks(name, blocks);
  const whole = machine.invocations === 'few';
  const vectors = arenaBlock / 4;
  const body = whole
    ? `${setup.trim()}
for (var at = i * BLOCK4; at < i * BLOCK4 + BLOCK4; at++) {
${indent(each.trim())}
}`
    : `let at = i;\n${setup.trim()}\n${each.trim()}`;
  return linearKernel({
    name,
    about: `${about.trim()}
groups: the parameter group of each of ${blocks} blocks of ${arenaBlock} floats, 0xffffffff for frozen ones.
One invocation handles ${whole ? 'one block' : 'four floats'}.`,
    bindings,
    invocations: whole ? blocks : blocks * vectors,
    workgroupSize: machine.workgroupSize,
    constants: arenaConstants,
    body: `
let group = groups[${whole ? 'i' : 'i / BLOCK4'}];
if (group == FROZEN) { return; }
${body}`,
    flop,
    bytes,
  });
}

/** @throws RangeError unless `blocks` is a positive whole number. */
export function checkBlocks(op: string, blocks: number): void {
  if (!Number.isInteger(blocks) || blocks < 1) {
    throw new RangeError(
      `${op}: an arena has a whole number of blocks of ${arenaBlock} floats, not ${blocks}`,
    );
  }
}

/** Calls `visit(float index, group)` for every float that is not frozen: what the oracles loop over. */
export function forEachTrainable(
  groups: ArrayLike<number>,
  visit: (index: number, group: number) => void,
): void {
  for (let block = 0; block < groups.length; block++) {
    if (groups[block] === frozen) continue;
    for (let k = 0; k < arenaBlock; k++) visit(block * arenaBlock + k, groups[block]);
  }
}
