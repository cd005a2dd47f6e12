/** Everything that differs between Node and browsers: how many cores there are, how a worker starts, speaks and ends. */

/** A worker as the runtime uses it. */
export interface Thread {
  post(message: unknown): void;
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  /** The worker ended without being asked to. */
  onDeath(reason: string): void;
}

const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';

/** The number of processor cores. */
export async function coreCount(): Promise<number> {
  if (isNode) return (await import('node:os')).availableParallelism();
  return navigator.hardwareConcurrency || 1;
}

/** Whether this thread may block: in a browser, only workers may. */
export const mayBlock: boolean = isNode || typeof document === 'undefined';

/** Starts `worker.ts` in a thread that does not keep the process alive. `data` is what the worker gets first. */
export async function startThread(data: unknown, events: ThreadEvents): Promise<Thread> {
  if (isNode) {
    const { Worker } = await import('node:worker_threads');
    // Beside this file, under its own extension: the sources may have been compiled.
    const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    // Flags such as --input-type are about the main script and would stop a worker.
    const worker = new Worker(url, { workerData: data, execArgv: [] });
    worker.unref();
    worker.on('error', (error) => events.onDeath(String(error)));
    worker.on('exit', (code) => events.onDeath(`it exited with code ${code}`));
    return {
      post: (message) => worker.postMessage(message),
      terminate: async () => {
        await worker.terminate();
      },
    };
  }
  // Written out like this because bundlers look for exactly this form.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onerror = (event) => events.onDeath(event.message);
  worker.postMessage(data);
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => worker.terminate(),
  };
}

/** Inside a worker: its first data, and every message after it. `later` runs a function after waiting messages were delivered. */
export async function workerPort(
  onMessage: (message: unknown) => void,
): Promise<{ data: unknown; later: (run: () => void) => void }> {
  if (isNode) {
    const { parentPort, workerData } = await import('node:worker_threads');
    parentPort!.on('message', onMessage);
    return { data: workerData, later: (run) => setImmediate(run) };
  }
  return new Promise((resolve) => {
    let started = false;
    globalThis.onmessage = (event: MessageEvent) => {
      if (started) {
        onMessage(event.data);
        return;
      }
      started = true;
      resolve({ data: event.data, later: (run) => setTimeout(run, 0) });
    };
  });
}
