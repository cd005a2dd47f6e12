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

/** Inside a worker: what it got first, and how it goes on. */
export interface WorkerPort {
  readonly data: unknown;
  /** Runs a function after waiting messages were delivered. */
  later(run: () => void): void;
  /** Tells the main thread that the worker takes part from now on. */
  started(): void;
}

/** Node, or Bun and Deno, which have its modules. */
export const isNode: boolean = typeof process === 'object' && typeof process.versions?.node === 'string';
const inNode = () => import('./platform-node.ts');

/** The number of processor cores. */
export async function coreCount(): Promise<number> {
  if (isNode) return (await inNode()).coreCount();
  return navigator.hardwareConcurrency || 1;
}

/** Sets a flag of V8 for the whole process. @returns false where there is no such flag: other engines, and browsers. */
export async function setEngineFlag(flag: string): Promise<boolean> {
  if (!isNode || !process.versions.v8) return false;
  (await inNode()).setEngineFlag(flag);
  return true;
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
/** The same where a worker of this origin has to load a file of another one. */
const notLoadedFrom = (url: string) =>
  `its file ${url} of another origin could not be loaded: that server does not answer, or not with JavaScript and ` +
  'Access-Control-Allow-Origin, or the Content-Security-Policy (script-src with that server, worker-src with it and blob:) ' +
  'forbids it';

/**
 * Starts `worker.ts` in a thread that does not keep the process alive. Throws when the failure is known at once; else
 * `onDeath` says it.
 * @param file address of the worker's file, if it does not lie beside this one
 * @param data what the worker gets first
 */
export async function startThread(
  file: string | undefined,
  data: unknown,
  events: ThreadEvents,
): Promise<Thread> {
  if (isNode) return (await inNode()).startNodeThread(file, data, events);
  const far = otherOrigin(file);
  const worker = far ? workerOf(far) : workerHere(file);
  worker.onmessage = () => events.onStart();
  // An event without a message: no code of the worker has run.
  worker.onerror = (event) => events.onDeath(event.message || (far ? notLoadedFrom(far) : NOT_LOADED));
  worker.onmessageerror = () => events.onDeath('it could not read a message');
  worker.postMessage(data);
  return {
    post: (message) => worker.postMessage(message),
    terminate: async () => worker.terminate(),
  };
}

/** The worker's address if it is of another origin than the page's: modules may be that, a worker may not. */
function otherOrigin(file: string | undefined): string | undefined {
  // Bundlers look for `new URL(…, import.meta.url)`, and would take in a second copy of the worker.
  const base = import.meta.url;
  const { href, origin, protocol } =
    file === undefined ? new URL('./worker.js', base) : new URL(file, globalThis.location.href);
  return protocol.startsWith('http') && origin !== globalThis.origin ? href : undefined;
}

function workerHere(file: string | undefined): Worker {
  if (file !== undefined) return new Worker(new URL(file, globalThis.location.href), { type: 'module' });
  // Written out like this because bundlers look for exactly this form.
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
}

/** A worker of the page's origin that does no more than load the module. */
function workerOf(url: string): Worker {
  const blob = new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' });
  const own = URL.createObjectURL(blob);
  const worker = new Worker(own, { type: 'module' });
  // It is loaded by then, or never will be.
  for (const event of ['message', 'error']) {
    worker.addEventListener(event, () => URL.revokeObjectURL(own), { once: true });
  }
  return worker;
}

/** Inside a worker. @param onMessage gets every message after the first */
export async function workerPort(onMessage: (message: unknown) => void): Promise<WorkerPort> {
  if (isNode) return (await inNode()).nodePort(onMessage);
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
