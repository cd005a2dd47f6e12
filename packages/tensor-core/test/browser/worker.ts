/** What the test's Worker runs: opens the device that it is told to and trains on it. */
import { trainOn } from './train-on.ts';

globalThis.onmessage = async ({ data }: MessageEvent) => {
  try {
    globalThis.postMessage(await trainOn(data));
  } catch (error) {
    globalThis.postMessage({ error: (error as Error).stack ?? String(error) });
  }
};
