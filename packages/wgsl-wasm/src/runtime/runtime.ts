/**
 * The runtime: buffers in one memory, kernels, lists of dispatches, threads.
 *
 * The main thread takes part in the work: `submit` returns when the list is done, so that reads and writes after it
 * need no waiting. Only when another thread holds its last chunk for long does `submit` return early; what follows
 * then waits in a queue. So does everything while a page fetches the whole compiler, which a kernel asked for
 * (`compiler.ts`).
 */
import { Executor } from './executor.ts';
import type { Features } from './features.ts';
import { Kernels } from './kernels.ts';
import { CLAIM } from './layout.ts';
import type { WasmRuntimeOptions } from './open.ts';
import { mayBlock } from './platform.ts';
import { Recorded, requireRange } from './prepare-list.ts';
import type { RaceDetector } from './race-detector.ts';
import { DONE, schedulerModule } from './scheduler.ts';
import { Scratch } from './scratch.ts';
import type { SecondCompiler } from './second-compiler.ts';
import { Space } from './space.ts';
import { Submission } from './submission.ts';
import { Team } from './team.ts';
import { takeTrap } from './traps.ts';
import { Turns } from './turns.ts';
import type { KernelSource, RuntimeBuffer, RuntimeDispatch, RuntimeKernel, RuntimeList } from './types.ts';
import type { Wide } from './wide.ts';

interface OwnedBuffer extends RuntimeBuffer {
  destroyed: boolean;
}

/** Milliseconds after which a thread is taken for dead that has begun a piece of work. */
const longestPiece = 30_000;

/** Runs compiled kernels over buffers in one memory, on several threads where memory can be shared. */
export class WasmRuntime {
  /** How many threads work, the main thread included. */
  readonly threads: number;
  /** What the engine can do. */
  readonly features: Features;
  /** True if kernels are compiled with bounds checks. */
  readonly debug: boolean;
  /** Found out while opening. */
  wide: Wide = { vectorBits: 128 };
  /** Bytes of the buffers that exist. */
  bytesInUse = 0;
  /** Number of buffers that exist. */
  bufferCount = 0;

  private readonly space: Space;
  private readonly executor: Executor;
  private readonly team: Team;
  readonly #turns = new Turns(() => this.#continueWork());
  readonly #kernels: Kernels;
  readonly #submission: Submission;
  #destroyedBuffers = 0;
  /** When the main thread looks again after a list that other threads hold up. */
  #later: ReturnType<typeof setTimeout> | undefined;
  /** Set when the runtime cannot work any more. */
  #dead: Error | null = null;
  /** The buffers that exist, for messages; null if nobody will ask. */
  readonly #buffers: Set<RuntimeBuffer> | null;
  /** What is called with the description of a data race; null: it is a failure. Set it after opening. */
  onRace: ((message: string) => void) | null = null;

  /** Use `openWasmRuntime`. @internal */
  constructor(
    threads: number,
    found: Features,
    options: WasmRuntimeOptions = {},
    compiler?: SecondCompiler,
    detector: RaceDetector | null = null,
  ) {
    const { debug = false, startTimeout = 30, operationLimit, worker, robust } = options;
    this.#buffers = debug ? new Set() : null;
    this.features = found;
    this.threads = threads;
    this.debug = debug;
    this.space = new Space(threads > 1, () => this.#finish());
    const scheduler = firstModule(schedulerModule(threads > 1));
    this.executor = new Executor(this.space.memory, scheduler, 0, compiler);
    this.team = new Team({
      threads,
      space: this.space,
      scheduler,
      compiles: compiler !== undefined,
      startTimeout,
      file: worker,
      onDeath: (error) => this.#die(error),
    });
    const { space, executor, team } = this;
    const turns = this.#turns;
    this.#kernels = new Kernels({
      options: {
        debug,
        races: detector !== null,
        robust,
        relaxedSimd: found.relaxedSimd,
        sharedMemory: space.shared,
        operationLimit,
      },
      space,
      turns,
      scratch: new Scratch(space, turns, threads),
      executor,
      team,
      detector,
      requireAlive: () => this.#requireAlive(),
      isDead: () => this.#dead !== null,
      die: (error) => this.#die(error),
    });
    this.#submission = new Submission(space, turns, detector, {
      start: (address) => this.#start(address),
      onRace: (message) => {
        if (this.onRace) this.onRace(message);
        else turns.failure ??= new Error(message);
      },
    });
  }

  /** Why the runtime cannot be used any more; null while it can. */
  get lost(): Error | null {
    return this.#dead;
  }

  /** Starts the worker threads. They join the work when they are ready: `workersStarted` waits for that. */
  async startWorkers(): Promise<void> {
    await this.team.start();
    this.#requireAlive();
  }

  /**
   * Waits until every worker takes part. Throws if one cannot, so that fewer threads than `threads` says never go
   * unnoticed.
   */
  async workersStarted(): Promise<void> {
    if (!this.#dead) await this.team.started();
    this.#requireAlive();
  }

  // --- buffers ------------------------------------------------------------------------------------------------------

  /** A buffer of zeros. Throws a RangeError when there is no memory left. */
  createBuffer(bytes: number, label = 'buffer'): RuntimeBuffer {
    if (!Number.isInteger(bytes) || bytes <= 0) {
      throw new RangeError(
        `createBuffer: the size of '${label}' must be a positive whole number of bytes, not ${bytes}`,
      );
    }
    this.#requireAlive();
    const buffer: OwnedBuffer = { label, bytes, address: this.space.allocate(bytes), destroyed: false };
    this.bytesInUse += bytes;
    this.bufferCount++;
    this.#buffers?.add(buffer);
    return buffer;
  }

  /** Frees a buffer, after the lists that use it are done. */
  destroyBuffer(buffer: RuntimeBuffer): void {
    const owned = buffer as OwnedBuffer;
    if (owned.destroyed) return;
    owned.destroyed = true;
    this.bytesInUse -= buffer.bytes;
    this.bufferCount--;
    this.#destroyedBuffers++;
    this.#buffers?.delete(buffer);
    this.#turns.take(() => this.space.release(buffer.address, buffer.bytes));
  }

  /** Copies `data` into the buffer, after everything submitted so far. */
  write(buffer: RuntimeBuffer, offset: number, data: ArrayBufferView): void {
    requireRange('write', buffer, offset, data.byteLength);
    let source = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // The caller may change the data once this returns.
    if (this.#turns.busy) source = source.slice();
    this.#turns.take(() => this.space.bytes.set(source, buffer.address + offset));
  }

  /** A copy of part of the buffer, after everything submitted so far. Rejects if something of that failed. */
  async read(buffer: RuntimeBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    requireRange('read', buffer, offset, bytes);
    const copy = new Uint8Array(bytes);
    const { address } = buffer;
    // Before anything that the caller does next: a later write or list must not show here.
    this.#turns.take(() => copy.set(this.space.bytes.subarray(address + offset, address + offset + bytes)));
    await this.#settled();
    return copy.buffer;
  }

  /**
   * Calls `action` with the memory, after everything submitted so far. What it submits or writes comes before
   * everything that waits.
   */
  inTurn(action: (bytes: Uint8Array) => void): void {
    this.#requireAlive();
    this.#turns.take(() => this.#turns.nowOrFail(() => action(this.space.bytes)));
  }

  // --- kernels ------------------------------------------------------------------------------------------------------

  /**
   * Compiles a kernel; the same source is compiled once. Throws if it is not valid or not supported. In a page, what is
   * wrong with a kernel may be known only when more of the compiler was fetched: then the next `read` or `synchronize`
   * rejects with it.
   */
  prepare(source: KernelSource): RuntimeKernel {
    return this.#kernels.prepare(source);
  }

  // --- lists --------------------------------------------------------------------------------------------------------

  /** Runs dispatches in order; each sees what the ones before it wrote. Or runs a recorded list. */
  submit(list: readonly RuntimeDispatch[] | RuntimeList): void {
    this.#requireAlive();
    if (list instanceof Recorded) {
      this.#requireUsable(list);
      if (list.dispatches) this.submit(list.dispatches);
      else if (list.length > 0) this.#turns.take(list.start);
      return;
    }
    this.#submission.submit(list as readonly RuntimeDispatch[]);
  }

  /** Encodes a list once, so that submitting it costs next to nothing. Its buffers must stay alive. */
  record(list: readonly RuntimeDispatch[]): RuntimeList {
    this.#requireAlive();
    return this.#submission.record(list);
  }

  #requireUsable(list: Recorded): void {
    if (list.destroyed) throw new Error('submit: the recorded list is destroyed');
    if (list.checkedAt === this.#destroyedBuffers) return;
    for (const buffer of list.buffers) {
      if (buffer.destroyed)
        throw new Error(`submit: the buffer '${buffer.label}' of the recorded list is destroyed`);
    }
    list.checkedAt = this.#destroyedBuffers;
  }

  // --- running ------------------------------------------------------------------------------------------------------

  #start(address: number): void {
    // After a failure nothing runs until it was reported: the data are not what the next list expects.
    if (this.#turns.failure || this.#dead) return;
    this.executor.compileLoaded();
    this.#turns.running = true;
    this.executor.scheduler.open(address);
    this.#continueWork();
  }

  /** Works until the list is done; if other threads hold the rest of it for long, looks again later. */
  #continueWork(): void {
    if (this.#dead) return;
    if (this.executor.work(0, mayBlock && this.space.shared) !== DONE) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        if (this.#turns.running) this.#continueWork();
      }, 1);
      return;
    }
    this.#turns.running = false;
    const trap = takeTrap(this.space.words, this.#kernels.compiled, this.#buffers ?? []);
    if (trap?.endless) {
      this.#die(trap.error);
      return;
    }
    this.#turns.failure ??= trap?.error ?? null;
    this.#turns.goOn();
  }

  /**
   * Works on until nothing waits: for memory that comes free only then. Gives up when for long no thread has taken a
   * piece of work: one that has died cannot be told from a slow one here.
   */
  #finish(): void {
    let taken = 0n;
    let since = performance.now();
    while (this.#turns.running && performance.now() - since < longestPiece) {
      this.#continueWork();
      const now = new BigInt64Array(this.space.memory.buffer, CLAIM, 1)[0];
      if (now !== taken) since = performance.now();
      taken = now;
    }
  }

  async #settled(): Promise<void> {
    await this.workersStarted();
    await this.#turns.done();
    this.#requireAlive();
    this.#turns.report();
  }

  /** Waits for everything submitted so far. Rejects if something of that failed. */
  async synchronize(): Promise<void> {
    await this.#settled();
  }

  #requireAlive(): void {
    if (this.#dead) throw this.#dead;
  }

  #die(error: Error): void {
    if (this.#dead) return;
    this.#dead = error;
    this.team.end();
    this.#turns.stop();
  }

  /** Ends the threads. Everything afterwards throws or rejects. */
  async destroy(): Promise<void> {
    if (!this.#dead) {
      this.#dead = new Error('the runtime was destroyed');
      this.team.end();
      this.#turns.wake();
    }
    await this.team.ended();
  }
}

/** Compiles what is known to be right: if that fails, WebAssembly may not be compiled here at all. */
function firstModule(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      "this page may not compile WebAssembly: let the server's Content-Security-Policy have " +
        `script-src 'self' 'wasm-unsafe-eval' (${said})`,
      { cause },
    );
  }
}
