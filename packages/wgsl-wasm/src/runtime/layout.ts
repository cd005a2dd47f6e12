/**
 * What lies where in the memory that all threads share. The first MiB is the runtime's own: buffers start above it, as
 * `lower/linear.ts` relies on. Words that different threads write are on cache lines of their own.
 */

/** i64: the number of the current dispatch (high half), and how many chunks were taken from either end (low half). */
export const CLAIM = 1024;
/** i32 twice: the entry of the current dispatch, by the parity of its number. */
export const CURRENT = CLAIM + 64;
/** i32: chunks of the current dispatch that are done. */
export const FINISHED = CURRENT + 64;
/** i32: threads that sleep until the number of the dispatch changes. */
export const SLEEPERS = FINISHED + 64;
/** i32: not 0 while the main thread sleeps so. */
export const MAIN_SLEEPS = SLEEPERS + 64;
/**
 * i32: not 0 when what is left of the list is to be skipped, because a kernel trapped. The thread's number plus one.
 */
export const ABORTED = MAIN_SLEEPS + 64;
/** i32: counts messages to the workers. */
export const MAIL = ABORTED + 64;
/** The entry that stands for "nothing to do": no chunks. */
export const IDLE_ENTRY = MAIL + 64;

/** A thread's own words. */
export const THREADS = IDLE_ENTRY + 64;
export const THREAD_SIZE = 64;
/** i32: the address of its scratch memory. */
export const THREAD_SCRATCH = 0;
/** i32: the entry whose chunk it is executing, else 0. */
export const THREAD_RUNNING = 4;
/** i32 three times: why its kernel trapped (below), the kernel's number, the entry in the list. */
export const THREAD_TRAP = 8;
export const MAXIMUM_THREADS = 256;

/** Bytes before a thread's scratch memory, where a failed bounds check leaves its note. */
export const SCRATCH_HEADER = 64;

/** Where the pool of buffers starts. */
export const POOL_START = 1 << 20;

/** A dispatch in a list. */
export const ENTRY_SIZE = 32;
export const ENTRY_KERNEL = 0;
export const ENTRY_ARGUMENTS = 4;
export const ENTRY_CHUNKS = 8;
/** Workgroups in a chunk. */
export const ENTRY_CHUNK_SIZE = 12;
export const ENTRY_WORKGROUPS = 16;
/** The address of the next entry, 0 at the end. */
export const ENTRY_NEXT = 20;

/** Why a kernel stopped. */
export const TRAP_CHECK = 1;
export const TRAP_MEMORY = 2;
export const TRAP_OTHER = 3;

/**
 * The block of arguments of a kernel: three numbers of workgroups, the address of its tables, then address and length
 * of every buffer.
 */
export const ARGUMENT_TABLES = 12;
export const ARGUMENT_BUFFERS = 16;
