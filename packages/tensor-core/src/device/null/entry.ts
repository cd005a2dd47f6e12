import type { DeviceEntry } from '../entry.ts';

const title = "Dawn's null backend: checks and queues commands, and computes nothing";

/** For measurements of what the host itself costs. Its kernels are those of a GPU. In Node only. */
export const nullDevice: DeviceEntry<'null', Record<never, never>, never> = {
  name: 'null',
  title,
  computes: false,
  options: {},
  flags: {},
  inTests: {},
  // Both come only now: whoever reads the list of devices loads no kernel.
  open: async () => {
    const { machines } = await import('@glassbox/wgsl-kernels');
    return (await import('../webgpu/dawn.ts')).openNullBackend('null', machines.gpu);
  },
  async probe() {
    try {
      const device = await nullDevice.open({});
      await device.destroy();
      return [{ title, found: true, detail: device.info.adapter, info: device.info }];
    } catch (error) {
      return [{ title, found: false, detail: (error as Error).message }];
    }
  },
};
