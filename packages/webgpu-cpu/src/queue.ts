/** The queue of a device: writes, and lists of commands, in their order. */
import { GPUBuffer } from './buffer.ts';
import { execute, GPUCommandBuffer } from './commands.ts';
import { bytesOf, own, sequence, size64 } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';
import { exception } from './errors.ts';
import { GPUQuerySet } from './query-set.ts';
import { refuse } from './refused.ts';
import { arrayCopy, copyTexels } from './texel-copy.ts';

/** Where work is given to the device. */
export class GPUQueue extends DeviceObject implements globalThis.GPUQueue {
  declare readonly __brand: 'GPUQueue';
  /** @internal */
  readonly kind = 'queue';
  #watched = false;

  /** @internal */
  constructor(core: Core, descriptor: GPUQueueDescriptor = {}) {
    super(core, descriptor.label);
  }

  /** Runs lists of commands. If one breaks a rule, none runs. */
  submit(commandBuffers: Iterable<globalThis.GPUCommandBuffer>): undefined {
    const { core } = this;
    const lists = sequence('submit', 'commandBuffers', commandBuffers).map((list, i) =>
      own(GPUCommandBuffer, 'submit', `commandBuffers[${i}]`, list),
    );
    if (core.lostInfo) return;
    const valid = core.holds('submit', () => {
      lists.forEach((list, i) => {
        list.requireValid(core);
        rule(!list.submitted && lists.indexOf(list) === i, () => `${list.named} was submitted before`);
        for (const object of list.used) {
          if (object instanceof GPUQuerySet) object.requireThere();
          else object.requireReady();
        }
      });
    });
    for (const list of lists) list.submitted = true;
    if (!valid) return;
    this.#run(() =>
      execute(
        core,
        lists.flatMap(({ commands }) => commands),
      ),
    );
  }

  /** Gives work to the runtime. Whoever fails there loses the device. */
  #run(work: () => void): void {
    const { core } = this;
    try {
      work();
    } catch (error) {
      core.fail(error as Error);
    }
    if (this.#watched || core.lostInfo) return;
    // A kernel that does not end is known once it has run: now, or when other threads are done.
    this.#watched = true;
    void core.settled().then(() => {
      this.#watched = false;
    });
  }

  /** Resolves once what was submitted so far has run. */
  async onSubmittedWorkDone(): Promise<undefined> {
    await this.core.settled();
  }

  /**
   * Writes bytes of an array, as they are now. `dataOffset` and `size` count elements of a typed array, else bytes.
   * @throws DOMException `OperationError` if the array does not have these, or they are no whole words
   */
  writeBuffer(
    buffer: GPUBuffer,
    bufferOffset: number,
    data: ArrayBuffer | SharedArrayBuffer | ArrayBufferView,
    dataOffset?: number,
    size?: number,
  ): undefined {
    const to = own(GPUBuffer, 'writeBuffer', 'buffer', buffer);
    const offset = size64('writeBuffer', 'bufferOffset', bufferOffset);
    const { bytes, unit } = bytesOf('writeBuffer', data);
    const first = unit * size64('writeBuffer', 'dataOffset', dataOffset ?? 0);
    const length = size === undefined ? bytes.byteLength - first : unit * size64('writeBuffer', 'size', size);
    if (length < 0 || first + length > bytes.byteLength) {
      throw exception(
        'OperationError',
        `writeBuffer: bytes ${first} to ${first + length} are outside of data of ${bytes.byteLength} bytes`,
      );
    }
    if (length % 4 !== 0) {
      throw exception('OperationError', `writeBuffer: ${length} bytes are not a multiple of 4`);
    }
    const { core } = this;
    if (core.lostInfo) return;
    const valid = core.holds('writeBuffer', () => {
      to.requireValid(core);
      to.requireReady();
      to.requireUsage('COPY_DST');
      rule(offset % 4 === 0, () => `bufferOffset ${offset} is not a multiple of 4`);
      to.requireRange(offset, length);
    });
    if (valid && length > 0)
      this.#run(() => core.runtime.write(to.memory!, offset, bytes.subarray(first, first + length)));
  }

  /** Writes texels from bytes of an array, as they are now. */
  writeTexture(
    destination: GPUTexelCopyTextureInfo,
    data: ArrayBuffer | SharedArrayBuffer | ArrayBufferView,
    dataLayout: GPUTexelCopyBufferLayout,
    size: GPUExtent3D | Iterable<number>,
  ): undefined {
    const { core } = this;
    const { bytes } = bytesOf('writeTexture', data);
    const check = arrayCopy(destination, bytes.length, dataLayout, size);
    if (core.lostInfo) return;
    core.holds('writeTexture', () => {
      const copy = check(core);
      this.#run(() => copyTexels(core, copy, bytes.slice()));
    });
  }

  // --- what is not here ---------------------------------------------------------------------------------------------

  copyExternalImageToTexture(): undefined {
    refuse(this.core, 'copyExternalImageToTexture', 'images');
  }
}
