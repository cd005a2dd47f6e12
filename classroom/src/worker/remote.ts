/** Calls to a Worker as calls of functions. */
import { type Remote, wrap } from 'comlink';
import { strings } from '../store.ts';
import { whenGone } from './alive.ts';
import type { Living } from './serve.ts';

export interface RemoteWorker<T> {
  /** What the Worker serves. Each call ends: with the Worker's answer, error, or loss. */
  readonly api: Remote<T>;
  /** Ends the Worker; calls that wait fail with the reason. */
  end(reason: string): void;
}

/**
 * Opens a Worker that serves the functions of `T` (`serve`). With comlink alone a call to a Worker that is gone never
 * ends; here it fails, as do those that were waiting.
 *
 * @param onLost told once why the Worker is gone: an error that it did not catch, an end that it did not tell of, or
 *   the reason given to `end`.
 */
export function openRemote<T>(worker: Worker, onLost: (reason: string) => void = () => {}): RemoteWorker<T> {
  let lose: (error: Error) => void;
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  lost.catch(({ message }: Error) => onLost(message)); // also marks it as handled when no call waits
  const watch = new AbortController();
  const end = (reason: string) => {
    watch.abort();
    worker.terminate();
    lose(new Error(reason));
  };
  worker.addEventListener('message', ({ data }: MessageEvent<Living | { readonly kind?: undefined }>) => {
    if (data.kind === 'living') whenGone(data.lock, watch.signal, () => end(strings.peek().workerGone));
  });
  worker.onerror = (event) => {
    event.preventDefault?.();
    end(event.message || 'the Worker did not start');
  };
  const remote = wrap<T>(worker) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  const api = new Proxy(remote, {
    get: (_, name) =>
      name === 'then'
        ? undefined
        : (...args: unknown[]) => Promise.race([lost, remote[name as string](...args)]),
  });
  return { api: api as unknown as Remote<T>, end };
}
