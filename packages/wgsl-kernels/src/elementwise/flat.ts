import { type Kernel, type KernelText, linearKernel } from '../kernel.ts';
import type { Machine } from '../machine.ts';

/** A kernel over the consecutive `vec4`s of a buffer. `body` runs once for each; `v: u32` is its number. */
export interface FlatKernelText extends Omit<KernelText, 'invocations' | 'workgroupSize'> {
  /** Number of `vec4`s. */
  readonly vectors: number;
}

/**
 * Consecutive `vec4`s that one invocation should process: a power of two that leaves at least 64 workgroups.
 * Threads of a CPU gain from long contiguous runs, neighbouring lanes of a GPU from short ones.
 */
function vectorsPerInvocation(vectors: number, { workgroupSize, invocations }: Machine): number {
  let count = invocations === 'many' ? 4 : 16;
  while (count > 1 && vectors < count * workgroupSize * 64) count /= 2;
  return count;
}

/** A kernel whose invocations each loop over a run of consecutive `vec4`s. */
export function flatKernel(text: FlatKernelText, machine: Machine): Kernel {
  const { vectors } = text;
  const run = vectorsPerInvocation(vectors, machine);
  return linearKernel({
    ...text,
    about: `${text.about.trim()}\nOne invocation writes ${run === 1 ? 'one vec4' : `${run} consecutive vec4s`}.`,
    invocations: Math.ceil(vectors / run),
    workgroupSize: machine.workgroupSize,
    constants: { ...text.constants, RUN: run, VECTORS: vectors },
    body: loop(text.body.trim(), vectors, run),
  });
}

function loop(body: string, vectors: number, run: number): string {
  if (run === 1) return `let v = i;\n${body}`;
  const inner = body.replace(/^(?=.)/gm, '  ');
  // A constant trip count lets a compiler unroll.
  return vectors % run === 0
    ? `for (var k = 0u; k < RUN; k++) {\n  let v = i * RUN + k;\n${inner}\n}`
    : `for (var v = i * RUN; v < min((i + 1u) * RUN, VECTORS); v++) {\n${inner}\n}`;
}
