/** How long the last page may take to let go of the run, in ms. */
const patience = 3000;

/** Takes the run for this Worker for as long as it lives. @returns false where another tab keeps it */
export async function takeLock(): Promise<boolean> {
  // Without https there are no locks, and nothing that lasts either.
  if (!('locks' in navigator)) return true;
  return new Promise((done) => {
    navigator.locks
      .request('glassbox-practical', { signal: AbortSignal.timeout(patience) }, () => {
        done(true);
        return new Promise(() => {});
      })
      .catch(() => done(false));
  });
}
