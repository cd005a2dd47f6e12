/**
 * WebGPU without a GPU, for computing: WGSL runs as WebAssembly SIMD on threads.
 *
 *     import { create, globals } from '@glassbox/webgpu-cpu';
 *     Object.assign(globalThis, globals);
 *     Object.defineProperty(globalThis, 'navigator', { value: { gpu: create() } });
 */
import { checkOptions, flag, type OptionTable, positive, whole } from '@glassbox/options';
import * as adapter from './adapter.ts';
import * as bindings from './bindings.ts';
import { GPUBuffer } from './buffer.ts';
import { GPUCommandBuffer } from './commands.ts';
import { GPUComputePassEncoder } from './compute-pass.ts';
import * as constants from './constants.ts';
import { GPUDevice } from './device.ts';
import { GPUCommandEncoder } from './encoder.ts';
import * as errors from './errors.ts';
import { GPUSupportedLimits } from './limits.ts';
import { GPUComputePipeline } from './pipeline.ts';
import { GPUQuerySet } from './query-set.ts';
import { GPUQueue } from './queue.ts';
import * as refused from './refused.ts';
import { GPUCompilationInfo, GPUCompilationMessage, GPUShaderModule } from './shader.ts';
import { GPUTexture, GPUTextureView } from './texture.ts';

/** How devices run. */
export interface CreateOptions {
  /** Threads of a device, the main thread included. Default: the number of cores; with `races` 1, and no more. */
  readonly threads?: number;
  /**
   * A kernel that accesses memory out of bounds is stopped, and the device is lost. The message has the index, the
   * buffer, the invocation and the place in the text. Slower.
   */
  readonly debug?: boolean;
  /**
   * Look for data races: two invocations of a dispatch use the same element, one of them writes, and neither a barrier
   * nor an atomic type is between. A race is a `GPUValidationError` when the work is submitted. Much slower.
   */
  readonly races?: boolean;
  /**
   * Operations that an invocation may take in loops (a workgroup, if there are barriers), roughly counted. With more,
   * the kernel is taken to run for ever, and the device is lost. Default 2^34: between half a second and some twenty.
   */
  readonly operationLimit?: number;
}

const optionNames: OptionTable<CreateOptions> = {
  threads: whole(1, 256),
  debug: flag,
  races: flag,
  operationLimit: positive,
};

/** The options that a list like `['threads=2']` stands for. */
function fromList(list: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    list.map((entry) => {
      const [name, value = 'true'] = String(entry).split('=', 2);
      const number = Number(value);
      return [name, value === 'true' || value === 'false' ? value === 'true' : number];
    }),
  );
}

/**
 * What `navigator.gpu` is in a browser. `options` may also be a list of texts, as `['threads=2']`, since that is how
 * the npm package `webgpu` takes them.
 * @throws TypeError for options that do not exist, RangeError for several threads with `races`
 */
export function create(options: CreateOptions | readonly string[] = {}): GPU {
  const given: CreateOptions = Array.isArray(options) ? fromList(options) : (options as CreateOptions);
  checkOptions('create', given, optionNames);
  if (given.races && (given.threads ?? 1) > 1) {
    throw new RangeError('create: races are looked for on one thread; leave out `threads`');
  }
  return new adapter.GPU({ ...given, robust: given.debug !== true });
}

const { GPUError, GPUValidationError, GPUOutOfMemoryError, GPUInternalError, GPUPipelineError } = errors;
const { GPUBufferUsage, GPUMapMode, GPUShaderStage, GPUColorWrite, GPUTextureUsage } = constants;

/** The names of WebGPU in a page, but for what draws on it. */
type Globals = Omit<
  Pick<typeof globalThis, Extract<keyof typeof globalThis, `GPU${string}` | 'WGSLLanguageFeatures'>>,
  'GPUCanvasContext'
>;

const classes = {
  GPU: adapter.GPU,
  GPUAdapter: adapter.GPUAdapter,
  GPUAdapterInfo: adapter.GPUAdapterInfo,
  GPUSupportedFeatures: adapter.GPUSupportedFeatures,
  GPUSupportedLimits,
  WGSLLanguageFeatures: adapter.WGSLLanguageFeatures,
  GPUDevice,
  GPUDeviceLostInfo: errors.GPUDeviceLostInfo,
  GPUQueue,
  GPUBuffer,
  GPUQuerySet,
  GPUBindGroupLayout: bindings.GPUBindGroupLayout,
  GPUBindGroup: bindings.GPUBindGroup,
  GPUPipelineLayout: bindings.GPUPipelineLayout,
  GPUShaderModule,
  GPUCompilationInfo,
  GPUCompilationMessage,
  GPUComputePipeline,
  GPUCommandEncoder,
  GPUCommandBuffer,
  GPUComputePassEncoder,
  GPUError,
  GPUValidationError,
  GPUOutOfMemoryError,
  GPUInternalError,
  GPUPipelineError,
  GPUUncapturedErrorEvent: errors.GPUUncapturedErrorEvent,
  GPUBufferUsage,
  GPUMapMode,
  GPUShaderStage,
  GPUColorWrite,
  GPUTextureUsage,
  GPUTexture,
  GPUTextureView,
  GPUExternalTexture: refused.GPUExternalTexture,
  GPUSampler: refused.GPUSampler,
  GPURenderPipeline: refused.GPURenderPipeline,
  GPURenderBundle: refused.GPURenderBundle,
  GPURenderPassEncoder: refused.GPURenderPassEncoder,
  GPURenderBundleEncoder: refused.GPURenderBundleEncoder,
} satisfies Record<keyof Globals, unknown>;

/** The classes and constants of WebGPU, by their names: `Object.assign(globalThis, globals)` makes them global. */
export const globals = classes as unknown as Globals;
