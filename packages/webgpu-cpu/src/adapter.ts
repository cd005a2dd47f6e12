/** `navigator.gpu`: one adapter, the processor. */
import {
  languageFeatures,
  openWasmRuntime,
  SUBGROUP_SIZE,
  type WasmRuntimeOptions,
} from '@glassbox/wgsl-wasm';
import { sequence, word } from './convert.ts';
import { Core } from './core.ts';
import { GPUDevice } from './device.ts';
import { exception } from './errors.ts';
import { adapterLimits, deviceLimits, type GPUSupportedLimits } from './limits.ts';

/** A set that nobody changes. */
export class GPUSupportedFeatures extends Set<string> {
  /** @internal */
  constructor(names: Iterable<string>) {
    super();
    for (const name of names) super.add(name);
  }
  /** @throws TypeError always */
  override add(): never {
    throw new TypeError('the features cannot be changed');
  }
  /** @throws TypeError always */
  override delete(): never {
    throw new TypeError('the features cannot be changed');
  }
  /** @throws TypeError always */
  override clear(): never {
    throw new TypeError('the features cannot be changed');
  }
}

/** The features of WGSL that modules may require. */
export class WGSLLanguageFeatures extends GPUSupportedFeatures {}

/** What an adapter is. */
export class GPUAdapterInfo implements globalThis.GPUAdapterInfo {
  declare readonly __brand: 'GPUAdapterInfo';
  /** Who wrote it. */
  readonly vendor = 'glassbox';
  /** What it runs. */
  readonly architecture = 'wasm';
  /** Nothing. */
  readonly device = '';
  /** For people. */
  readonly description = 'WGSL compiled to WebAssembly SIMD, on the processor';
  /** Invocations of a subgroup: always as many. */
  readonly subgroupMinSize = SUBGROUP_SIZE;
  /** Invocations of a subgroup: always as many. */
  readonly subgroupMaxSize = SUBGROUP_SIZE;
  /** Whether a fallback adapter was asked for. The processor is what there is in any case. */
  readonly isFallbackAdapter: boolean;
  /** @internal */
  constructor(isFallbackAdapter: boolean) {
    this.isFallbackAdapter = isFallbackAdapter;
  }
}

/** Always there. */
const CORE = 'core-features-and-limits';
const FEATURES = [CORE, 'bgra8unorm-storage', 'shader-f16', 'subgroups', 'timestamp-query'];

/** The processor. It gives one device; for another one, ask for another adapter. */
export class GPUAdapter implements globalThis.GPUAdapter {
  declare readonly __brand: 'GPUAdapter';
  /** What a device may have. */
  readonly features: ReadonlySet<string> = new GPUSupportedFeatures(FEATURES);
  /** What a device may have. */
  readonly limits: GPUSupportedLimits = adapterLimits();
  /** What it is. */
  readonly info: GPUAdapterInfo;
  readonly #options: WasmRuntimeOptions;
  #consumed = false;

  /** @internal */
  constructor(options: WasmRuntimeOptions, isFallbackAdapter: boolean) {
    this.#options = options;
    this.info = new GPUAdapterInfo(isFallbackAdapter);
  }

  /**
   * A device with a memory and threads of its own.
   * @throws TypeError for features that are not here, DOMException `OperationError` for limits that are not, or for a
   *   second device
   */
  async requestDevice(descriptor: GPUDeviceDescriptor = {}): Promise<GPUDevice> {
    const asked = sequence('requestDevice', 'requiredFeatures', descriptor.requiredFeatures ?? []);
    for (const feature of asked) {
      if (this.features.has(feature)) continue;
      throw new TypeError(
        `requestDevice: the feature '${feature}' is not supported by this WebGPU; there are ${FEATURES.join(', ')}`,
      );
    }
    const limits = deviceLimits(descriptor.requiredLimits ?? {});
    if (this.#consumed) {
      throw exception(
        'OperationError',
        'requestDevice: this adapter gave a device before; call requestAdapter again',
      );
    }
    this.#consumed = true;
    const runtime = await openWasmRuntime(this.#options);
    return new GPUDevice(
      new Core(runtime, limits, new GPUSupportedFeatures([CORE, ...asked])),
      new GPUAdapterInfo(this.info.isFallbackAdapter),
      descriptor,
    );
  }
}

/** What `navigator.gpu` is in a browser. */
export class GPU implements globalThis.GPU {
  declare readonly __brand: 'GPU';
  /** The features of WGSL that modules may require. */
  readonly wgslLanguageFeatures: ReadonlySet<string> = new WGSLLanguageFeatures(languageFeatures);
  readonly #options: WasmRuntimeOptions;

  /** @internal */
  constructor(options: WasmRuntimeOptions) {
    this.#options = options;
  }

  /** The processor; null if a feature level is asked for that WebGPU does not have. */
  async requestAdapter(options: GPURequestAdapterOptions = {}): Promise<GPUAdapter | null> {
    const { powerPreference, featureLevel = 'core', forceFallbackAdapter = false } = options;
    if (powerPreference !== undefined)
      word('requestAdapter', 'powerPreference', powerPreference, ['low-power', 'high-performance']);
    if (featureLevel !== 'core' && featureLevel !== 'compatibility') return null;
    return new GPUAdapter(this.#options, Boolean(forceFallbackAdapter));
  }

  /** What a canvas would have; there are none. */
  getPreferredCanvasFormat(): GPUTextureFormat {
    return 'bgra8unorm';
  }
}
