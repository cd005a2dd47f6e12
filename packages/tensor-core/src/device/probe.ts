import { type AdapterChoice, adapterInfo, findAdapter } from './dawn.ts';
import type { DeviceInfo } from './device.ts';
import { WasmDevice, type WasmOptions } from './wasm.ts';

/** One way to run kernels on this machine. */
export interface ProbedDevice {
  readonly kind: 'webgpu' | 'wasm';
  readonly title: string;
  readonly found: boolean;
  /** The adapter's description, or why there is none. */
  readonly detail: string;
  /** What the device would be; absent if it was not found. */
  readonly info?: DeviceInfo;
  readonly features?: readonly string[];
  readonly limits?: Readonly<Record<string, number>>;
}

export interface ProbeResult {
  readonly devices: readonly ProbedDevice[];
  /** What `openDevice()` opens; undefined if nothing can be opened. */
  readonly choice: string | undefined;
  readonly reason: string;
  /** What the user can do for a better choice. */
  readonly advice: readonly string[];
}

/**
 * Looks at every device that this machine could offer, without opening one for good.
 * @param options `wide` as for `openDevice`.
 */
export async function probeDevices(options: Pick<WasmOptions, 'wide'> = {}): Promise<ProbeResult> {
  const hardware = await probeAdapter('hardware', 'a GPU through Vulkan, Metal or D3D12');
  const wasm = await probeWasm(options);
  const software = await probeAdapter(
    'software',
    'SwiftShader, Vulkan on the CPU (slow; only by --adapter software)',
  );
  const choice = hardware.found ? hardware : wasm.found ? wasm : undefined;
  const reason = hardware.found
    ? 'A GPU was found.'
    : wasm.found
      ? 'No GPU was found; the same kernels run as WebAssembly on the CPU, far faster than on a software GPU.'
      : 'Neither a GPU nor WebAssembly SIMD was found.';
  const advice = [
    ...(hardware.found
      ? []
      : ['For a GPU: install its driver with Vulkan support (Linux); macOS and Windows bring theirs.']),
    ...(choice ? [] : ['For the wasm device: use Node 20 or later, or a current browser.']),
  ];
  return {
    devices: [hardware, wasm, software],
    choice: choice && `${choice.kind} (${choice.detail})`,
    reason,
    advice,
  };
}

async function probeWasm(options: Pick<WasmOptions, 'wide'>): Promise<ProbedDevice> {
  const title = 'the same WGSL compiled to WebAssembly SIMD, on the CPU';
  try {
    const device = await WasmDevice.open(options);
    const { info, wide } = device;
    await device.destroy();
    const reason = wide.reason ? `; not in 256 bits: ${wide.reason}` : '';
    const detail = `${info.adapter}, ${info.threads} threads${reason}`;
    return { kind: 'wasm', title, found: true, detail, info };
  } catch (error) {
    return { kind: 'wasm', title, found: false, detail: (error as Error).message };
  }
}

async function probeAdapter(choice: AdapterChoice, title: string): Promise<ProbedDevice> {
  try {
    const found = await findAdapter(choice);
    if (!found) return { kind: 'webgpu', title, found: false, detail: 'no such adapter' };
    const { description, features, limits } = found.report;
    const info = adapterInfo(found.report);
    return { kind: 'webgpu', title, found: true, detail: description, features, limits, info };
  } catch (error) {
    return { kind: 'webgpu', title, found: false, detail: (error as Error).message };
  }
}
