import type { DeviceEntry } from '../entry.ts';
import { WasmDevice, type WasmOptions, wasmOptions } from './wasm-device.ts';

export const wasm: DeviceEntry<'wasm', WasmOptions, 'threads'> = {
  name: 'wasm',
  title: 'WebAssembly SIMD on the CPU',
  computes: true,
  options: wasmOptions,
  flags: {
    threads: { from: 1, to: 64, help: 'threads of the wasm device (default: the cores there are)' },
  },
  inTests: {},
  auto: async (options) => options,
  open: (options) => WasmDevice.open(options),
  async probe() {
    const title = 'the same WGSL compiled to WebAssembly SIMD, on the CPU';
    const auto = {
      reason:
        'No GPU was found; the same kernels run as WebAssembly on the CPU, far faster than on a software GPU.',
      advice: 'For the wasm device: use Node 20 or later, or a current browser.',
    };
    try {
      const device = await WasmDevice.open();
      const { info } = device;
      await device.destroy();
      return [{ title, found: true, detail: `${info.adapter}, ${info.threads} threads`, info, auto }];
    } catch (error) {
      return [{ title, found: false, detail: (error as Error).message, auto }];
    }
  },
};
