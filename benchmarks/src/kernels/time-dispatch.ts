import type { Device, Dispatch } from '@glassbox/tensor-core';

/**
 * Milliseconds that one dispatch takes by itself, from lists that repeat it: the cost of submitting a list and of
 * waiting for it is shared by all its repetitions. Its buffers are warm, as far as they fit into a cache.
 */
export async function timeDispatch(device: Device, dispatch: Dispatch, seconds: number): Promise<number[]> {
  const run = async (count: number) => {
    const list = device.record(new Array<Dispatch>(count).fill(dispatch));
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
