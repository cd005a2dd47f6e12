/**
 * The scheduler, as a WebAssembly module: every thread calls `work`, which executes chunks of the current dispatch,
 * goes on to the next dispatch of the list by itself, and returns when there is nothing left.
 *
 * A chunk is claimed by compare-and-swap on one word that holds the dispatch's number and how many chunks are taken, so a
 * thread that slept through a dispatch cannot claim in it. Even threads take the first chunk that is left, odd ones the
 * last: with two threads each finds in its own caches what it wrote in the dispatch before. Finished chunks are counted, never threads: whoever finishes the
 * last chunk opens the next dispatch, and nobody waits for a thread that the operating system does not run. A
 * dispatch of a single chunk is left to the main thread.
 */
import { Assembler } from '../encode/assembler.ts';
import { ModuleBuilder } from '../encode/module.ts';
import {
  ABORTED,
  CLAIM,
  CURRENT,
  ENTRY_ARGUMENTS,
  ENTRY_CHUNK_SIZE,
  ENTRY_CHUNKS,
  ENTRY_KERNEL,
  ENTRY_NEXT,
  ENTRY_WORKGROUPS,
  FINISHED,
  IDLE_ENTRY,
  MAIL,
  MAIN_SLEEPS,
  SLEEPERS,
  THREAD_RUNNING,
  THREAD_SCRATCH,
  THREAD_SIZE,
  THREADS,
} from './layout.ts';

/** `work` returns: the list is done (main thread only). */
export const DONE = 0;
/** Other threads hold the last chunks and have not finished them for a while. */
const STALLED = 1;
/** There are messages, or the thread lacks the kernel of the current dispatch. */
const MESSAGES = 2;

/** How often a thread looks for work before it sleeps: as long as some small dispatches on another thread take. */
const SPINS = 10_000;
/** How long the main thread sleeps at most before it returns, in nanoseconds. */
const MAIN_PATIENCE = 100_000_000n;

export interface Scheduler {
  /** `thread` 0 is the main thread. `kernels`: how many the thread has loaded. `mail`: the messages it has seen. */
  work(thread: number, kernels: number, mail: number, maySleep: number): number;
  /** Counts the chunk of the entry as finished, for a thread whose kernel trapped. */
  finishChunk(entry: number): void;
  /** The kernel's number in an entry. */
  kernelOf(entry: number): number;
  /** Opens a list; the dispatch before it must be done. */
  open(firstEntry: number): void;
}

/** Builds the module. It imports `env.memory` and `env.table`, the table of kernels. */
export function schedulerModule(sharedMemory: boolean): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder({ sharedMemory, importTable: true });
  const kernelType = module.type(['i32', 'i32', 'i32', 'i32'], []);
  const publish = module.add(['i32', 'i32'], [], publishBody(), 'publish');
  const finish = module.add(['i32'], [], finishBody(publish), 'finishChunk', 'finishChunk');
  module.add(['i32'], [], openBody(publish), 'open', 'open');
  const kernelOf = new Assembler(1).get(0).memory('i32.load', ENTRY_KERNEL);
  module.add(['i32'], ['i32'], kernelOf, 'kernelOf', 'kernelOf');
  const parameters = ['i32', 'i32', 'i32', 'i32'] as const;
  module.add([...parameters], ['i32'], workBody(kernelType, finish, sharedMemory), 'work', 'work');
  return module.finish();
}

/** `publish(number, entry)`: makes the entry the dispatch of that number, and wakes threads that it needs. */
function publishBody(): Assembler {
  const a = new Assembler(2);
  const [number, entry] = [0, 1];
  // The parity keeps the entry of the dispatch before readable for threads that are just about to fail to claim in it.
  a.get(number).i32(1).op('i32.and').i32(2).op('i32.shl').get(entry).memory('i32.atomic.store', CURRENT);
  a.i32(0).get(number).op('i64.extend_i32_u').i64(32n).op('i64.shl').memory('i64.atomic.store', CLAIM);
  // Waking costs a system call: only when somebody sleeps, and there is something for more than one thread.
  a.i32(0).memory('i32.atomic.load', SLEEPERS).open('if');
  a.get(entry).memory('i32.load', ENTRY_CHUNKS).i32(1).op('i32.gt_u');
  a.i32(0).memory('i32.atomic.load', MAIN_SLEEPS).op('i32.or').open('if');
  a.i32(0)
    .i32(-1)
    .memory('memory.atomic.notify', CLAIM + 4)
    .op('drop');
  a.end().end();
  return a;
}

function currentNumber(a: Assembler): Assembler {
  return a.i32(0).memory('i32.atomic.load', CLAIM + 4);
}

/** `finishChunk(entry)` */
function finishBody(publish: number): Assembler {
  const a = new Assembler(1);
  const entry = 0;
  const next = a.local('i32');
  const chunks = a.local('i32');
  // The entry is read before the chunk is counted: afterwards its memory may belong to another list.
  a.get(entry).memory('i32.load', ENTRY_NEXT).set(next);
  a.get(entry).memory('i32.load', ENTRY_CHUNKS).set(chunks);
  a.i32(0).i32(1).memory('i32.atomic.rmw.add', FINISHED).i32(1).op('i32.add');
  a.get(chunks).op('i32.eq').open('if');
  a.i32(0).i32(0).memory('i32.atomic.store', FINISHED);
  currentNumber(a).i32(1).op('i32.add');
  a.get(next).i32(IDLE_ENTRY).get(next).op('select').index('call', publish);
  a.end();
  return a;
}

function openBody(publish: number): Assembler {
  const a = new Assembler(1);
  currentNumber(a).i32(1).op('i32.add').get(0).index('call', publish);
  return a;
}

/** The chunks taken from the start and from the end, of the word that is claimed in: half of it each. */
const END_SHIFT = 16;
const fromStart = (a: Assembler, taken: number) =>
  a
    .get(taken)
    .i32((1 << END_SHIFT) - 1)
    .op('i32.and');
const fromEnd = (a: Assembler, taken: number) => a.get(taken).i32(END_SHIFT).op('i32.shr_u');

function workBody(kernelType: number, finish: number, sharedMemory: boolean): Assembler {
  const a = new Assembler(4);
  const [thread, kernels, mail, maySleep] = [0, 1, 2, 3];
  const claim = a.local('i64');
  const entry = a.local('i32');
  const chunks = a.local('i32');
  const chunk = a.local('i32');
  const taken = a.local('i32');
  const odd = a.local('i32');
  const spins = a.local('i32');
  const own = a.local('i32');
  const first = a.local('i32');
  const end = a.local('i32');
  a.get(thread).i32(THREAD_SIZE).op('i32.mul').i32(THREADS).op('i32.add').set(own);
  a.get(thread).i32(1).op('i32.and').set(odd);
  a.open('loop');
  a.i32(0).memory('i64.atomic.load', CLAIM).tee(claim).op('i32.wrap_i64').set(taken);
  // The parity of the dispatch's number, times 4: bit 32 of the claim.
  a.get(claim).i64(32n).op('i64.shr_u').op('i32.wrap_i64').i32(1).op('i32.and').i32(2).op('i32.shl');
  a.memory('i32.atomic.load', CURRENT).tee(entry).memory('i32.load', ENTRY_CHUNKS).set(chunks);

  // The main thread returns when nothing is left.
  a.get(thread).get(chunks).op('i32.or').op('i32.eqz').open('if').i32(DONE).op('return').end();

  // A chunk for this thread?
  fromStart(a, taken);
  fromEnd(a, taken).op('i32.add').get(chunks).op('i32.lt_u');
  a.get(chunks).i32(1).op('i32.gt_u').get(thread).op('i32.eqz').op('i32.or').op('i32.and').open('if');
  a.get(entry).memory('i32.load', ENTRY_KERNEL).get(kernels).op('i32.ge_u');
  a.open('if').i32(MESSAGES).op('return').end();
  a.get(chunks).i32(1).op('i32.sub');
  fromEnd(a, taken).op('i32.sub');
  fromStart(a, taken).get(odd).op('select').set(chunk);
  a.i32(0).get(claim);
  a.get(claim)
    .i64(1n << BigInt(END_SHIFT))
    .i64(1n)
    .get(odd)
    .op('select')
    .op('i64.add');
  a.memory('i64.atomic.rmw.cmpxchg', CLAIM);
  a.get(claim).op('i64.eq').open('if');
  runChunk(a, { kernelType, finish, own, entry, chunk, first, end });
  a.i32(0).set(spins);
  a.end();
  a.index('br', 1);
  a.end();

  // Nothing to do: look again for a while, then sleep until the dispatch's number changes.
  a.get(spins).i32(1).op('i32.add').tee(spins).i32(SPINS).op('i32.lt_u').index('br_if', 0);
  a.i32(0)
    .memory('i32.atomic.load', MAIL)
    .get(mail)
    .op('i32.ne')
    .get(thread)
    .i32(0)
    .op('i32.ne')
    .op('i32.and');
  a.open('if').i32(MESSAGES).op('return').end();
  a.get(maySleep).op('i32.eqz').open('if').i32(STALLED).op('return').end();
  if (sharedMemory) sleep(a, { thread, claim });
  a.i32(0).set(spins);
  a.index('br', 0);
  a.end();
  a.op('unreachable');
  return a;
}

/** Executes the chunk that was claimed, unless the list is being abandoned, and counts it. */
function runChunk(
  a: Assembler,
  l: {
    kernelType: number;
    finish: number;
    own: number;
    entry: number;
    chunk: number;
    first: number;
    end: number;
  },
): void {
  a.i32(0).memory('i32.atomic.load', ABORTED).op('i32.eqz').open('if');
  a.get(l.chunk).get(l.entry).memory('i32.load', ENTRY_CHUNK_SIZE).op('i32.mul').tee(l.first);
  a.get(l.entry).memory('i32.load', ENTRY_CHUNK_SIZE).op('i32.add').set(l.end);
  // The last chunk may be shorter. (Compared by what is left: the sum may be beyond 32 bits.)
  a.get(l.entry).memory('i32.load', ENTRY_WORKGROUPS).get(l.first).op('i32.sub');
  a.get(l.entry).memory('i32.load', ENTRY_CHUNK_SIZE).op('i32.lt_u').open('if');
  a.get(l.entry).memory('i32.load', ENTRY_WORKGROUPS).set(l.end).end();
  a.get(l.own).get(l.entry).memory('i32.store', THREAD_RUNNING);
  a.get(l.entry).memory('i32.load', ENTRY_ARGUMENTS).get(l.first).get(l.end);
  a.get(l.own).memory('i32.load', THREAD_SCRATCH);
  a.get(l.entry).memory('i32.load', ENTRY_KERNEL).callIndirect(l.kernelType);
  a.get(l.own).i32(0).memory('i32.store', THREAD_RUNNING);
  a.end();
  a.get(l.entry).index('call', l.finish);
}

function sleep(a: Assembler, l: { thread: number; claim: number }): void {
  a.i32(0).i32(1).memory('i32.atomic.rmw.add', SLEEPERS).op('drop');
  a.get(l.thread).op('i32.eqz').open('if').i32(0).i32(1).memory('i32.atomic.store', MAIN_SLEEPS).end();
  a.i32(0).get(l.claim).i64(32n).op('i64.shr_u').op('i32.wrap_i64');
  // Workers wait for ever, the main thread for a moment: a worker may have died with a chunk in its hands.
  a.i64(MAIN_PATIENCE).i64(-1n).get(l.thread).op('i32.eqz').op('select');
  a.memory('memory.atomic.wait32', CLAIM + 4);
  const timedOut = a.local('i32');
  a.i32(2).op('i32.eq').set(timedOut);
  a.i32(0).i32(1).memory('i32.atomic.rmw.sub', SLEEPERS).op('drop');
  a.get(l.thread).op('i32.eqz').open('if').i32(0).i32(0).memory('i32.atomic.store', MAIN_SLEEPS).end();
  a.get(timedOut).open('if').i32(STALLED).op('return').end();
}
