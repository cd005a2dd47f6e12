import type { PlatformType } from '@glassbox/options';
import { type Machine, machines } from '@glassbox/wgsl-kernels';
import { DeviceError, type DeviceInfo } from '../device.ts';
import type { AdapterChoice } from './adapter-choice.ts';
import { WebGpuDevice } from './webgpu-device.ts';

/** What a WebGPU adapter says of itself. */
export interface AdapterReport {
  /** The adapter's own words, or the parts of them that the driver gives. */
  readonly description: string;
  /** Vendor, architecture and device, as far as the driver names them. */
  readonly identity: string;
  /** True for a GPU; false for software. */
  readonly hardware: boolean;
  /** What it stands on: `vulkan`, `metal`, `d3d12`, or empty where it does not say. */
  readonly backend: string;
  /** Optional features of WebGPU that it has. */
  readonly features: readonly string[];
  /** Limits of WebGPU that it has, by name. */
  readonly limits: Readonly<Record<string, number>>;
}

const inNode = typeof process === 'object' && typeof process.versions?.node === 'string';

interface Found {
  readonly adapter: PlatformType<'GPUAdapter'>;
  readonly report: AdapterReport;
}

/**
 * Dawn's entry points. A strong reference must live as long as the process: when one is collected while a promise
 * is in flight, the process hangs or crashes on exit.
 */
const instances = new Map<string, GPU>();

async function dawn(options: readonly string[]): Promise<GPU> {
  const key = options.join(' ');
  let gpu = instances.get(key);
  if (!gpu) {
    const { create } = await importDawn();
    gpu = create([...options]);
    instances.set(key, gpu);
  }
  return gpu;
}

/** @throws DawnMissingError if the optional peer dependency is not installed. */
async function importDawn() {
  try {
    return await import('webgpu');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && /package 'webgpu'/.test(message)) throw new DawnMissingError();
    throw error;
  }
}

/** The npm package through which Node reaches a GPU is not installed: only who wants that device needs it. */
export class DawnMissingError extends DeviceError {
  constructor() {
    super(
      'Outside of browsers the webgpu device needs the npm package webgpu: run `npm i webgpu`, or use the wasm device.',
    );
  }
}

/** The limits worth showing, and the two that are raised to what the adapter offers. */
const limitsShown = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBuffersPerShaderStage',
] as const;

/** True for drivers that compute on the CPU. */
function isSoftware(info: GPUAdapterInfo): boolean {
  return /swiftshader|llvmpipe|lavapipe|basic render|warp/i.test(
    `${info.description} ${info.device} ${info.architecture}`,
  );
}

async function request(gpu: GPU, options: GPURequestAdapterOptions): Promise<Found | undefined> {
  const adapter = await gpu.requestAdapter(options);
  if (!adapter) return undefined;
  const { info, features, limits } = adapter;
  const shown = Object.fromEntries(limitsShown.map((name) => [name, limits[name]]));
  const report = {
    description: info.description || info.device || info.vendor || 'unnamed adapter',
    identity: [info.vendor, info.architecture, info.device].filter(Boolean).join(', '),
    hardware: !isSoftware(info),
    backend: (info as { backend?: string }).backend ?? '',
    features: [...features].sort(),
    limits: shown,
  };
  return { adapter, report };
}

/** What a device on this adapter says of itself. */
export function adapterInfo({ description, hardware, identity }: AdapterReport): DeviceInfo {
  return { kind: 'webgpu', adapter: description, hardware, identity };
}

/** Looks for a GPU; the software adapter counts only when asked for. In a browser, `navigator.gpu` answers. */
export async function findAdapter(
  choice: AdapterChoice,
  options: readonly string[] = [],
): Promise<Found | undefined> {
  if (!inNode) {
    const gpu = globalThis.navigator?.gpu;
    const found = gpu && (await request(gpu, { powerPreference: 'high-performance' }));
    return choice === 'hardware' && !found?.report.hardware ? undefined : found;
  }
  // Node only: a browser must not even load these.
  const [{ loadVulkanLoader, useSwiftShader }, { mayHaveGpuDriver }] = await Promise.all([
    import('./swiftshader.ts'),
    import('./vulkan-drivers.ts'),
  ]);
  if (choice !== 'software') {
    if (mayHaveGpuDriver()) {
      loadVulkanLoader();
      const found = await request(await dawn(options), { powerPreference: 'high-performance' });
      if (found?.report.hardware) return found;
    }
    if (choice === 'hardware') return undefined;
  }
  await importDawn(); // if that is missing, the driver is no help
  useSwiftShader();
  // Another option list than above: Dawn asks for Vulkan drivers once for each instance.
  return request(await dawn(['adapter=SwiftShader', ...options]), {});
}

/** Opens Dawn's null backend, as the device of that name. In Node only. */
export async function openNullBackend(kind: string, machine: Machine): Promise<WebGpuDevice> {
  if (!inNode) throw new DeviceError("Dawn's null backend is in Node only");
  const found = await request(await dawn(['backend=null']), {});
  if (!found) throw new DeviceError('Dawn offers no null backend');
  return open(found, { ...adapterInfo(found.report), kind, hardware: false }, machine);
}

/**
 * Opens the `webgpu` device.
 * @param toggles Dawn's feature toggles for benchmarks, for example `enable-dawn-features=disable_robustness`.
 * @param machine what kernels take it for; what the adapter is unless given.
 * @throws DeviceError if there is no such adapter.
 */
export async function openWebGpu(
  choice: AdapterChoice = 'auto',
  toggles: readonly string[] = [],
  machine?: Machine,
): Promise<WebGpuDevice> {
  const found = await findAdapter(choice, toggles);
  if (!found) {
    throw new DeviceError(
      choice === 'hardware'
        ? 'No GPU was found. Use --adapter software or --adapter auto, or install a driver with Vulkan, ' +
            'Metal or D3D12; `npm run doctor` shows what was found.'
        : 'No WebGPU adapter was found; `npm run doctor` shows what was looked for.',
    );
  }
  const { report } = found;
  return open(found, adapterInfo(report), machine ?? (report.hardware ? machines.gpu : machines.softwareGpu));
}

const alive = new Set<WeakRef<GPUDevice>>();
let watching = false;

/**
 * A process that ends while its GPU still works (after an error, by `process.exit()`) may crash: end the work first.
 */
function destroyAtExit(gpu: GPUDevice): void {
  if (!inNode) return;
  if (!watching) {
    process.on('exit', () => {
      for (const reference of alive) reference.deref()?.destroy();
    });
    watching = true;
  }
  const reference = new WeakRef(gpu);
  alive.add(reference);
  void gpu.lost.then(() => alive.delete(reference));
}

async function open({ adapter }: Found, info: DeviceInfo, machine: Machine): Promise<WebGpuDevice> {
  const gpu = await adapter.requestDevice({
    label: info.adapter,
    requiredLimits: {
      maxBufferSize: adapter.limits.maxBufferSize,
      maxStorageBufferBindingSize: adapter.limits.maxStorageBufferBindingSize,
    },
  });
  destroyAtExit(gpu);
  return new WebGpuDevice(gpu, info, machine);
}
