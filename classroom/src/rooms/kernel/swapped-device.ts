/** Devices for this room: one that tells of each dispatch before it runs, one that runs another text of a kernel. */
import type { Device, Dispatch, PreparedKernel, RecordedList } from '@glassbox/tensor-core';
import type { Kernel } from '@glassbox/wgsl-kernels';
import { checkProgram } from '@glassbox/wgsl-wasm';
import { WrappedDevice } from '../../model/wrapped-device.ts';

export class TappedDevice extends WrappedDevice {
  /** Told of each dispatch just before it runs; what it reads then is what the dispatch finds. */
  tap: ((dispatch: Dispatch) => void) | undefined;

  override submit(list: readonly Dispatch[] | RecordedList): void {
    if (!this.tap) {
      super.submit(list);
      return;
    }
    for (const dispatch of 'dispatches' in list ? list.dispatches : list) {
      this.tap(dispatch);
      super.submit([dispatch]);
    }
  }
}

/** Where a kernel has the text `original`, `edited` runs in its place, over the same buffers and as many workgroups. */
export class SwappedDevice extends WrappedDevice {
  readonly #original: string;
  readonly #edited: string;
  /** Of the kernel's bindings those that the edited text uses: devices leave out the others. */
  readonly #used: readonly number[];
  readonly #swapped = new WeakSet<PreparedKernel>();

  /** @throws WgslError for a text that is not valid. */
  constructor(inner: Device, original: string, edited: string) {
    super(inner);
    this.#original = original;
    this.#edited = edited;
    this.#used = usedBindings(edited);
  }

  override prepare(kernel: Kernel): PreparedKernel {
    if (kernel.wgsl !== this.#original) return super.prepare(kernel);
    const bindings = this.#used.map((place) => kernel.bindings[place]);
    const prepared = super.prepare({ ...kernel, wgsl: this.#edited, bindings, source: undefined });
    this.#swapped.add(prepared);
    return prepared;
  }

  override submit(list: readonly Dispatch[] | RecordedList): void {
    super.submit('dispatches' in list ? list : list.map((dispatch) => this.#fit(dispatch)));
  }

  override record(list: readonly Dispatch[]): RecordedList {
    return super.record(list.map((dispatch) => this.#fit(dispatch)));
  }

  #fit(dispatch: Dispatch): Dispatch {
    if (!this.#swapped.has(dispatch.kernel)) return dispatch;
    return { ...dispatch, views: this.#used.map((place) => dispatch.views[place]) };
  }
}

/** The numbers of the bindings that a text uses. @throws WgslError for a text that is not valid. */
function usedBindings(wgsl: string): readonly number[] {
  return checkProgram(wgsl).entryPoints[0].bindings.map(({ binding }) => binding);
}
