import type { Device, Dispatch } from '@glassbox/tensor-core';

/**
 * Milliseconds that a dispatch, or several in a row, take by themselves, from lists that repeat them: the cost of
 * submitting a list and of waiting for it is shared by all its repetitions. Buffers are warm, as far as they fit into
 * a cache.
 */
export async function timeDispatches(
  device: Device,
  dispatches: readonly Dispatch[],
  seconds: number,
): Promise<number[]> {
  const run = async (count: number) => {
    const list = device.record(new Array<readonly Dispatch[]>(count).fill(dispatches).flat());
    const timed = async () => {
      const start = performance.now();
      device.submit(list);
      await device.synchronize();
      return (performance.now() - start) / count;
    };
    return { list, timed };
  };
  const few = await run(2);
  await few.timed();
  const estimate = await few.timed();
  few.list.destroy();
  const count = Math.max(2, Math.min(500, Math.round(4 / estimate)));
  const { list, timed } = await run(count);
  await timed();
  const times: number[] = [];
  const end = performance.now() + 1000 * seconds;
  while (times.length < 3 || performance.now() < end) times.push(await timed());
  list.destroy();
  return times;
}
