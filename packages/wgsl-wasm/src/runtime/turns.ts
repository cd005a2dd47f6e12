/** The order of what is asked of a runtime: what cannot be done at once waits for its turn. */

/** Writes, lists and buffers to free that may wait for a running list before the main thread helps again. */
const MOST_WAITING = 256;

/** What waits for a list that is still running, or for parts of the compiler. */
export class Turns {
  /** A list is running. */
  running = false;
  /** Parts of the compiler come over the network. */
  loading = false;
  /** What went wrong in its turn, until somebody is told. */
  failure: Error | null = null;
  readonly #queue: (() => void)[] = [];
  #idle: (() => void)[] = [];
  readonly #help: () => void;

  /** @param help works on the list that is running */
  constructor(help: () => void) {
    this.#help = help;
  }

  /** Whether what is asked for now has to wait. */
  get busy(): boolean {
    return this.running || this.loading;
  }

  /**
   * Does it now, or after the list that is running. Where much waits already, it works on: a caller that never lets the
   * event loop turn would else fill the memory with what waits.
   */
  take(action: () => void): void {
    if (this.running && this.#queue.length % MOST_WAITING === MOST_WAITING - 1) this.#help();
    if (this.busy || this.#queue.length > 0) this.#queue.push(action);
    else action();
  }

  /**
   * Does what was in the queue, and what that puts into the queue before all that waits already. If it throws, that is
   * the failure that is reported next. @returns the error
   */
  nowOrFail(action: () => void): Error | undefined {
    const waiting = this.#queue.splice(0);
    try {
      action();
      return undefined;
    } catch (error) {
      this.failure ??= error as Error;
      return error as Error;
    } finally {
      this.#queue.push(...waiting);
    }
  }

  /** Does what waits, until a list runs or parts of the compiler are missing. */
  goOn(): void {
    while (!this.busy) {
      const next = this.#queue.shift();
      if (!next) break;
      next();
    }
    if (!this.busy) this.wake();
  }

  /** Waits until nothing runs and nothing waits. */
  async done(): Promise<void> {
    if (this.busy) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** @throws the failure that nobody was told of yet */
  report(): void {
    const { failure } = this;
    this.failure = null;
    if (failure) throw failure;
  }

  /** Forgets what waits: nothing runs any more. */
  stop(): void {
    this.running = false;
    this.loading = false;
    this.#queue.length = 0;
    this.wake();
  }

  /** Whoever waits for the end goes on. */
  wake(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}
