/** A device that remembers what it was asked for: each dispatch, and the content of each buffer before and after it. */
import type { BufferView, DeviceBuffer, Dispatch, RecordedList } from '@glassbox/tensor-core';
import type { Kernel } from '@glassbox/wgsl-kernels';
import { WrappedDevice } from './wrapped-device.ts';

/** Content of a range of a buffer, from a moment on. */
export interface Version {
  /** The number of the dispatch that wrote it; -1 if the host did, or if it was there before. */
  readonly writer: number;
  /** In bytes. */
  readonly offset: number;
  readonly words: Int32Array;
  /** Moments are counted by dispatches and writes. */
  readonly moment: number;
}

/** A dispatch that has run. */
export interface SeenDispatch {
  readonly kernel: Kernel;
  readonly views: readonly BufferView[];
  readonly moment: number;
}

/** Wraps a device. It remembers only between `watch` and `forget`; otherwise it costs nothing. */
export class WatchedDevice extends WrappedDevice {
  dispatches: SeenDispatch[] = [];
  #versions = new Map<DeviceBuffer, Version[]>();
  #reads: Promise<void>[] = [];
  #watching = false;
  #moment = 0;

  /** From now on everything is remembered. */
  watch(): void {
    this.#watching = true;
  }

  /** Forgets everything and remembers nothing more. */
  forget(): void {
    this.#watching = false;
    this.dispatches = [];
    this.#versions = new Map();
    this.#reads = [];
    this.#moment = 0;
  }

  /** Now: later than all that was asked for so far. */
  get now(): number {
    return this.#moment;
  }

  /** Resolves when the content of all that was asked for so far is known. */
  async settled(): Promise<void> {
    await Promise.all(this.#reads.splice(0));
  }

  /** The newest content of one word that is older than `moment`; undefined if nothing has touched it. */
  versionOf(buffer: DeviceBuffer, byte: number, moment: number): Version | undefined {
    const versions = this.#versions.get(buffer) ?? [];
    for (let at = versions.length - 1; at >= 0; at--) {
      const version = versions[at];
      const inside = byte >= version.offset && byte < version.offset + version.words.length * 4;
      if (inside && version.moment < moment) return version;
    }
    return undefined;
  }

  /** The content of a range just before `moment`. */
  contentOf({ buffer, offset, size }: BufferView, moment: number): Int32Array {
    const words = new Int32Array(size / 4);
    for (const version of this.#versions.get(buffer) ?? []) {
      if (version.moment >= moment) break;
      const from = Math.max(offset, version.offset);
      const to = Math.min(offset + size, version.offset + version.words.length * 4);
      if (from >= to) continue;
      const part = version.words.subarray((from - version.offset) / 4, (to - version.offset) / 4);
      words.set(part, (from - offset) / 4);
    }
    return words;
  }

  /** Makes the buffer's content known as it is now, if nothing of it is. */
  see(buffer: DeviceBuffer): void {
    if (this.#watching && !this.#versions.has(buffer)) {
      this.#versions.set(buffer, []);
      this.#keep(-1, { buffer, offset: 0, size: buffer.bytes });
    }
  }

  #keep(writer: number, { buffer, offset, size }: BufferView): void {
    const version = { writer, offset, words: new Int32Array(size / 4), moment: this.#moment++ };
    this.#versions.get(buffer)!.push(version);
    const read = this.inner.read(buffer, offset, size);
    this.#reads.push(read.then((bytes) => version.words.set(new Int32Array(bytes))));
  }

  override submit(list: readonly Dispatch[] | RecordedList): void {
    if (!this.#watching) {
      this.inner.submit(list);
      return;
    }
    for (const dispatch of 'dispatches' in list ? list.dispatches : list) {
      const { kernel } = dispatch.kernel;
      for (const { buffer } of dispatch.views) this.see(buffer);
      this.inner.submit([dispatch]);
      const number = this.dispatches.length;
      this.dispatches.push({ kernel, views: dispatch.views, moment: this.#moment });
      for (const [place, view] of dispatch.views.entries()) {
        if (kernel.bindings[place].access !== 'read') this.#keep(number, view);
      }
    }
  }

  override write(buffer: DeviceBuffer, offset: number, data: ArrayBufferView): void {
    this.see(buffer);
    this.inner.write(buffer, offset, data);
    if (this.#watching && data.byteLength > 0) this.#keep(-1, { buffer, offset, size: data.byteLength });
  }

  override destroy(): Promise<void> {
    this.forget();
    return super.destroy();
  }
}
