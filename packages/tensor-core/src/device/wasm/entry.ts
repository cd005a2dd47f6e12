import type { DeviceEntry } from '../entry.ts';
import { type WasmOptions, wasmOptions } from './wasm-options.ts';

export const wasm: DeviceEntry<'wasm', WasmOptions, 'threads' | 'wide'> = {
  name: 'wasm',
  title: 'WebAssembly SIMD on the CPU',
  computes: true,
  options: wasmOptions,
  flags: {
    threads: { from: 1, to: 64, help: 'threads of the wasm device (default: the cores there are)' },
    wide: { onOff: true, help: 'wasm: vectors of 256 bits where they are right and faster (default on)' },
  },
  inTests: {},
  inCommands: { wide: true },
  auto: async (options) => options,
  open,
  async probe(options) {
    const title = 'the same WGSL compiled to WebAssembly SIMD, on the CPU';
    const auto = {
      reason:
        'No GPU was found; the same kernels run as WebAssembly on the CPU, far faster than on a software GPU.',
      advice: 'For the wasm device: use Node 20 or later, or a current browser.',
    };
    try {
      const device = await open(options);
      const { info, wide } = device;
      await device.destroy();
      const reason = wide.reason ? `; not in 256 bits: ${wide.reason}` : '';
      return [
        { title, found: true, detail: `${info.adapter}, ${info.threads} threads${reason}`, info, auto },
      ];
    } catch (error) {
      return [{ title, found: false, detail: (error as Error).message, auto }];
    }
  },
};

/** The compiler comes only now: a page that opens another device does not fetch it. */
async function open(options: WasmOptions) {
  const { WasmDevice } = await import('./wasm-device.ts');
  return WasmDevice.open(options);
}
