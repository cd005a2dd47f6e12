import type { Device } from '../../src/device/device.ts';
import { entries } from '../../src/device/registry.ts';

export interface TestOpener {
  /** The device's name, and the options with which tests open it: `webgpu (software)`. */
  readonly name: string;
  /** False if what is read from it means nothing. */
  readonly computes: boolean;
  readonly open: () => Promise<Device>;
}

/** Every device of the list. For tests that break devices: each opens its own. */
export const openers: readonly TestOpener[] = entries.map(({ name, computes, inTests, open }) => {
  const options = Object.values(inTests).join(', ');
  return { name: options ? `${name} (${options})` : name, computes, open: () => open(inTests) };
});
