/** Commands, and how they are given to the runtime. */
import type { RuntimeBuffer, RuntimeDispatch, RuntimeKernel } from '@glassbox/wgsl-wasm';
import type { GPUBuffer } from './buffer.ts';
import { type Core, DeviceObject } from './core.ts';
import type { GPUQuerySet } from './query-set.ts';
import { copyTexels, type TexelCopy } from './texel-copy.ts';
import type { GPUTexture, GPUTextureView } from './texture.ts';

/** A kernel and what is bound to it, in the order of its bindings. @internal */
export interface Bound {
  readonly kernel: RuntimeKernel;
  readonly buffers: readonly {
    readonly buffer: GPUBuffer | GPUTextureView;
    readonly offset: number;
    readonly size: number;
  }[];
  /** What its immediate variable holds, which comes before the buffers; null if it has none. */
  readonly immediates: Uint8Array | null;
}

/** One of these. @internal */
export interface Command {
  readonly dispatch?: Bound & { readonly workgroups: readonly [number, number, number] };
  readonly indirect?: Bound & { readonly from: GPUBuffer; readonly fromOffset: number };
  readonly copy?: {
    readonly from: GPUBuffer;
    readonly fromOffset: number;
    readonly to: GPUBuffer;
    readonly toOffset: number;
    readonly size: number;
  };
  readonly clear?: { readonly to: GPUBuffer; readonly toOffset: number; readonly size: number };
  readonly resolve?: {
    readonly set: GPUQuerySet;
    readonly first: number;
    readonly count: number;
    readonly to: GPUBuffer;
    readonly toOffset: number;
  };
  readonly texels?: TexelCopy;
  readonly stamp?: { readonly set: GPUQuerySet; readonly query: number };
}

/** What has to be there, and unmapped, when commands run. @internal */
export type Usable = GPUBuffer | GPUTexture | GPUQuerySet;
/** @internal */
export type Used = ReadonlySet<Usable>;

/** A list of commands, to be submitted once. */
export class GPUCommandBuffer extends DeviceObject implements globalThis.GPUCommandBuffer {
  declare readonly __brand: 'GPUCommandBuffer';
  /** @internal */
  readonly kind = 'command buffer';
  /** @internal */
  readonly commands: readonly Command[];
  /** @internal */
  readonly used: Used;
  /** @internal */
  submitted = false;

  /** @internal */
  constructor(core: Core, label: unknown, commands: readonly Command[], used: Used) {
    super(core, label);
    this.commands = commands;
    this.used = used;
  }
}

/** The memory of a buffer that was found to be there, or what describes a view. */
const memoryOf = ({ memory }: GPUBuffer | GPUTextureView): RuntimeBuffer => memory!;

/** Buffers with immediate data, which go when the commands have run. */
type Temporary = Map<Uint8Array, RuntimeBuffer>;

/** What the runtime needs. */
function boundOf(
  { runtime }: Core,
  { kernel, buffers, immediates }: Bound,
  temporary: Temporary,
): Omit<RuntimeDispatch, 'workgroups'> {
  const bound = buffers.map(({ buffer, offset, size }) => ({ buffer: memoryOf(buffer), offset, size }));
  if (!immediates) return { kernel, buffers: bound };
  let buffer = temporary.get(immediates);
  if (!buffer) {
    buffer = runtime.createBuffer(immediates.length, 'immediate data');
    runtime.write(buffer, 0, immediates);
    temporary.set(immediates, buffer);
  }
  return { kernel, buffers: [{ buffer, offset: 0, size: buffer.bytes }, ...bound] };
}

/** Gives commands to the runtime, in their order. Dispatches that follow each other are one list. @internal */
export function execute(core: Core, commands: readonly Command[]): void {
  const { runtime } = core;
  let list: RuntimeDispatch[] = [];
  const temporary: Temporary = new Map();
  const flush = () => {
    if (list.length > 0) runtime.submit(list);
    list = [];
  };
  for (const command of commands) {
    const { dispatch } = command;
    if (dispatch) {
      list.push({ ...boundOf(core, dispatch, temporary), workgroups: dispatch.workgroups });
      continue;
    }
    flush();
    executeOther(core, command, temporary);
  }
  flush();
  for (const buffer of temporary.values()) runtime.inTurn(() => runtime.destroyBuffer(buffer));
}

function executeOther(core: Core, command: Command, temporary: Temporary): void {
  const { runtime, limits } = core;
  const { indirect, copy, clear, resolve, stamp, texels } = command;
  if (copy) {
    const { fromOffset, toOffset, size } = copy;
    const [from, to] = [memoryOf(copy.from).address + fromOffset, memoryOf(copy.to).address + toOffset];
    runtime.inTurn((bytes) => bytes.copyWithin(to, from, from + size));
  } else if (clear) {
    const start = memoryOf(clear.to).address + clear.toOffset;
    runtime.inTurn((bytes) => bytes.fill(0, start, start + clear.size));
  } else if (resolve) {
    const { set, first, count, toOffset } = resolve;
    const start = memoryOf(resolve.to).address + toOffset;
    runtime.inTurn((bytes) => bytes.set(new Uint8Array(set.results.buffer, 8 * first, 8 * count), start));
  } else if (texels) {
    copyTexels(core, texels);
  } else if (stamp) {
    runtime.inTurn(() => stamp.set.stamp(stamp.query));
  } else if (indirect) {
    const bound = boundOf(core, indirect, temporary);
    const start = memoryOf(indirect.from).address + indirect.fromOffset;
    runtime.inTurn((bytes) => {
      const [x, y, z] = new Uint32Array(bytes.buffer, start, 3);
      // More than there may be is nothing, as the specification says.
      const most = limits.maxComputeWorkgroupsPerDimension;
      if (Math.max(x, y, z) <= most) runtime.submit([{ ...bound, workgroups: [x, y, z] }]);
    });
  }
}
