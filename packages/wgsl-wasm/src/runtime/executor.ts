/**
 * One thread's share of the runtime: its kernels, its scheduler, and what happens when a kernel traps. The same in
 * workers and in the main thread.
 */
import {
  ABORTED,
  THREAD_RUNNING,
  THREAD_SIZE,
  THREAD_TRAP,
  THREADS,
  TRAP_CHECK,
  TRAP_MEMORY,
  TRAP_OTHER,
} from './layout.ts';
import type { Scheduler } from './scheduler.ts';
import type { Run, SecondCompiler } from './second-compiler.ts';

export class Executor {
  readonly scheduler: Scheduler;
  readonly #memory: WebAssembly.Memory;
  readonly #table: WebAssembly.Table;
  readonly #thread: number;
  readonly #compiler: SecondCompiler | undefined;
  #kernels = 0;
  /** Kernels that this thread has not given to the second compiler yet. */
  readonly #loaded: Run[] = [];

  constructor(
    memory: WebAssembly.Memory,
    schedulerModule: WebAssembly.Module,
    thread: number,
    compiler?: SecondCompiler,
  ) {
    this.#compiler = compiler;
    this.#memory = memory;
    this.#thread = thread;
    this.#table = new WebAssembly.Table({ initial: 64, element: 'anyfunc' });
    const instance = new WebAssembly.Instance(schedulerModule, { env: { memory, table: this.#table } });
    this.scheduler = instance.exports as unknown as Scheduler;
  }

  /** Makes the kernel callable under the next number. */
  load(module: WebAssembly.Module, imports: WebAssembly.ModuleImports = {}): number {
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory, ...imports } });
    if (this.#kernels >= this.#table.length) this.#table.grow(this.#table.length);
    const run = instance.exports.run as Run;
    this.#table.set(this.#kernels, run as never);
    if (this.#compiler) this.#loaded.push(run);
    return this.#kernels++;
  }

  /** Compiles what was loaded since the last call, the last first: other threads begin with the first. */
  compileLoaded(): void {
    for (const run of this.#loaded.splice(0).reverse()) this.#compiler!.compile(run);
  }

  /** Works until there is nothing to do; returns what `Scheduler.work` does. A kernel that traps is noted in memory. */
  work(mail: number, maySleep: boolean): number {
    for (;;) {
      try {
        return this.scheduler.work(this.#thread, this.#kernels, mail, maySleep ? 1 : 0);
      } catch (error) {
        this.#noteTrap(error);
      }
    }
  }

  #noteTrap(error: unknown): void {
    const words = new Int32Array(this.#memory.buffer);
    const own = (THREADS + this.#thread * THREAD_SIZE) >> 2;
    const entry = words[own + (THREAD_RUNNING >> 2)];
    // Not inside a kernel: a mistake of the scheduler itself, which must not be taken for one of the program.
    if (entry === 0) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const kind = /unreachable/i.test(message)
      ? TRAP_CHECK
      : /out of bounds/i.test(message)
        ? TRAP_MEMORY
        : TRAP_OTHER;
    if (Atomics.compareExchange(words, ABORTED >> 2, 0, this.#thread + 1) === 0) {
      words[own + (THREAD_TRAP >> 2)] = kind;
      // Asked of the scheduler: this thread's view of the memory may be older than the entry.
      words[own + (THREAD_TRAP >> 2) + 1] = this.scheduler.kernelOf(entry);
      words[own + (THREAD_TRAP >> 2) + 2] = entry;
    }
    words[own + (THREAD_RUNNING >> 2)] = 0;
    this.scheduler.finishChunk(entry);
  }
}
