/** From what a thread left in memory when its kernel trapped to a message. */
import {
  ABORTED,
  SCRATCH_HEADER,
  THREAD_SCRATCH,
  THREAD_SIZE,
  THREAD_TRAP,
  THREADS,
  TRAP_CHECK,
  TRAP_MEMORY,
} from './layout.ts';
import type { RuntimeKernel } from './types.ts';

/** The error of the list that just ended, or null if no kernel trapped; forgets it. `words` is the shared memory. */
export function takeTrap(words: Int32Array, kernels: readonly RuntimeKernel[]): Error | null {
  const thread = Atomics.exchange(words, ABORTED >> 2, 0) - 1;
  if (thread < 0) return null;
  const own = (THREADS + thread * THREAD_SIZE) >> 2;
  const kind = words[own + (THREAD_TRAP >> 2)];
  const kernel = kernels[words[own + (THREAD_TRAP >> 2) + 1]];
  const record = (words[own + (THREAD_SCRATCH >> 2)] - SCRATCH_HEADER) >>> 2;
  return new Error(`kernel '${kernel.name}' ${describe(words, kind, kernel, record)}`);
}

function describe(words: Int32Array, kind: number, kernel: RuntimeKernel, record: number): string {
  const check = kernel.compiled.checks[words[record] - 1];
  if (kind === TRAP_CHECK && check) {
    const index = words[record + 1];
    const shown = index < 0 ? `${index} (as u32 ${index >>> 0})` : index;
    return `accesses element ${shown} of '${check.name}', which has ${words[record + 2] >>> 0}, at ${check.line}:${check.column}`;
  }
  if (kind === TRAP_MEMORY) {
    return 'accesses memory far outside its buffers; open the runtime with debug: true to see which';
  }
  return 'stopped with an error of the WebAssembly engine';
}
