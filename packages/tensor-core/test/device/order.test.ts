/** What `openDevice()` takes: a GPU if there is one, else wasm; a software adapter only if asked for. */
import { expect, it, vi } from 'vitest';
import { openDevice } from '../../src/open.ts';

const adapters = vi.hoisted(() => ({ hardware: false, opened: [] as (string | undefined)[] }));
vi.mock('../../src/device/webgpu/dawn.ts', async (original) => ({
  ...(await original<object>()),
  findAdapter: async (choice: string) => (choice === 'hardware' ? adapters.hardware : true) || undefined,
  openWebGpu: async (adapter?: string) => {
    adapters.opened.push(adapter);
    return { info: { kind: 'webgpu' }, destroy: async () => {} };
  },
}));

it.each([
  [true, {}, 'webgpu', ['hardware']],
  [true, { adapter: 'auto' }, 'webgpu', ['hardware']],
  [true, { adapter: 'software' }, 'webgpu', ['software']],
  [true, { device: 'wasm' }, 'wasm', []],
  [false, { threads: 1 }, 'wasm', []],
  [false, { adapter: 'software' }, 'webgpu', ['software']],
  [false, { device: 'webgpu', adapter: 'software' }, 'webgpu', ['software']],
] as const)('with a GPU %s, openDevice(%j) opens %s', async (hardware, options, kind, opened) => {
  adapters.hardware = hardware;
  adapters.opened.length = 0;
  const device = await openDevice(options);
  await device.destroy();
  expect(device.info.kind).toBe(kind);
  expect(adapters.opened).toEqual(opened);
});
