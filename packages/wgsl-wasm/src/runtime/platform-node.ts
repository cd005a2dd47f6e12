/**
 * What `platform.ts` needs of Node, Bun and Deno. In a file of its own, because webpack cannot leave a `node:` module
 * out of a page, but a file: `browser` in package.json names it.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { Thread, ThreadEvents, WorkerPort } from './platform.ts';

export const coreCount = availableParallelism;
export const setEngineFlag = setFlagsFromString;

/** See `startThread`. */
export function startNodeThread(file: string | undefined, data: unknown, events: ThreadEvents): Thread {
  const url =
    file === undefined ? besideThis() : file.startsWith('file:') ? new URL(file) : pathToFileURL(file);
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

/** Under this file's own extension: the sources may have been compiled. */
function besideThis(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url);
}

/** See `workerPort`. */
export function nodePort(onMessage: (message: unknown) => void): WorkerPort {
  parentPort!.on('message', onMessage);
  const started = () => parentPort!.postMessage('started');
  return { data: workerData, later: (run) => setImmediate(run), started };
}
