/** Command encoders: lists of commands, checked while they are written. */
import { GPUBuffer } from './buffer.ts';
import { GPUCommandBuffer } from './commands.ts';
import { GPUComputePassEncoder } from './compute-pass.ts';
import { own, size32, size64 } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';
import { Encoding } from './encoding.ts';
import { GPUValidationError } from './errors.ts';
import { GPUQuerySet } from './query-set.ts';
import * as refused from './refused.ts';
import { bufferCopy, type TexelCopy, textureCopy } from './texel-copy.ts';

/** Writes a list of commands. What breaks a rule is reported by `finish`. */
export class GPUCommandEncoder extends DeviceObject implements globalThis.GPUCommandEncoder {
  declare readonly __brand: 'GPUCommandEncoder';
  /** @internal */
  readonly kind = 'command encoder';
  readonly #encoding: Encoding;

  /** @internal */
  constructor(core: Core, descriptor: GPUCommandEncoderDescriptor = {}) {
    super(core, descriptor.label);
    this.#encoding = new Encoding(core, this);
  }

  /** Begins a compute pass, which has to end before the next command. */
  beginComputePass(descriptor: GPUComputePassDescriptor = {}): GPUComputePassEncoder {
    return new GPUComputePassEncoder(this.core, this.#encoding, descriptor);
  }

  /** Copies whole words from one buffer to another; without offsets, from start to start. */
  copyBufferToBuffer(source: GPUBuffer, destination: GPUBuffer, size?: number): undefined;
  copyBufferToBuffer(
    source: GPUBuffer,
    sourceOffset: number,
    destination: GPUBuffer,
    destinationOffset: number,
    size?: number,
  ): undefined;
  copyBufferToBuffer(source: GPUBuffer, ...rest: unknown[]): undefined {
    const owner = 'copyBufferToBuffer';
    const from = own(GPUBuffer, owner, 'source', source);
    const short = rest[0] instanceof GPUBuffer;
    const [fromOffset, destination, toOffset, given] = short ? [0, rest[0], 0, rest[1]] : rest;
    const to = own(GPUBuffer, owner, 'destination', destination);
    const a = size64(owner, 'sourceOffset', fromOffset);
    const b = size64(owner, 'destinationOffset', toOffset);
    const size = given === undefined ? Math.max(0, from.size - a) : size64(owner, 'size', given);
    this.#encoding.command(owner, () => {
      from.requireValid(this.core);
      to.requireValid(this.core);
      from.requireUsage('COPY_SRC');
      to.requireUsage('COPY_DST');
      for (const [name, value] of Object.entries({ size, sourceOffset: a, destinationOffset: b })) {
        rule(value % 4 === 0, () => `${name} ${value} is not a multiple of 4`);
      }
      from.requireRange(a, size);
      to.requireRange(b, size);
      rule(from !== to, () => `${from.named} cannot be copied to itself`);
      this.#encoding.use(from, to);
      return { copy: { from, fromOffset: a, to, toOffset: b, size } };
    });
  }

  /** Copies texels from a buffer. */
  copyBufferToTexture(
    source: GPUTexelCopyBufferInfo,
    destination: GPUTexelCopyTextureInfo,
    copySize: GPUExtent3D | Iterable<number>,
  ): undefined {
    const owner = 'copyBufferToTexture';
    this.#texels(owner, bufferCopy(owner, source, destination, copySize, true));
  }

  /** Copies texels to a buffer. */
  copyTextureToBuffer(
    source: GPUTexelCopyTextureInfo,
    destination: GPUTexelCopyBufferInfo,
    copySize: GPUExtent3D | Iterable<number>,
  ): undefined {
    const owner = 'copyTextureToBuffer';
    this.#texels(owner, bufferCopy(owner, destination, source, copySize, false));
  }

  /** Copies texels from one texture to another, or to other levels or layers of it. */
  copyTextureToTexture(
    source: GPUTexelCopyTextureInfo,
    destination: GPUTexelCopyTextureInfo,
    copySize: GPUExtent3D | Iterable<number>,
  ): undefined {
    const owner = 'copyTextureToTexture';
    this.#texels(owner, textureCopy(owner, source, destination, copySize));
  }

  #texels(owner: string, check: (core: Core) => TexelCopy): void {
    this.#encoding.command(owner, () => {
      const texels = check(this.core);
      for (const { object } of [texels.from, texels.to]) if (object) this.#encoding.use(object);
      return { texels };
    });
  }

  /** Fills words of a buffer with zeros. */
  clearBuffer(buffer: GPUBuffer, offset?: number, size?: number): undefined {
    const to = own(GPUBuffer, 'clearBuffer', 'buffer', buffer);
    const toOffset = size64('clearBuffer', 'offset', offset ?? 0);
    const bytes = size === undefined ? Math.max(0, to.size - toOffset) : size64('clearBuffer', 'size', size);
    this.#encoding.command('clearBuffer', () => {
      to.requireValid(this.core);
      to.requireUsage('COPY_DST');
      rule(toOffset % 4 === 0, () => `the offset ${toOffset} is not a multiple of 4`);
      rule(bytes % 4 === 0, () => `the size ${bytes} is not a multiple of 4`);
      to.requireRange(toOffset, bytes);
      this.#encoding.use(to);
      return { clear: { to, toOffset, size: bytes } };
    });
  }

  /** Writes results of queries, each 8 bytes, into a buffer. */
  resolveQuerySet(
    querySet: GPUQuerySet,
    firstQuery: number,
    queryCount: number,
    destination: GPUBuffer,
    destinationOffset: number,
  ): undefined {
    const owner = 'resolveQuerySet';
    const set = own(GPUQuerySet, owner, 'querySet', querySet);
    const first = size32(owner, 'firstQuery', firstQuery);
    const count = size32(owner, 'queryCount', queryCount);
    const to = own(GPUBuffer, owner, 'destination', destination);
    const toOffset = size64(owner, 'destinationOffset', destinationOffset);
    this.#encoding.command(owner, () => {
      set.requireValid(this.core);
      to.requireValid(this.core);
      to.requireUsage('QUERY_RESOLVE');
      rule(
        first < set.count && first + count <= set.count,
        () => `queries ${first} to ${first + count} are outside of ${set.named} of ${set.count}`,
      );
      rule(toOffset % 256 === 0, () => `destinationOffset ${toOffset} is not a multiple of 256`);
      to.requireRange(toOffset, 8 * count);
      this.#encoding.use(to, set);
      return { resolve: { set, first, count, to, toOffset } };
    });
  }

  pushDebugGroup(_groupLabel: string): undefined {
    this.#encoding.pushDebugGroup();
  }

  popDebugGroup(): undefined {
    this.#encoding.popDebugGroup();
  }

  insertDebugMarker(_markerLabel: string): undefined {
    this.#encoding.command('insertDebugMarker', () => null);
  }

  /** Ends the list. */
  finish(descriptor: GPUCommandBufferDescriptor = {}): GPUCommandBuffer {
    const { commands, used, error } = this.#encoding.finish();
    const list = new GPUCommandBuffer(this.core, descriptor.label, commands, used);
    if (error === null) return list;
    list.valid = false;
    this.core.report(new GPUValidationError(`finish of ${this.named}: ${error}`));
    return list;
  }

  // --- what is not here ---------------------------------------------------------------------------------------------

  beginRenderPass(descriptor: GPURenderPassDescriptor): GPURenderPassEncoder {
    this.#encoding.command('beginRenderPass', () => {
      rule(false, refused.notHere('render passes'));
      return null;
    });
    return new refused.GPURenderPassEncoder(this.core, descriptor) as unknown as GPURenderPassEncoder;
  }
}
