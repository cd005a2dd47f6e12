import type { Device } from '@glassbox/tensor-core';

export interface TimingOptions {
  /** Time to spend, in seconds. */
  readonly seconds: number;
  /** The most repetitions that are queued before the device is waited for. */
  readonly queued?: number;
}

/**
 * Milliseconds that one repetition of `work` takes, from groups of repetitions that end with a wait for the device.
 * Groups are long enough for the wait not to matter and short enough to give a median. The first groups, until a
 * quarter of the time has passed, warm up: caches fill, and WebAssembly moves from its first compiler to its second.
 * @param work Queues the work; it is not awaited.
 */
export async function timeRepeats(
  device: Device,
  work: () => void,
  { seconds, queued = 20 }: TimingOptions,
): Promise<number[]> {
  const group = async (count: number) => {
    const start = performance.now();
    for (let n = 0; n < count; n++) work();
    await device.synchronize();
    return (performance.now() - start) / count;
  };
  const begin = performance.now();
  let once = await group(1);
  while (performance.now() - begin < 250 * seconds) once = await group(1);
  const count = Math.max(1, Math.min(queued, Math.round(50 / once)));
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (performance.now() < end || times.length < 3) times.push(await group(count));
  return times;
}
