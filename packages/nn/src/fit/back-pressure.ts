import type { Runtime } from '@glassbox/tensor-core/functions';

/**
 * Keeps the host from running ahead of the device: at most a few steps are in flight, and the event loop gets its
 * turn, so that Ctrl-C and progress are seen while an epoch runs.
 */
export class BackPressure {
  readonly #runtime: Runtime;
  readonly #inFlight: Promise<void>[] = [];
  #lastTurn = performance.now();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Call after each step. */
  async step(): Promise<void> {
    const done = this.#runtime.device.synchronize();
    // A failure is thrown where the promise is awaited; until then it is not unhandled.
    done.catch(() => {});
    this.#inFlight.push(done);
    if (this.#inFlight.length > 3) await this.#inFlight.shift();
    if (performance.now() - this.#lastTurn > 50) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#lastTurn = performance.now();
    }
  }
}
