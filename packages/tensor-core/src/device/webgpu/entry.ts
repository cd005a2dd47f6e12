import { type OptionTable, oneOf } from '@glassbox/options';
import type { DeviceEntry, Offer } from '../entry.ts';
import { type AdapterChoice, adapterChoices } from './adapter-choice.ts';

/** Only a page that looks for this device fetches it. */
const load = () => import('./dawn.ts');

export interface WebGpuOptions {
  /** Which WebGPU adapter; a software adapter is used only when asked for. */
  readonly adapter?: AdapterChoice;
}

const optionNames: OptionTable<WebGpuOptions> = { adapter: oneOf(...adapterChoices) };

export const webgpu: DeviceEntry<'webgpu', WebGpuOptions, 'adapter'> = {
  name: 'webgpu',
  title: 'WebGPU, in Node through Dawn',
  computes: true,
  options: optionNames,
  flags: { adapter: { words: adapterChoices, help: 'which WebGPU adapter (default auto)' } },
  inTests: { adapter: 'software' },
  async auto({ adapter = 'auto' }) {
    if (adapter !== 'auto') return { adapter };
    const { DawnMissingError, findAdapter } = await load();
    try {
      return (await findAdapter('hardware')) ? { adapter: 'hardware' } : undefined;
    } catch (error) {
      if (!(error instanceof DawnMissingError)) throw error;
      // This machine may have a GPU, which would be used if it could be reached: say so, and go on without.
      console.warn(`No GPU is looked for. ${error.message}`);
      return undefined;
    }
  },
  open: async ({ adapter }) => (await load()).openWebGpu(adapter),
  probe: async () => [
    await offerOf('hardware', 'a GPU through Vulkan, Metal or D3D12', {
      reason: 'A GPU was found.',
      advice: 'For a GPU: install its driver with Vulkan support (Linux); macOS and Windows bring theirs.',
    }),
    await offerOf('software', 'SwiftShader, Vulkan on the CPU (slow; only by --adapter software)'),
  ],
};

async function offerOf(choice: AdapterChoice, title: string, auto?: Offer['auto']): Promise<Offer> {
  const { adapterInfo, findAdapter } = await load();
  try {
    const found = await findAdapter(choice);
    if (!found) return { title, found: false, detail: 'no such adapter', auto };
    const { description, features, limits } = found.report;
    const info = adapterInfo(found.report);
    return { title, found: true, detail: description, features, limits, info, auto };
  } catch (error) {
    return { title, found: false, detail: (error as Error).message, auto };
  }
}
