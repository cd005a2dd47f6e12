import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { GarbageWatch } from '../../src/runtime/garbage.ts';
import type { Storage } from '../../src/runtime/storage.ts';

afterEach(() => vi.unstubAllGlobals());

describe('GarbageWatch', () => {
  it('collect() frees what is gone on a machine so busy that reports of it come late', async () => {
    // Reports that never come are the latest.
    vi.stubGlobal(
      'FinalizationRegistry',
      class {
        register() {}
      },
    );
    const device = { memory: { bytes: 0, buffers: 0 } } as Device;
    const freed: Storage[] = [];
    const watch = new GarbageWatch(device, { free: (storage) => freed.push(storage), trim: () => {} });
    const forgotten = { tensors: 0 } as Storage;
    const kept = { tensors: 0 } as Storage;
    const tensor = {};
    watch.watch(tensor, kept, false);
    (() => watch.watch({}, forgotten, false))();
    await watch.collect();
    expect(freed).toEqual([forgotten]);
    expect(forgotten.forgotten).toBe(true);
    expect(tensor).toBeDefined();
  });
});
