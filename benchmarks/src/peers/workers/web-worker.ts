import { resolveObjectURL } from 'node:buffer';
import { Worker as ThreadWorker } from 'node:worker_threads';

/** What a script for browsers expects around it, on a worker thread of Node. */
const surroundings = `
const { parentPort } = require('node:worker_threads');
globalThis.self = globalThis;
globalThis.postMessage = (data) => parentPort.postMessage(data);
parentPort.on('message', (data) => self.onmessage({ data }));
`;

/** A browser's `Worker` from a blob address, as far as a pool of compute threads needs it. */
class BlobWorker {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((error: Error) => void) | null = null;
  readonly #thread: Promise<ThreadWorker>;

  constructor(url: string) {
    const text = resolveObjectURL(url)?.text();
    this.#thread = Promise.resolve(text).then((source) => {
      const thread = new ThreadWorker(surroundings + source, { eval: true });
      thread.on('message', (data) => this.onmessage?.({ data }));
      thread.on('error', (error: Error) => this.onerror?.(error));
      return thread;
    });
  }

  async postMessage(data: unknown): Promise<void> {
    (await this.#thread).postMessage(data);
  }
}

/** Gives this process the `Worker` of browsers and says how many threads the machine has. */
export function installWorker(threads: number): void {
  Object.assign(globalThis, { Worker: BlobWorker });
  Object.defineProperty(globalThis.navigator, 'hardwareConcurrency', { value: threads, configurable: true });
}
