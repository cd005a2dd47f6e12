/** From what a thread left in memory when its kernel trapped to a message. */
import type { CompiledKernel } from '../compile.ts';
import { bindingText, invocationText } from './invocation-text.ts';
import {
  ABORTED,
  ARGUMENT_BUFFERS,
  ENTRY_ARGUMENTS,
  SCRATCH_HEADER,
  THREAD_SCRATCH,
  THREAD_SIZE,
  THREAD_TRAP,
  THREADS,
  TRAP_CHECK,
  TRAP_MEMORY,
} from './layout.ts';
import type { RuntimeBuffer, RuntimeKernel } from './types.ts';

export interface Trap {
  readonly error: Error;
  /** The kernel would not have ended: as with a GPU, the device is lost. */
  readonly endless: boolean;
}

/**
 * Why the list that just ended trapped, or null if no kernel did; forgets it. `words` is the shared memory, `buffers`
 * are those that may be named.
 */
export function takeTrap(
  words: Int32Array,
  kernels: readonly RuntimeKernel[],
  buffers: Iterable<RuntimeBuffer>,
): Trap | null {
  const thread = Atomics.exchange(words, ABORTED >> 2, 0) - 1;
  if (thread < 0) return null;
  const own = (THREADS + thread * THREAD_SIZE) >> 2;
  const kind = words[own + (THREAD_TRAP >> 2)];
  const kernel = kernels[words[own + (THREAD_TRAP >> 2) + 1]];
  const record = (words[own + (THREAD_SCRATCH >> 2)] - SCRATCH_HEADER) >>> 2;
  const check = kind === TRAP_CHECK ? kernel.compiled.checks[words[record] - 1] : undefined;
  const endless = check?.kind === 'loop';
  const entry = words[own + (THREAD_TRAP >> 2) + 2];
  const text = !check
    ? describe(kind)
    : endless
      ? describeEndless(kernel, check)
      : (check.kind === 'view' ? describeView : describeIndex)(words, kernel, check, {
          record,
          entry,
          buffers,
        });
  return { error: new Error(`kernel '${kernel.name}' ${text}`), endless };
}

type Check = CompiledKernel['checks'][number];

function describeEndless({ compiled }: RuntimeKernel, { line, column }: Check): string {
  const who = compiled.hasBarrier ? 'a workgroup' : 'an invocation';
  return (
    `does not end: ${who} took more than ${compiled.operationLimit} operations in loops, ` +
    `the last in the one at ${line}:${column}; ` +
    'is its condition right? (Where so many are meant, open the device with a higher operationLimit.)'
  );
}

interface Found {
  /** Where the check left its note (`checkIndex`, `trapOutside`), in words. */
  readonly record: number;
  /** The address of the dispatch in its list. */
  readonly entry: number;
  readonly buffers: Iterable<RuntimeBuffer>;
}

function describeIndex(words: Int32Array, kernel: RuntimeKernel, check: Check, found: Found): string {
  const { record } = found;
  const { name, line, column, marked } = check;
  const [index, count] = words.subarray(record + 1, record + 3);
  const shown = index < 0 ? `${index} (as u32 ${index >>> 0})` : index;
  return (
    `accesses element ${shown} of '${name}', which has ${count >>> 0}, at ${line}:${column}\n${marked}\n` +
    `${whereAndWho(words, kernel, check, found)}\n` +
    'Where more invocations run than there are elements, let the others return first.'
  );
}

function describeView(words: Int32Array, kernel: RuntimeKernel, check: Check, found: Found): string {
  const { record } = found;
  const { name, line, column, marked } = check;
  const [start, length, , , bytes, least] = words.subarray(record + 1, record + 7);
  const short = bytes >>> 0 < least >>> 0 ? `, and its type needs ${least >>> 0}` : '';
  return (
    `views ${bytes >>> 0} bytes from byte ${start >>> 0} of '${name}' on, which has ${length >>> 0}${short}, ` +
    `at ${line}:${column}\n${marked}\n${whereAndWho(words, kernel, check, found)}`
  );
}

/** Which binding it is, if it is one, and in which invocation. */
function whereAndWho(
  words: Int32Array,
  { compiled }: RuntimeKernel,
  { name, buffer }: Check,
  { record, entry, buffers }: Found,
): string {
  const [group, local] = words.subarray(record + 3, record + 5);
  const given = words[(entry + ENTRY_ARGUMENTS) >>> 2] >>> 2;
  const [x, y, z] = words.subarray(given, given + 3);
  const who = invocationText({ group: group >>> 0, local }, compiled.workgroupSize, [x, y, z]);
  let where = '';
  if (buffer >= 0) {
    const address = words[given + (ARGUMENT_BUFFERS >> 2) + 2 * buffer] >>> 0;
    const bound = [...buffers].find((one) => address >= one.address && address < one.address + one.bytes);
    where = `'${name}' is ${bindingText(compiled, buffer, bound)}. `;
  }
  return `${where}The invocation has ${who}.`;
}

function describe(kind: number): string {
  if (kind === TRAP_MEMORY) {
    return 'accesses memory far outside its buffers; open the runtime with debug: true to see which';
  }
  return 'stopped with an error of the WebAssembly engine';
}
