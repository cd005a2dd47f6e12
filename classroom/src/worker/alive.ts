/**
 * Whether a Worker still lives. A Worker that is ended from inside, or by the browser, says nothing; but the locks that
 * it holds become free (Web Locks, https://www.w3.org/TR/web-locks/). Browsers have them in secure contexts; elsewhere
 * such an end stays unnoticed.
 */

/** In the Worker: takes a lock for as long as it lives, and tells its name. */
export function takeLock(tell: (lock: string) => void): void {
  const lock = `worker ${Math.random()} ${performance.timeOrigin}`;
  void navigator.locks?.request(lock, () => {
    tell(lock);
    return new Promise<never>(() => {});
  });
}

/** In the page: calls back when the Worker with this lock is gone, unless the signal ends the watch before. */
export function whenGone(lock: string, signal: AbortSignal, gone: () => void): void {
  navigator.locks.request(lock, { signal }, gone).catch((error: Error) => {
    if (!signal.aborted) throw error;
  });
}
