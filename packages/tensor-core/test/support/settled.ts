import { setTimeout as sleep } from 'node:timers/promises';
import type { Device } from '../../src/device/device.ts';
import type { Runtime } from '../../src/index.ts';

/**
 * What the device holds when nothing of it is garbage any more. The engine reports what it found in tasks of its own,
 * late on a busy machine, so one collection may leave what the next one frees: this waits until two in a row free
 * nothing.
 */
export async function settled(runtime: Runtime): Promise<Device['memory']> {
  const { device } = runtime;
  let last = { ...device.memory };
  for (let calm = 0; calm < 2; ) {
    await runtime.collectGarbage();
    await sleep(10);
    const now = { ...device.memory };
    calm = now.buffers === last.buffers && now.bytes === last.bytes ? calm + 1 : 0;
    last = now;
  }
  return last;
}
