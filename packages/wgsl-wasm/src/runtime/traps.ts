/** From what a thread left in memory when its kernel trapped to a message. */
import type { CompiledKernel } from '../compile.ts';
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

export interface Trap {
  readonly error: Error;
  /** The kernel would not have ended: as with a GPU, the device is lost. */
  readonly endless: boolean;
}

/** Why the list that just ended trapped, or null if no kernel did; forgets it. `words` is the shared memory. */
export function takeTrap(words: Int32Array, kernels: readonly RuntimeKernel[]): Trap | null {
  const thread = Atomics.exchange(words, ABORTED >> 2, 0) - 1;
  if (thread < 0) return null;
  const own = (THREADS + thread * THREAD_SIZE) >> 2;
  const kind = words[own + (THREAD_TRAP >> 2)];
  const kernel = kernels[words[own + (THREAD_TRAP >> 2) + 1]];
  const record = (words[own + (THREAD_SCRATCH >> 2)] - SCRATCH_HEADER) >>> 2;
  const check = kind === TRAP_CHECK ? kernel.compiled.checks[words[record] - 1] : undefined;
  const endless = check?.kind === 'loop';
  const text = endless ? describeEndless(kernel, check) : describe(words, kind, check, record);
  return { error: new Error(`kernel '${kernel.name}' ${text}`), endless };
}

type Check = CompiledKernel['checks'][number];

function describeEndless({ compiled }: RuntimeKernel, { line, column }: Check): string {
  const who = compiled.hasBarrier ? 'a workgroup' : 'an invocation';
  return (
    `does not end: ${who} took more than ${compiled.operationLimit} operations in loops, the last in the one at ${line}:${column}; ` +
    'is its condition right? (Where so many are meant, open the device with a higher operationLimit.)'
  );
}

function describe(words: Int32Array, kind: number, check: Check | undefined, record: number): string {
  if (check) {
    const index = words[record + 1];
    const shown = index < 0 ? `${index} (as u32 ${index >>> 0})` : index;
    return `accesses element ${shown} of '${check.name}', which has ${words[record + 2] >>> 0}, at ${check.line}:${check.column}`;
  }
  if (kind === TRAP_MEMORY) {
    return 'accesses memory far outside its buffers; open the runtime with debug: true to see which';
  }
  return 'stopped with an error of the WebAssembly engine';
}
