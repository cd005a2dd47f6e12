/** Checks dispatches and looks everything up, before they are written into memory; and recorded lists. */
import { chunkCount, type PreparedDispatch } from './lists.ts';
import type { RuntimeBuffer, RuntimeDispatch, RuntimeKernel, RuntimeList } from './types.ts';

/** @throws if the buffer is destroyed. `what` starts the message. */
function requireThere(what: string, { destroyed, label }: RuntimeBuffer): void {
  if (destroyed) throw new Error(`${what}: the buffer '${label}' is destroyed`);
}

/** @throws if the buffer is destroyed or does not have these bytes. `what` starts the message. */
export function requireRange(what: string, buffer: RuntimeBuffer, offset: number, bytes: number): void {
  requireThere(what, buffer);
  requireInside(what, buffer, offset, bytes);
}

function requireInside(what: string, buffer: RuntimeBuffer, offset: number, bytes: number): void {
  if (offset < 0 || offset + bytes > buffer.bytes) {
    throw new RangeError(
      `${what}: bytes ${offset} to ${offset + bytes} are outside the buffer '${buffer.label}' of ${buffer.bytes} bytes`,
    );
  }
}

/** As in WebGPU: what a kernel writes must not be bound to it a second time. The compiler counts on that. */
function requireNoOverlap(kernel: RuntimeKernel, bound: RuntimeDispatch['buffers']): void {
  const { bindings } = kernel.compiled;
  bindings.forEach((written, i) => {
    if (written.access === 'read') return;
    const a = bound[i];
    bindings.forEach((other, k) => {
      const b = bound[k];
      if (i === k || a.buffer !== b.buffer) return;
      if (a.offset + a.size <= b.offset || b.offset + b.size <= a.offset) return;
      throw new Error(
        `kernel '${kernel.name}' writes to '${written.name}', so the same part of the buffer ` +
          `'${a.buffer.label}' cannot be bound to '${other.name}' too; bind a copy`,
      );
    });
  });
}

/** Workgroups, and the invocations along each axis, are counted in 32 bits. */
function requireCountable(kernel: RuntimeKernel, workgroups: RuntimeDispatch['workgroups']): void {
  const { workgroupSize } = kernel.compiled;
  const [x, y, z] = workgroups;
  const whole = workgroups.every((count) => Number.isInteger(count) && count >= 0);
  const few = workgroups.every((count, axis) => count * workgroupSize[axis] < 2 ** 32);
  if (whole && few && x * y * z < 2 ** 32) return;
  throw new RangeError(
    `kernel '${kernel.name}': ${workgroups.join(' x ')} workgroups of ${workgroupSize.join(' x ')} invocations ` +
      'cannot be dispatched: their numbers must be whole, and less than 2^32 in all and along each axis; ' +
      'split the dispatch',
  );
}

/** What can be asked of a list before its kernels are compiled. @throws if a buffer is destroyed */
export function requireBuffers(list: readonly RuntimeDispatch[]): void {
  for (const { kernel, buffers } of list) {
    for (const { buffer } of buffers) requireThere(`kernel '${kernel.name}'`, buffer);
  }
}

/**
 * The dispatches that have work, ready for `writeList`. @throws if a binding is missing, out of range, or bound
 * twice, or a buffer destroyed.
 * @param late it was asked for before (`requireBuffers`): a buffer that was destroyed since then is still there
 */
export function prepareList(list: readonly RuntimeDispatch[], late = false): PreparedDispatch[] {
  const prepared: PreparedDispatch[] = [];
  for (const { kernel, buffers, workgroups } of list) {
    const { compiled, name } = kernel;
    if (buffers.length !== compiled.bindings.length) {
      const wanted = compiled.bindings.map((binding) => binding.name).join(', ');
      throw new Error(
        `kernel '${name}' needs ${compiled.bindings.length} buffers (${wanted}) but was given ${buffers.length}`,
      );
    }
    buffers.forEach(({ buffer, offset, size }, i) => {
      const binding = compiled.bindings[i];
      const what = `kernel '${name}', binding '${binding.name}'`;
      if (!late) requireThere(what, buffer);
      requireInside(what, buffer, offset, size);
      if (offset % 16 !== 0) throw new RangeError(`${what}: the offset ${offset} is not a multiple of 16`);
      if (size < binding.minimumBytes) {
        throw new RangeError(`${what}: ${size} bytes are bound, and its type needs ${binding.minimumBytes}`);
      }
    });
    requireNoOverlap(kernel, buffers);
    requireCountable(kernel, workgroups);
    const [x, y, z] = workgroups;
    if (x * y * z === 0) continue;
    const [sx, sy, sz] = compiled.workgroupSize;
    prepared.push({
      kernel: kernel.index,
      tables: kernel.tables,
      workgroups,
      chunks: chunkCount(x * y * z, sx * sy * sz, compiled.size, compiled.hasLoops),
      buffers: buffers.map(({ buffer, offset, size }) => ({
        address: buffer.address + offset,
        bytes: size,
      })),
    });
  }
  return prepared;
}

/** A list in the shared memory. */
export class Recorded implements RuntimeList {
  readonly length: number;
  readonly buffers: ReadonlySet<RuntimeBuffer>;
  /** What was recorded, if each dispatch is submitted by itself. */
  dispatches: readonly RuntimeDispatch[] | null = null;
  /** Runs it. */
  readonly start: () => void;
  destroyed = false;
  /** The runtime's count of destroyed buffers when the buffers of this list were last seen alive. */
  checkedAt = -1;
  readonly #free: () => void;

  constructor(length: number, buffers: ReadonlySet<RuntimeBuffer>, start: () => void, free: () => void) {
    this.length = length;
    this.buffers = buffers;
    this.start = start;
    this.#free = free;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.#free();
  }
}
