import { type AdapterChoice, findAdapter } from './dawn.ts';
import { WasmDevice } from './wasm.ts';

/** One way to run kernels on this machine. */
export interface SurveyedDevice {
  readonly kind: 'webgpu' | 'wasm';
  readonly title: string;
  readonly found: boolean;
  /** The adapter's description, or why there is none. */
  readonly detail: string;
  readonly features?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
}

export interface DeviceSurvey {
  readonly devices: readonly SurveyedDevice[];
  /** What `openDevice('auto')` opens. */
  readonly choice: string | undefined;
  readonly reason: string;
  /** What the user can do for a better choice. */
  readonly advice: readonly string[];
}

/** Looks at every device that this machine could offer, without opening one for good. */
export async function surveyDevices(): Promise<DeviceSurvey> {
  const hardware = await surveyAdapter('hardware', 'a GPU through Vulkan, Metal or D3D12');
  const software = await surveyAdapter(
    'software',
    'SwiftShader, Vulkan on the CPU (slow; used only when asked for by --adapter software)',
  );
  const devices = [hardware, software];
  const choice = devices.find(({ found }) => found);
  const reason = hardware.found
    ? 'A GPU was found.'
    : software.found
      ? 'No GPU was found; the software adapter runs the same kernels slowly.'
      : 'Neither a GPU nor a software adapter was found.';
  const advice = hardware.found
    ? []
    : [
        'For a GPU: install its driver with Vulkan support (Linux), or use macOS or Windows, whose drivers suffice.',
      ];
  return { devices, choice: choice && `${choice.kind} (${choice.detail})`, reason, advice };
}

async function surveyAdapter(choice: AdapterChoice, title: string): Promise<SurveyedDevice> {
  try {
    const found = await findAdapter(choice);
    if (!found) return { kind: 'webgpu', title, found: false, detail: 'no such adapter' };
    const { description, features, limits } = found.report;
    return { kind: 'webgpu', title, found: true, detail: description, features, limits };
  } catch (error) {
    return { kind: 'webgpu', title, found: false, detail: (error as Error).message };
  }
}
