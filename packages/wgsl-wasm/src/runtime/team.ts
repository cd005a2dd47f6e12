/** The worker threads of a runtime: how they start, get modules, and end. */
import { CLAIM, MAIL } from './layout.ts';
import { startThread, type Thread } from './platform.ts';
import type { Space } from './space.ts';
import type { WorkerStart } from './worker.ts';

/** What a team starts with. */
export interface TeamStart {
  /** Threads in all, the main thread included. */
  readonly threads: number;
  readonly space: Space;
  readonly scheduler: WebAssembly.Module;
  /** Whether threads give kernels to V8's second compiler before they run. */
  readonly compiles: boolean;
  /** Seconds within which all must have started. */
  readonly startTimeout: number;
  /** Address of the file that they run, if it is another one. */
  readonly file: string | undefined;
  /** Told why the runtime is lost with one of them. */
  readonly onDeath: (error: Error) => void;
}

/** The threads beside the main one. */
export class Team {
  /** Those that were started. */
  readonly threads: Thread[] = [];
  readonly #options: TeamStart;
  /** Numbers of those that have not said yet that they started, and who waits for that. */
  readonly #missing = new Set<number>();
  readonly #waiting: (() => void)[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: TeamStart) {
    this.#options = options;
  }

  /** Starts the threads, up to one that cannot. They join the work when they are ready. */
  async start(): Promise<void> {
    const { threads, space, scheduler, compiles, file } = this.#options;
    let failed = false;
    for (let thread = 1; thread < threads && !failed; thread++) {
      const data: WorkerStart = { memory: space.memory, scheduler, thread, compiles };
      this.#missing.add(thread);
      const onDeath = (reason: string) => {
        failed = true;
        this.#died(thread, reason);
      };
      const onStart = () => {
        this.#missing.delete(thread);
        if (this.#missing.size === 0) this.#wake();
      };
      try {
        this.threads.push(await startThread(file, data, { onStart, onDeath }));
      } catch (error) {
        onDeath(error instanceof Error ? error.message : String(error));
      }
    }
  }

  /** Waits until every thread takes part, or one is known not to. */
  async started(): Promise<void> {
    if (this.#missing.size === 0) return;
    const { startTimeout } = this.#options;
    const tooLate = () => this.#died([...this.#missing][0], `nothing of it within ${startTimeout} s`);
    const timer = setTimeout(tooLate, 1000 * startTimeout);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    clearTimeout(timer);
  }

  /** Sends a kernel's module to every thread. */
  post(module: WebAssembly.Module): void {
    for (const thread of this.threads) thread.post(module);
    if (this.threads.length === 0) return;
    const { words } = this.#options.space;
    Atomics.add(words, MAIL >> 2, 1);
    Atomics.notify(words, (CLAIM + 4) >> 2);
  }

  /** Ends the threads. */
  end(): void {
    this.#last = Promise.all(this.threads.splice(0).map((thread) => thread.terminate()));
    this.#missing.clear();
    this.#wake();
  }

  /** Waits for the end of those that were told to end. */
  async ended(): Promise<void> {
    await this.#last;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #died(thread: number, reason: string): void {
    this.#options.onDeath(
      new Error(
        this.#missing.has(thread)
          ? `worker thread ${thread} did not start (${reason}); let the worker's file ` +
              '(@glassbox/wgsl-wasm/worker, or what a bundler made of it) be found and run, name it by the option ' +
              'worker, or open with threads: 1'
          : `worker thread ${thread} died (${reason}); open a new runtime`,
      ),
    );
  }
}
