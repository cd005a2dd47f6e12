/** Writes lists of dispatches into the shared memory, in the form that the scheduler walks. */
import {
  ARGUMENT_BUFFERS,
  ENTRY_ARGUMENTS,
  ENTRY_CHUNK_SIZE,
  ENTRY_CHUNKS,
  ENTRY_KERNEL,
  ENTRY_NEXT,
  ENTRY_SIZE,
  ENTRY_WORKGROUPS,
} from './layout.ts';

/** One dispatch, with everything looked up. */
export interface PreparedDispatch {
  readonly kernel: number;
  /** Address of the kernel's tables. */
  readonly tables: number;
  readonly workgroups: readonly [number, number, number];
  readonly chunks: number;
  /** Address and length in bytes of every buffer. */
  readonly buffers: readonly { readonly address: number; readonly bytes: number }[];
}

const argumentBytes = (dispatch: PreparedDispatch) => ARGUMENT_BUFFERS + 8 * dispatch.buffers.length;

/** Bytes that the list takes. */
export function listBytes(list: readonly PreparedDispatch[]): number {
  return list.reduce((sum, dispatch) => sum + ENTRY_SIZE + ((argumentBytes(dispatch) + 31) & ~31), 0);
}

/**
 * Writes the list at `address`, which is the address of its first entry. (`>>> 2`, not `>> 2`: addresses have 32
 * bits.)
 */
export function writeList(words: Int32Array, address: number, list: readonly PreparedDispatch[]): void {
  let entry = address;
  list.forEach((dispatch, i) => {
    const start = entry + ENTRY_SIZE;
    const next = start + ((argumentBytes(dispatch) + 31) & ~31);
    const [x, y, z] = dispatch.workgroups;
    const chunkSize = Math.ceil((x * y * z) / dispatch.chunks);
    const at = (offset: number) => (entry + offset) >>> 2;
    words[at(ENTRY_KERNEL)] = dispatch.kernel;
    words[at(ENTRY_ARGUMENTS)] = start;
    words[at(ENTRY_CHUNK_SIZE)] = chunkSize;
    words[at(ENTRY_CHUNKS)] = Math.ceil((x * y * z) / chunkSize);
    words[at(ENTRY_WORKGROUPS)] = x * y * z;
    words[at(ENTRY_NEXT)] = i + 1 < list.length ? next : 0;
    words.set([x, y, z, dispatch.tables], start >>> 2);
    dispatch.buffers.forEach((buffer, k) => {
      words[((start + ARGUMENT_BUFFERS) >>> 2) + 2 * k] = buffer.address;
      words[((start + ARGUMENT_BUFFERS) >>> 2) + 2 * k + 1] = buffer.bytes;
    });
    entry = next;
  });
}

/** No chunk is worth less than this, as a rough count of operations. */
const CHUNK_OPERATIONS = 8000;
/**
 * Enough for the compiled code to be replaced by its optimised form early, and for the threads to end together. (The
 * scheduler counts up to 2^16.)
 */
const MAXIMUM_CHUNKS = 64;

/**
 * Into how many pieces a dispatch is cut. `size` counts the operations in the kernel's code; those inside loops run
 * more often, so that a kernel with loops counts as larger.
 */
export function chunkCount(workgroups: number, invocations: number, size: number, hasLoops: boolean): number {
  const operations = workgroups * invocations * size * (hasLoops ? 16 : 1);
  const wanted = Math.min(Math.floor(operations / CHUNK_OPERATIONS), MAXIMUM_CHUNKS);
  return Math.max(1, Math.min(wanted, workgroups));
}
