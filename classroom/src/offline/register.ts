/** Where a reload for isolation is remembered, so that there is one at most. */
const mark = 'reloaded-for-isolation';

/**
 * Lets the page work without a network after one load. On a host that sends no headers for isolation, the page is
 * loaded once more as soon as the service worker can send them, so that threads work.
 *
 * @param opened when the page has shown something: until then all of the machine is for that.
 */
export async function registerServiceWorker(opened: Promise<void>): Promise<void> {
  if (!('serviceWorker' in navigator)) return;
  const { serviceWorker } = navigator;
  const reload = () => {
    if (crossOriginIsolated) return;
    try {
      if (sessionStorage.getItem(mark)) return;
      sessionStorage.setItem(mark, 'yes');
    } catch {
      return; // storage is switched off: a reload could not be told from the first load, and would have no end
    }
    location.reload();
  };
  serviceWorker.addEventListener('controllerchange', reload);
  if (crossOriginIsolated) await opened;
  try {
    await serviceWorker.register('./service-worker.js', { type: 'module' });
  } catch (error) {
    // No network and no cache, or a browser that forbids it: the page works, but only with its server.
    console.warn(`The page will not work offline: ${(error as Error).message}`);
  }
}
