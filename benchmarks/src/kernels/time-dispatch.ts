import type { Device, Dispatch } from '@glassbox/tensor-core';
import { enoughRepeats, type Now, type Timings } from '../clock.ts';
import { type Precision, untilPrecise } from '../timing.ts';

/** No list repeats its dispatches more often than this. */
const most = 500;

/**
 * Times a dispatch, or several in a row, by themselves, from lists that repeat them: the cost of submitting a list and
 * of waiting for it is shared by all its repetitions, and the list is long against the clock's quantum. Buffers are
 * warm, as far as they fit into a cache.
 */
export async function timeDispatches(
  device: Pick<Device, 'record' | 'submit' | 'synchronize'>,
  dispatches: readonly Dispatch[],
  precision: Precision,
  now: Now = () => performance.now(),
): Promise<Timings> {
  const listOf = (count: number) =>
    device.record(new Array<readonly Dispatch[]>(count).fill(dispatches).flat());
  const submitted = async (list: ReturnType<typeof listOf>) => {
    const start = now();
    device.submit(list);
    await device.synchronize();
    return now() - start;
  };
  /** Milliseconds of the second run of a list. */
  const timed = async (count: number) => {
    const list = listOf(count);
    await submitted(list);
    const ms = await submitted(list);
    list.destroy();
    return ms;
  };
  const estimate = (await timed(2)) / 2;
  const first = Math.max(2, Math.min(most, Math.round(4 / estimate)));
  const { count, coarse } = await enoughRepeats(timed, first, most, now);
  const list = listOf(count);
  await submitted(list);
  const ms = await untilPrecise(async () => (await submitted(list)) / count, precision);
  list.destroy();
  return { ms, coarse };
}
