/** The Worker's side of `openRemote`. */
import { expose } from 'comlink';
import { takeLock } from './alive.ts';

/** What a Worker says of itself before it answers calls. */
export interface Living {
  readonly kind: 'living';
  readonly lock: string;
}

/** Answers calls of the page with these functions, and lets the page notice when this Worker is gone. */
export function serve(api: object): void {
  takeLock((lock) => globalThis.postMessage({ kind: 'living', lock } satisfies Living));
  expose(api);
}
