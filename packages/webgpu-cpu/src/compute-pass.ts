/** Compute passes: which pipeline and bind groups are set, and what a dispatch has to keep. */
import { type BoundResource, GPUBindGroup, isWritten } from './bindings.ts';
import { GPUBuffer } from './buffer.ts';
import type { Bound, Command } from './commands.ts';
import { own, sequence, size32, size64 } from './convert.ts';
import { type Core, DeviceObject, rule } from './core.ts';
import { DebugGroups, type Encoding } from './encoding.ts';
import { GPUValidationError } from './errors.ts';
import { Immediates, immediateData } from './immediates.ts';
import { GPUComputePipeline } from './pipeline.ts';
import { GPUQuerySet } from './query-set.ts';

/** A bind group that is set, with its dynamic offsets added. */
interface SetGroup {
  readonly group: GPUBindGroup;
  readonly bound: readonly BoundResource[];
}

/** Writes dispatches. What breaks a rule is reported by `finish` of the encoder. */
export class GPUComputePassEncoder extends DeviceObject implements globalThis.GPUComputePassEncoder {
  declare readonly __brand: 'GPUComputePassEncoder';
  /** @internal */
  readonly kind = 'compute pass';
  readonly #encoding: Encoding;
  readonly #groups: (SetGroup | null)[] = [];
  readonly #debugGroups = new DebugGroups();
  readonly #immediates = new Immediates();
  #pipeline: GPUComputePipeline | null = null;
  #ended = false;
  #endStamp: Command | null = null;

  /** @internal */
  constructor(core: Core, encoding: Encoding, descriptor: GPUComputePassDescriptor) {
    super(core, descriptor.label);
    this.#encoding = encoding;
    const { timestampWrites } = descriptor;
    const set =
      timestampWrites &&
      own(GPUQuerySet, 'beginComputePass', 'timestampWrites.querySet', timestampWrites.querySet);
    this.valid = encoding.isOpen('beginComputePass');
    if (!this.valid) return;
    encoding.state = 'locked';
    if (set) this.#write('beginComputePass', () => this.#stamps(set, timestampWrites));
  }

  #stamps(set: GPUQuerySet, writes: GPUComputePassTimestampWrites): Command | null {
    const indices = [writes.beginningOfPassWriteIndex, writes.endOfPassWriteIndex].map((index) =>
      index === undefined ? undefined : size32('beginComputePass', 'an index of timestampWrites', index),
    );
    const [begin, end] = indices;
    set.requireValid(this.core);
    rule(
      set.type === 'timestamp',
      () => `${set.named} is of type '${set.type}', and timestamps need 'timestamp'`,
    );
    rule(begin !== undefined || end !== undefined, 'timestampWrites has no index to write to');
    rule(begin !== end, () => `both timestamps go to the query ${begin}`);
    for (const index of indices) {
      rule(
        index === undefined || index < set.count,
        () => `the query ${index} is outside of ${set.named} of ${set.count}`,
      );
    }
    this.#encoding.use(set);
    if (end !== undefined) this.#endStamp = { stamp: { set, query: end } };
    return begin === undefined ? null : { stamp: { set, query: begin } };
  }

  /** False if nothing can be written any more, which is reported at once. */
  #isOpen(what: string): boolean {
    const ended = this.#ended || this.#encoding.state === 'ended';
    if (ended)
      this.core.report(new GPUValidationError(`${what}: ${this.named} has ended; begin another one`));
    return !ended && this.valid;
  }

  #write(what: string, build: () => Command | null): void {
    if (this.#isOpen(what)) this.#encoding.write(what, build);
  }

  /** What runs. */
  setPipeline(pipeline: GPUComputePipeline): undefined {
    const next = own(GPUComputePipeline, 'setPipeline', 'pipeline', pipeline);
    this.#write('setPipeline', () => {
      next.requireValid(this.core);
      this.#pipeline = next;
      return null;
    });
  }

  /** What it runs over. Dynamic offsets are in the order of bindings. */
  setBindGroup(
    index: number,
    bindGroup: globalThis.GPUBindGroup | null | undefined,
    dynamicOffsets?: Iterable<number>,
    start?: number,
    length?: number,
  ): undefined {
    const owner = 'setBindGroup';
    const at = size32(owner, 'index', index);
    const group = bindGroup ? own(GPUBindGroup, owner, 'bindGroup', bindGroup) : null;
    const offsets = readOffsets(dynamicOffsets, start, length);
    this.#write(owner, () => {
      const { maxBindGroups } = this.core.limits;
      rule(at < maxBindGroups, () => `the index ${at} must be below maxBindGroups, ${maxBindGroups}`);
      group?.requireValid(this.core);
      rule(group !== null || offsets.length === 0, 'dynamic offsets need a bind group');
      for (const { buffer } of group?.bound ?? [])
        this.#encoding.use(buffer instanceof GPUBuffer ? buffer : buffer.texture);
      this.#groups[at] = group && { group, bound: withOffsets(this.core, group, offsets) };
      return null;
    });
  }

  /**
   * Sets words of the immediate data of later dispatches. `dataOffset` and `dataSize` count elements of a typed array,
   * else bytes.
   * @throws DOMException `OperationError` if the data do not have these, or they are no whole words
   */
  setImmediates(
    rangeOffset: number,
    data: ArrayBuffer | SharedArrayBuffer | ArrayBufferView,
    dataOffset?: number,
    dataSize?: number,
  ): undefined {
    const owner = 'setImmediates';
    const offset = size32(owner, 'rangeOffset', rangeOffset);
    const bytes = immediateData(data, dataOffset, dataSize);
    this.#write(owner, () => {
      this.#immediates.set(offset, bytes, this.core.limits.maxImmediateSize);
      return null;
    });
  }

  /** What the next dispatch runs. @throws what `Core.holds` reports if something is missing */
  #bound(indirect: GPUBuffer | null): Bound {
    const pipeline = this.#pipeline;
    rule(pipeline !== null, 'no pipeline is set');
    const layout = pipeline.layout!;
    const used: BoundResource[] = [];
    layout.groups.forEach((wanted, i) => {
      if (!wanted || wanted.entries.length === 0) return;
      const set = this.#groups[i];
      rule(Boolean(set), () => `no bind group is set at ${i}, which ${pipeline.named} needs`);
      rule(
        set!.group.layout.key === wanted.key,
        () =>
          `the layout of the bind group at ${i} is not the one that ${pipeline.named} has` +
          (wanted.pipeline ? "; take it from getBindGroupLayout, since layout is 'auto'" : ''),
      );
      used.push(...set!.bound);
    });
    checkUsage(used, indirect);
    const { compiled } = pipeline.kernel!;
    const bindings = compiled.bindings.filter(({ words }) => !words);
    const buffers = bindings.map(({ group, binding, name, minimumBytes }) => {
      const found = this.#groups[group]!.bound.find(({ entry }) => entry.binding === binding)!;
      rule(
        found.size >= minimumBytes,
        () =>
          `${found.size} bytes of ${found.buffer.named} are bound to '${name}', and its type needs ${minimumBytes}`,
      );
      return found;
    });
    return { kernel: pipeline.kernel!, buffers, immediates: this.#immediates.for(compiled) };
  }

  /** Runs the pipeline for so many workgroups. */
  dispatchWorkgroups(workgroupCountX: number, workgroupCountY = 1, workgroupCountZ = 1): undefined {
    const workgroups = [workgroupCountX, workgroupCountY, workgroupCountZ].map((count) =>
      size32('dispatchWorkgroups', 'the number of workgroups', count),
    ) as [number, number, number];
    this.#write('dispatchWorkgroups', () => {
      const bound = this.#bound(null);
      const most = this.core.limits.maxComputeWorkgroupsPerDimension;
      rule(
        Math.max(...workgroups) <= most,
        () => `${workgroups.join(' x ')} workgroups are above maxComputeWorkgroupsPerDimension, ${most}`,
      );
      return { dispatch: { ...bound, workgroups } };
    });
  }

  /** Runs it for as many workgroups as three words of a buffer say by then. */
  dispatchWorkgroupsIndirect(indirectBuffer: GPUBuffer, indirectOffset: number): undefined {
    const owner = 'dispatchWorkgroupsIndirect';
    const from = own(GPUBuffer, owner, 'indirectBuffer', indirectBuffer);
    const fromOffset = size64(owner, 'indirectOffset', indirectOffset);
    this.#write(owner, () => {
      from.requireValid(this.core);
      const bound = this.#bound(from);
      from.requireUsage('INDIRECT');
      rule(fromOffset % 4 === 0, () => `indirectOffset ${fromOffset} is not a multiple of 4`);
      from.requireRange(fromOffset, 12);
      this.#encoding.use(from);
      return { indirect: { ...bound, from, fromOffset } };
    });
  }

  pushDebugGroup(_groupLabel: string): undefined {
    this.#write('pushDebugGroup', () => {
      this.#debugGroups.push();
      return null;
    });
  }

  popDebugGroup(): undefined {
    this.#write('popDebugGroup', () => {
      this.#encoding.fail(this.#debugGroups.pop());
      return null;
    });
  }

  insertDebugMarker(_markerLabel: string): undefined {
    this.#write('insertDebugMarker', () => null);
  }

  /** Ends the pass: the encoder can be used again. */
  end(): undefined {
    if (!this.#isOpen('end')) {
      this.#ended = true;
      return;
    }
    this.#ended = true;
    this.#encoding.fail(this.#debugGroups.end());
    if (this.#endStamp) this.#encoding.commands.push(this.#endStamp);
    this.#encoding.state = 'open';
  }
}

function readOffsets(given: Iterable<number> | undefined, start?: number, length?: number): number[] {
  if (given === undefined) return [];
  if (start === undefined) {
    const offsets = sequence('setBindGroup', 'dynamicOffsets', given);
    return offsets.map((offset) => size32('setBindGroup', 'a dynamic offset', offset));
  }
  const data = own(Uint32Array, 'setBindGroup', 'dynamicOffsetsData', given);
  const first = size64('setBindGroup', 'dynamicOffsetsDataStart', start);
  const count = size32('setBindGroup', 'dynamicOffsetsDataLength', length);
  if (first + count > data.length) {
    throw new RangeError(
      `setBindGroup: dynamic offsets ${first} to ${first + count} are outside of an array of ${data.length}`,
    );
  }
  return [...data.subarray(first, first + count)];
}

/** What is bound once dynamic offsets are added. @throws what `Core.holds` reports if they do not fit */
function withOffsets({ limits }: Core, { bound }: GPUBindGroup, offsets: readonly number[]): BoundResource[] {
  const dynamic = bound.filter(({ entry }) => entry.dynamic);
  rule(
    dynamic.length === offsets.length,
    () => `${offsets.length} dynamic offsets are given, and the bind group has ${dynamic.length}`,
  );
  return bound.map((binding) => {
    const { buffer, size, entry } = binding;
    if (!entry.dynamic || !(buffer instanceof GPUBuffer)) return binding;
    const by = offsets[dynamic.indexOf(binding)];
    const align =
      entry.type === 'uniform' ? 'minUniformBufferOffsetAlignment' : 'minStorageBufferOffsetAlignment';
    rule(
      by % limits[align] === 0,
      () => `the dynamic offset ${by} is not a multiple of ${align}, ${limits[align]}`,
    );
    buffer.requireRange(binding.offset + by, size);
    return { ...binding, offset: binding.offset + by };
  });
}

/** A buffer or texture that is written must not be used otherwise in the same dispatch. */
function checkUsage(used: readonly BoundResource[], indirect: GPUBuffer | null): void {
  used.forEach(({ buffer, offset, size, entry }, i) => {
    if (!isWritten(entry)) return;
    rule(buffer !== indirect, () => `${buffer.named} is written to, and has the numbers of workgroups`);
    used.forEach((other, k) => {
      if (i === k) return;
      if (!(buffer instanceof GPUBuffer)) {
        rule(
          other.buffer instanceof GPUBuffer || !buffer.overlaps(other.buffer),
          () => `texels of ${buffer.texture.named} are bound twice, and one of the bindings writes them`,
        );
        return;
      }
      if (other.buffer !== buffer) return;
      const both = `${buffer.named} is bound twice, as '${entry.type}' and as '${other.entry.type}'`;
      rule(
        other.entry.type === 'storage',
        () => `${both}: what is written must not be read as another binding`,
      );
      rule(
        other.offset + other.size <= offset || offset + size <= other.offset,
        () => `${both}, to parts that overlap`,
      );
    });
  });
}
