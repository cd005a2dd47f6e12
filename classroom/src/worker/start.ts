/**
 * Starts the Worker that has the device. The page imports this before all else: the browser loads the Worker's code
 * while the page still makes itself ready.
 */
const start = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });

let first: Worker | undefined = start();

/** A Worker that nobody has yet. */
export function freshWorker(): Worker {
  const worker = first ?? start();
  first = undefined;
  return worker;
}
