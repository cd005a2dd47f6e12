import type { Device, DeviceBuffer, Dispatch, RecordedList } from '@glassbox/tensor-core';
import { bufferOf, wordsOf } from './buffers.ts';
import { contentsOf } from './contents.ts';
import type { Example } from './kernels/entry.ts';

/** How long to run before timing, so that the engine has replaced its first code by optimised code, in milliseconds. */
const warmUp = 300;
/** How long to time, in milliseconds. */
const timed = 500;
/** Runs are timed in groups that take at least so long, in milliseconds: a clock has limits. */
const shortest = 5;

/** Milliseconds that each kernel of the example takes on the device: medians, everything warm. */
export async function measureExample(device: Device, example: Example): Promise<number[]> {
  const contents = contentsOf(example);
  const made = new Map<string, DeviceBuffer>();
  const dispatches = example.kernels.map((kernel): Dispatch => {
    const views = kernel.bindings.map((binding) => {
      let buffer = made.get(binding.name);
      if (!buffer) {
        buffer = device.createBuffer(4 * wordsOf(bufferOf(example.buffers, kernel, binding)), binding.name);
        device.write(buffer, 0, contents[binding.name]);
        made.set(binding.name, buffer);
      }
      return { buffer, offset: 0, size: buffer.bytes };
    });
    return { kernel: device.prepare(kernel), views };
  });
  try {
    const times: number[] = [];
    for (const dispatch of dispatches) {
      const list = device.record([dispatch]);
      times.push(await medianTime(device, list));
      list.destroy();
    }
    return times;
  } finally {
    for (const buffer of made.values()) device.destroyBuffer(buffer);
  }
}

async function medianTime(device: Device, list: RecordedList): Promise<number> {
  const run = async (times: number) => {
    const before = performance.now();
    for (let i = 0; i < times; i++) device.submit(list);
    await device.synchronize();
    return performance.now() - before;
  };
  let times = 1;
  for (let spent = 0; spent < warmUp; ) {
    const duration = await run(times);
    spent += Math.max(duration, 1);
    if (duration < shortest) times = Math.min(4096, times * 2);
    // Optimised code and worker threads arrive through the event loop.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const samples: number[] = [];
  for (let spent = 0; spent < timed || samples.length < 3; ) {
    const duration = await run(times);
    spent += duration;
    samples.push(duration / times);
  }
  samples.sort((a, b) => a - b);
  return samples[samples.length >> 1];
}
