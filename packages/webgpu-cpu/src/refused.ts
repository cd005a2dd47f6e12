/**
 * What belongs to rendering. Asking for it is reported as a `GPUValidationError`, and gives an object that is not
 * valid, as WebGPU has it for all that fails.
 */
import { type Core, DeviceObject } from './core.ts';
import { GPUValidationError } from './errors.ts';

/** What is said of it: `textures are not supported …`. @internal */
export const notHere = (what: string): string =>
  `${what} are not supported by this WebGPU, which only computes`;

/** Reports that something is not here. @internal */
export function refuse(core: Core, method: string, what: string): void {
  core.report(new GPUValidationError(`${method}: ${notHere(what)}`));
}

interface Labelled {
  readonly label?: string;
}

/** An object that is not valid. */
abstract class Refused extends DeviceObject {
  override valid = false;

  /** @internal */
  constructor(core: Core, descriptor?: Labelled) {
    super(core, descriptor?.label);
  }
}

/** Gives a class methods that do nothing: what matters was reported when the object was made. */
function without(of: abstract new (...args: never[]) => Refused, ...methods: readonly string[]): void {
  for (const name of methods)
    Object.defineProperty(of.prototype, name, { value: () => {}, configurable: true });
}

/** Never valid here. */
export class GPUExternalTexture extends Refused {
  /** @internal */
  readonly kind = 'external texture';
}
/** Never valid here. */
export class GPUSampler extends Refused {
  /** @internal */
  readonly kind = 'sampler';
}
/** Never valid here. */
export class GPURenderPipeline extends Refused {
  /** @internal */
  readonly kind = 'render pipeline';
}
/** Never valid here. */
export class GPURenderBundle extends Refused {
  /** @internal */
  readonly kind = 'render bundle';
}
/** Never valid here. */
export class GPURenderPassEncoder extends Refused {
  /** @internal */
  readonly kind = 'render pass';
}
/** Never valid here. */
export class GPURenderBundleEncoder extends Refused {
  /** @internal */
  readonly kind = 'render bundle encoder';
  /** A bundle, as little valid as its encoder. */
  finish(descriptor?: GPURenderBundleDescriptor): GPURenderBundle {
    refuse(this.core, 'finish', 'render bundles');
    return new GPURenderBundle(this.core, descriptor);
  }
}

const DRAWING = [
  ...['setPipeline', 'setIndexBuffer', 'setVertexBuffer', 'setBindGroup', 'setImmediates'],
  ...['draw', 'drawIndexed', 'drawIndirect', 'drawIndexedIndirect'],
  ...['pushDebugGroup', 'popDebugGroup', 'insertDebugMarker'],
];
without(GPURenderBundleEncoder, ...DRAWING);
without(
  GPURenderPassEncoder,
  ...DRAWING,
  ...['setViewport', 'setScissorRect', 'setBlendConstant', 'setStencilReference'],
  ...['beginOcclusionQuery', 'endOcclusionQuery', 'executeBundles', 'end'],
);
