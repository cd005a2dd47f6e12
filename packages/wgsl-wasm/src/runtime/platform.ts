/**
 * Everything that differs between Node and browsers: how many cores there are, how a worker starts, speaks and ends.
 */

/** A worker as the runtime uses it. */
export interface Thread {
  post(message: unknown): void;
  terminate(): Promise<void>;
}

export interface ThreadEvents {
  /** The worker has loaded its code and takes part in the work. */
  onStart(): void;
  /** The worker ended without being asked to, or could not start. */
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

/**
 * Whether opening waits until the workers have started. In a browser their file comes over the network, and whatever
 * is wrong with that shows only later. In Node it is on the disk, and some 70 ms are better used for compiling: the
 * first read waits.
 */
export const opensWithWorkers: boolean = !isNode;

/** What may be wrong when a browser says no more than that a worker failed. */
const NOT_LOADED =
  'its file could not be loaded: the server answers with an error such as 404, or with a type other than JavaScript, or the ' +
  'Content-Security-Policy (worker-src) forbids it';

/**
 * Starts `worker.ts` in a thread that does not keep the process alive. `data` is what the worker gets first. Throws
 * when the failure is known at once; else `onDeath` says it.
 */
export async function startThread(data: unknown, events: ThreadEvents): Promise<Thread> {
  if (isNode) {
    const [{ Worker }, { existsSync }] = await Promise.all([
      import('node:worker_threads'),
      import('node:fs'),
    ]);
    // Beside this file, under its own extension: the sources may have been compiled.
    const url = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
    if (!existsSync(url)) throw new Error(`there is no file ${url.href}`);
    // Flags such as --input-type are about the main script and would stop a worker.
    const worker = new Worker(url, { workerData: data, execArgv: [] });
    worker.unref();
    worker.once('message', () => events.onStart());
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
  worker.onmessage = () => events.onStart();
  // An event without a message: no code of the worker has run.
  worker.onerror = (event) => events.onDeath(event.message || NOT_LOADED);
  worker.onmessageerror = () => events.onDeath('it could not read a message');
  worker.postMessage(data);
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => worker.terminate(),
  };
}

/**
 * Inside a worker: its first data, and every message after it. `later` runs a function after waiting messages were
 * delivered; `started` tells the main thread that the worker takes part from now on.
 */
export async function workerPort(
  onMessage: (message: unknown) => void,
): Promise<{ data: unknown; later: (run: () => void) => void; started: () => void }> {
  if (isNode) {
    const { parentPort, workerData } = await import('node:worker_threads');
    parentPort!.on('message', onMessage);
    const started = () => parentPort!.postMessage('started');
    return { data: workerData, later: (run) => setImmediate(run), started };
  }
  return new Promise((resolve) => {
    let first = true;
    globalThis.onmessage = (event: MessageEvent) => {
      if (!first) {
        onMessage(event.data);
        return;
      }
      first = false;
      // In a worker, whose `postMessage` takes no target; the types are a page's.
      const started = () =>
        (globalThis as unknown as { postMessage(m: unknown): void }).postMessage('started');
      resolve({ data: event.data, later: (run) => setTimeout(run, 0), started });
    };
  });
}
