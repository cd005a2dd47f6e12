/**
 * The runtime: buffers in one memory, kernels, lists of dispatches, threads.
 *
 * The main thread takes part in the work: `submit` returns when the list is done, so that reads and writes after it
 * need no waiting. Only when another thread holds its last chunk for long does `submit` return early; what follows
 * then waits in a queue. So does everything while a page fetches parts of the compiler that a kernel asked for
 * (`rare.ts`).
 */
import { checkOptions, flag, type OptionTable, positive, text, whole } from '@glassbox/options';
import { type CompiledKernel, compileKernel } from '../compile.ts';
import { hasRareParts, loadRareParts } from '../rare.ts';
import { Executor } from './executor.ts';
import { type Features, features } from './features.ts';
import { Kernel } from './kernel.ts';
import {
  CLAIM,
  MAIL,
  MAXIMUM_THREADS,
  SCRATCH_HEADER,
  THREAD_SCRATCH,
  THREAD_SIZE,
  THREADS,
} from './layout.ts';
import { listBytes, writeList } from './lists.ts';
import { coreCount, isNode, mayBlock, opensWithWorkers, startThread, type Thread } from './platform.ts';
import { prepareList, Recorded, requireBuffers, requireRange } from './prepare-list.ts';
import { DONE, schedulerModule } from './scheduler.ts';
import { type SecondCompiler, secondCompiler } from './second-compiler.ts';
import { Space } from './space.ts';
import { takeTrap } from './traps.ts';
import type { KernelSource, RuntimeBuffer, RuntimeDispatch, RuntimeKernel, RuntimeList } from './types.ts';
import type { Wide } from './wide.ts';
import type { WorkerStart } from './worker.ts';

/** Threads, checks and limits of a runtime. */
export interface WasmRuntimeOptions {
  /** How many threads work, the main thread included. Default: the number of cores. Without shared memory always 1. */
  readonly threads?: number;
  /** Compile kernels with bounds checks. In a page, mistakes in a kernel are then thrown where it is prepared. */
  readonly debug?: boolean;
  /** Compile kernels so that accesses out of bounds stay inside of what they access: see `CompileOptions`. */
  readonly robust?: boolean;
  /**
   * Operations that an invocation may take in loops (a workgroup, if the kernel has barriers), roughly counted. With
   * more, the kernel is taken to run for ever, and the runtime is lost. Default 2^34: between half a second and some
   * twenty.
   */
  readonly operationLimit?: number;
  /**
   * Ask the engine for 256-bit operations, where they are found to be right and faster (`wide.ts`). This sets a flag of
   * V8 for the whole process, with which all WebAssembly is compiled from then on; so the default is false. Kernels are
   * then compiled by V8's second compiler before they run (`second-compiler.ts`).
   */
  readonly wide?: boolean;
  /** Seconds within which the worker threads must have started; default 30. Then the runtime is lost. */
  readonly startTimeout?: number;
  /**
   * Address of the file that worker threads run (`@glassbox/wgsl-wasm/worker`), if it does not lie beside the code that
   * starts them. In a page it is relative to the page, and may be of another origin. In Node it is a path or a `file:`
   * URL.
   */
  readonly worker?: string;
}

const optionNames: OptionTable<WasmRuntimeOptions> = {
  threads: whole(1, MAXIMUM_THREADS),
  debug: flag,
  robust: flag,
  operationLimit: positive,
  wide: flag,
  startTimeout: positive,
  worker: text,
};

/** Writes, lists and buffers to free that may wait for a running list before the main thread helps again. */
const MOST_WAITING = 256;

interface OwnedBuffer extends RuntimeBuffer {
  destroyed: boolean;
}

/** Whether a kernel of the list waits for parts of the compiler. */
const isLate = (list: readonly RuntimeDispatch[]): boolean =>
  list.some(({ kernel }) => (kernel as Kernel).isLate);

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
  private readonly workers: Thread[] = [];
  private readonly kernels: Kernel[] = [];
  private readonly kernelsByText = new Map<string, Kernel>();
  private scratchBytes = -1;
  private scratch: { readonly address: number; readonly size: number } | null = null;
  /** Memory for lists that are submitted without being recorded. */
  private listAddress = 0;
  private listCapacity = 0;
  private destroyedBuffers = 0;
  /** What waits for a list that is still running, or for parts of the compiler. */
  private readonly queue: (() => void)[] = [];
  private running = false;
  /** Parts of the compiler come over the network. */
  private loading = false;
  /** When the main thread looks again after a list that other threads hold up. */
  private later: ReturnType<typeof setTimeout> | undefined;
  private failure: Error | null = null;
  /** Set when the runtime cannot work any more. */
  private dead: Error | null = null;
  private idle: (() => void)[] = [];

  /** Workers that have not said yet that they started, and who waits for that. */
  private starting = new Set<number>();
  private startWaiters: (() => void)[] = [];
  private readonly startTimeout: number;
  private readonly workerFile: string | undefined;
  private readonly operationLimit: number | undefined;
  private readonly robust: boolean | undefined;
  /** Whether threads give kernels to V8's second compiler before they run. */
  private readonly compiles: boolean;
  /** The end of the threads that were told to end. */
  private ended: Promise<unknown> = Promise.resolve();

  /** Use `openWasmRuntime`. */
  constructor(threads: number, found: Features, options: WasmRuntimeOptions = {}, compiler?: SecondCompiler) {
    const { debug = false, startTimeout = 30, operationLimit, worker, robust } = options;
    this.startTimeout = startTimeout;
    this.workerFile = worker;
    this.operationLimit = operationLimit;
    this.robust = robust;
    this.compiles = compiler !== undefined;
    this.features = found;
    this.threads = threads;
    this.debug = debug;
    this.space = new Space(threads > 1);
    this.schedulerModule = firstModule(schedulerModule(threads > 1));
    this.executor = new Executor(this.space.memory, this.schedulerModule, 0, compiler);
    this.reserveScratch(0);
  }

  private readonly schedulerModule: WebAssembly.Module;

  /** Why the runtime cannot be used any more; null while it can. */
  get lost(): Error | null {
    return this.dead;
  }

  /** Starts the worker threads. They join the work when they are ready: `workersStarted` waits for that. */
  async startWorkers(): Promise<void> {
    for (let thread = 1; thread < this.threads; thread++) {
      const { memory } = this.space;
      const data: WorkerStart = { memory, scheduler: this.schedulerModule, thread, compiles: this.compiles };
      this.starting.add(thread);
      const events = {
        onStart: () => {
          this.starting.delete(thread);
          if (this.starting.size === 0) this.wakeStartWaiters();
        },
        onDeath: (reason: string) => this.workerDied(thread, reason),
      };
      try {
        this.workers.push(await startThread(this.workerFile, data, events));
      } catch (error) {
        this.workerDied(thread, error instanceof Error ? error.message : String(error));
      }
      if (this.dead) throw this.dead;
    }
  }

  /**
   * Waits until every worker takes part. Throws if one cannot, so that fewer threads than `threads` says never go
   * unnoticed.
   */
  async workersStarted(): Promise<void> {
    if (this.starting.size > 0 && !this.dead) {
      const missing = () =>
        this.workerDied([...this.starting][0], `nothing of it within ${this.startTimeout} s`);
      const timer = setTimeout(missing, 1000 * this.startTimeout);
      await new Promise<void>((resolve) => this.startWaiters.push(resolve));
      clearTimeout(timer);
    }
    this.requireAlive();
  }

  private wakeStartWaiters(): void {
    for (const resolve of this.startWaiters.splice(0)) resolve();
  }

  // --- buffers --------------------------------------------------------------------------------------------------------

  /** A buffer of zeros. Throws a RangeError when there is no memory left. */
  createBuffer(bytes: number, label = 'buffer'): RuntimeBuffer {
    if (!Number.isInteger(bytes) || bytes <= 0) {
      throw new RangeError(
        `createBuffer: the size of '${label}' must be a positive whole number of bytes, not ${bytes}`,
      );
    }
    this.requireAlive();
    const buffer: OwnedBuffer = { label, bytes, address: this.space.allocate(bytes), destroyed: false };
    this.bytesInUse += bytes;
    this.bufferCount++;
    return buffer;
  }

  /** Frees a buffer, after the lists that use it are done. */
  destroyBuffer(buffer: RuntimeBuffer): void {
    const owned = buffer as OwnedBuffer;
    if (owned.destroyed) return;
    owned.destroyed = true;
    this.bytesInUse -= buffer.bytes;
    this.bufferCount--;
    this.destroyedBuffers++;
    this.enqueue(() => this.space.release(buffer.address, buffer.bytes));
  }

  /** Copies `data` into the buffer, after everything submitted so far. */
  write(buffer: RuntimeBuffer, offset: number, data: ArrayBufferView): void {
    requireRange('write', buffer, offset, data.byteLength);
    let source = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    // The caller may change the data once this returns.
    if (this.busy) source = source.slice();
    this.enqueue(() => this.space.bytes.set(source, buffer.address + offset));
  }

  /** A copy of part of the buffer, after everything submitted so far. Rejects if something of that failed. */
  async read(buffer: RuntimeBuffer, offset: number, bytes: number): Promise<ArrayBuffer> {
    requireRange('read', buffer, offset, bytes);
    const copy = new Uint8Array(bytes);
    const { address } = buffer;
    // Before anything that the caller does next: a later write or list must not show here.
    this.enqueue(() => copy.set(this.space.bytes.subarray(address + offset, address + offset + bytes)));
    await this.settled();
    return copy.buffer;
  }

  /**
   * Calls `action` with the memory, after everything submitted so far. What it submits or writes comes before
   * everything that waits.
   */
  inTurn(action: (bytes: Uint8Array) => void): void {
    this.requireAlive();
    this.enqueue(() => this.nowOrFail(() => action(this.space.bytes)));
  }

  // --- kernels --------------------------------------------------------------------------------------------------------

  /**
   * Compiles a kernel; the same source is compiled once. Throws if it is not valid or not supported. In a page, what is
   * wrong with a kernel may be known only when more of the compiler was fetched: then the next `read` or `synchronize`
   * rejects with it.
   */
  prepare(source: KernelSource): RuntimeKernel {
    const { wgsl, entryPoint, overrides } = source;
    const key = entryPoint || overrides ? JSON.stringify([wgsl, entryPoint, overrides]) : wgsl;
    const known = this.kernelsByText.get(key);
    if (known) return known;
    this.requireAlive();
    const kernel = new Kernel(source.name);
    if (!this.compile(kernel, source)) this.enqueue(() => this.compileLate(kernel, source));
    this.kernelsByText.set(key, kernel);
    return kernel;
  }

  /** @returns false if more of the compiler is needed, be it to say what is wrong */
  private compile(kernel: Kernel, { name, wgsl, entryPoint, overrides }: KernelSource): boolean {
    let compiled: CompiledKernel;
    try {
      compiled = compileKernel(wgsl, {
        entryPoint,
        overrides,
        debug: this.debug,
        robust: this.robust,
        relaxedSimd: this.features.relaxedSimd,
        sharedMemory: this.space.shared,
        operationLimit: this.operationLimit,
      });
    } catch (error) {
      if (!hasRareParts()) return false;
      throw new Error(`kernel '${name}': ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
    const module = new WebAssembly.Module(compiled.wasm);
    this.reserveScratch(compiled.scratchBytes);
    const tables = this.placeTables(compiled.tables);
    kernel.become({ compiled, index: this.executor.load(module), tables });
    this.kernels.push(kernel);
    for (const worker of this.workers) worker.post(module);
    this.wakeForMail();
    return true;
  }

  /** Compiles a kernel in its turn, after its parts of the compiler have come. */
  private compileLate(kernel: Kernel, source: KernelSource): void {
    const compile = () => {
      const error = this.nowOrFail(() => this.compile(kernel, source));
      if (error) kernel.become(error);
    };
    if (hasRareParts()) {
      compile();
      return;
    }
    this.loading = true;
    loadRareParts().then(
      () => {
        this.loading = false;
        if (this.dead) return;
        compile();
        this.takeFromQueue();
      },
      ({ message }: Error) =>
        this.die(new Error(`a part of the compiler could not be loaded (${message}); open a new runtime`)),
    );
  }

  /** Constants of a kernel, in memory for as long as the runtime lives. */
  private placeTables(tables: Uint8Array): number {
    if (tables.length === 0) return 0;
    const address = this.space.allocate(tables.length);
    this.space.bytes.set(tables, address);
    return address;
  }

  private wakeForMail(): void {
    if (this.workers.length === 0) return;
    const { words } = this.space;
    Atomics.add(words, MAIL >> 2, 1);
    Atomics.notify(words, (CLAIM + 4) >> 2);
  }

  /**
   * Gives every thread scratch memory of at least that size, from the next list on. Throws when there is no memory
   * left.
   */
  private reserveScratch(bytes: number): void {
    if (bytes <= this.scratchBytes) return;
    const stride = SCRATCH_HEADER + Math.ceil(bytes / 64) * 64 + 256;
    const size = stride * this.threads;
    const address = this.space.allocate(size);
    const before = this.scratch;
    this.scratch = { address, size };
    this.scratchBytes = bytes;
    this.enqueue(() => {
      if (before) this.space.release(before.address, before.size);
      for (let thread = 0; thread < this.threads; thread++) {
        const own = THREADS + thread * THREAD_SIZE;
        this.space.words[(own + THREAD_SCRATCH) >> 2] = address + thread * stride + SCRATCH_HEADER;
      }
    });
  }

  // --- lists ----------------------------------------------------------------------------------------------------------

  /** Runs dispatches in order; each sees what the ones before it wrote. Or runs a recorded list. */
  submit(list: readonly RuntimeDispatch[] | RuntimeList): void {
    this.requireAlive();
    if (list instanceof Recorded) {
      this.requireUsable(list);
      if (list.length > 0) this.enqueue(list.start);
      return;
    }
    const dispatches = list as readonly RuntimeDispatch[];
    if (isLate(dispatches)) {
      requireBuffers(dispatches);
      const asked = [...dispatches];
      this.enqueue(() => this.submitLate(asked));
      return;
    }
    const prepared = prepareList(dispatches);
    if (prepared.length === 0) return;
    const address = this.reserveList(listBytes(prepared));
    this.enqueue(() => {
      writeList(this.space.words, address, prepared);
      this.start(address);
    });
  }

  /** A list whose kernels were late, in its turn. */
  private submitLate(list: readonly RuntimeDispatch[]): void {
    let address = 0;
    this.nowOrFail(() => {
      const prepared = prepareList(list, true);
      if (prepared.length === 0) return;
      address = this.reserveList(listBytes(prepared));
      writeList(this.space.words, address, prepared);
    });
    if (address > 0) this.start(address);
  }

  /**
   * Memory for a list of so many bytes that waits for those before it. Throws, here and not in the queue, when there
   * is none left.
   */
  private reserveList(bytes: number): number {
    if (bytes > this.listCapacity) {
      const [before, size] = [this.listAddress, this.listCapacity];
      this.listAddress = this.space.allocate(2 * bytes);
      this.listCapacity = 2 * bytes;
      if (before) this.enqueue(() => this.space.release(before, size));
    }
    return this.listAddress;
  }

  /** Encodes a list once, so that submitting it costs next to nothing. Its buffers must stay alive. */
  record(list: readonly RuntimeDispatch[]): RuntimeList {
    this.requireAlive();
    const buffers = new Set(list.flatMap((dispatch) => dispatch.buffers.map((binding) => binding.buffer)));
    let address = 0;
    let bytes = 0;
    const late = isLate(list);
    const asked = late ? [...list] : list;
    const place = () => {
      const prepared = prepareList(asked, late);
      bytes = Math.max(listBytes(prepared), 4);
      address = this.space.allocate(bytes);
      writeList(this.space.words, address, prepared);
    };
    const start = () => {
      if (address > 0) this.start(address);
      else this.nowOrFail(place);
    };
    if (late) {
      requireBuffers(list);
      this.enqueue(() => this.nowOrFail(place));
    } else place();
    const length = list.filter(({ workgroups: [x, y, z] }) => x * y * z > 0).length;
    return new Recorded(length, buffers, start, () =>
      this.enqueue(() => {
        if (address > 0) this.space.release(address, bytes);
      }),
    );
  }

  private requireUsable(list: Recorded): void {
    if (list.destroyed) throw new Error('submit: the recorded list is destroyed');
    if (list.checkedAt === this.destroyedBuffers) return;
    for (const buffer of list.buffers) {
      if (buffer.destroyed)
        throw new Error(`submit: the buffer '${buffer.label}' of the recorded list is destroyed`);
    }
    list.checkedAt = this.destroyedBuffers;
  }

  // --- running --------------------------------------------------------------------------------------------------------

  /**
   * Does it now, or after the list that is running. Where much waits already, it works on: a caller that never lets the
   * event loop turn would else fill the memory with what waits.
   */
  private enqueue(action: () => void): void {
    if (this.running && this.queue.length % MOST_WAITING === MOST_WAITING - 1) this.continueWork();
    if (this.busy || this.queue.length > 0) this.queue.push(action);
    else action();
  }

  /** Whether what is asked for now has to wait. */
  private get busy(): boolean {
    return this.running || this.loading;
  }

  /**
   * Does what was in the queue, and what that puts into the queue before all that waits already. If it throws, that is
   * the failure that is reported next. @returns the error
   */
  private nowOrFail(action: () => void): Error | undefined {
    const waiting = this.queue.splice(0);
    try {
      action();
      return undefined;
    } catch (error) {
      this.failure ??= error as Error;
      return error as Error;
    } finally {
      this.queue.push(...waiting);
    }
  }

  private start(address: number): void {
    // After a failure nothing runs until it was reported: the data are not what the next list expects.
    if (this.failure || this.dead) return;
    this.executor.compileLoaded();
    this.running = true;
    this.executor.scheduler.open(address);
    this.continueWork();
  }

  /** Works until the list is done; if other threads hold the rest of it for long, looks again later. */
  private continueWork(): void {
    if (this.dead) return;
    if (this.executor.work(0, mayBlock && this.space.shared) !== DONE) {
      this.later ??= setTimeout(() => {
        this.later = undefined;
        if (this.running) this.continueWork();
      }, 1);
      return;
    }
    this.running = false;
    const trap = takeTrap(this.space.words, this.kernels);
    if (trap?.endless) {
      this.die(trap.error);
      return;
    }
    this.failure ??= trap?.error ?? null;
    this.takeFromQueue();
  }

  /** Does what waits, until a list runs or parts of the compiler are missing. */
  private takeFromQueue(): void {
    while (!this.busy) {
      const next = this.queue.shift();
      if (!next) break;
      next();
    }
    if (!this.busy) this.wakeIdle();
  }

  private wakeIdle(): void {
    const waiting = this.idle;
    this.idle = [];
    for (const resolve of waiting) resolve();
  }

  private async settled(): Promise<void> {
    if (this.starting.size > 0) await this.workersStarted();
    if (this.busy) await new Promise<void>((resolve) => this.idle.push(resolve));
    if (this.dead) throw this.dead;
    if (this.failure) {
      const { failure } = this;
      this.failure = null;
      throw failure;
    }
  }

  /** Waits for everything submitted so far. Rejects if something of that failed. */
  async synchronize(): Promise<void> {
    await this.settled();
  }

  private requireAlive(): void {
    if (this.dead) throw this.dead;
  }

  private workerDied(thread: number, reason: string): void {
    if (this.dead) return;
    this.die(
      new Error(
        this.starting.has(thread)
          ? `worker thread ${thread} did not start (${reason}); let the worker's file (@glassbox/wgsl-wasm/worker, or what a bundler made of it) be found and run, name it by the option worker, or open with threads: 1`
          : `worker thread ${thread} died (${reason}); open a new runtime`,
      ),
    );
  }

  private die(error: Error): void {
    this.dead = error;
    this.running = false;
    this.loading = false;
    this.queue.length = 0;
    this.endWorkers();
    this.wakeIdle();
  }

  private endWorkers(): void {
    this.ended = Promise.all(this.workers.splice(0).map((worker) => worker.terminate()));
    this.starting.clear();
    this.wakeStartWaiters();
  }

  /** Ends the threads. Everything afterwards throws or rejects. */
  async destroy(): Promise<void> {
    if (!this.dead) {
      this.dead = new Error('the runtime was destroyed');
      this.endWorkers();
      this.wakeIdle();
    }
    await this.ended;
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

/**
 * Opens a runtime. Fast in Node, where worker threads start on their own time and the first read waits for them.
 * @throws if there are no such threads, or if one of them does not start (in Node, the first read may be what throws).
 */
export async function openWasmRuntime(options: WasmRuntimeOptions = {}): Promise<WasmRuntime> {
  checkOptions('openWasmRuntime', options, optionNames);
  const found = features();
  // With them a kernel's errors are thrown where it is prepared. From a disk they come at once.
  if (isNode || options.debug) await loadRareParts();
  const wanted = options.threads ?? (await coreCount());
  const compiler = options.wide ? await secondCompiler() : undefined;
  const runtime = new WasmRuntime(found.sharedMemory ? wanted : 1, found, options, compiler);
  await runtime.startWorkers();
  if (options.wide) {
    const { goWide } = await import('./wide.ts');
    runtime.wide = await goWide(() => new WasmRuntime(1, found, {}, compiler));
  }
  if (opensWithWorkers) await runtime.workersStarted();
  return runtime;
}
