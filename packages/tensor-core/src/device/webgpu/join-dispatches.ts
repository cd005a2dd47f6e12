import { canJoin, guaranteed, joinKernels, type Kernel } from '@glassbox/wgsl-kernels';
import type { BufferView, DeviceBuffer, Dispatch } from '../device.ts';

/** A kernel over its buffers, before the device has compiled it. */
export interface PlannedDispatch {
  readonly kernel: Kernel;
  readonly views: readonly BufferView[];
}

/**
 * Turns a list of dispatches that run one after the other into a shorter one with the same results: dispatches that do
 * not depend on each other become one. Each moves to the earliest place after everything that it depends on where there
 * is room for its bindings.
 */
export function joinDispatches(list: readonly Dispatch[]): PlannedDispatch[] {
  const groups: Group[] = [];
  for (const { kernel, views } of list) {
    const dispatch = { kernel: kernel.kernel, views };
    let place = groups.length;
    for (; place > 0 && !groups[place - 1].conflictsWith(dispatch); place--);
    while (place < groups.length && !groups[place].hasRoomFor(dispatch)) place++;
    if (place === groups.length) groups.push(new Group());
    groups[place].add(dispatch);
  }
  return groups.map((group) => group.joined());
}

/** Dispatches that may run at the same time. */
class Group {
  readonly #members: PlannedDispatch[] = [];
  readonly #written = new Map<DeviceBuffer, BufferView[]>();
  readonly #read = new Map<DeviceBuffer, BufferView[]>();
  /** Buffers whose users only add to them atomically: those do not disturb each other. */
  readonly #shared = new Set<DeviceBuffer>();
  /** Distinct ranges by type and access: the bindings that the joined kernel needs. */
  readonly #bindings = new Set<string>();
  readonly #ranges = new Ranges();

  add(dispatch: PlannedDispatch): void {
    this.#members.push(dispatch);
    for (const key of this.#bindingsOf(dispatch)) this.#bindings.add(key);
    dispatch.kernel.bindings.forEach(({ access, type }, index) => {
      const view = dispatch.views[index];
      if (isAtomic(type)) {
        this.#shared.add(view.buffer);
        return;
      }
      const views = access === 'read' ? this.#read : this.#written;
      views.set(view.buffer, [...(views.get(view.buffer) ?? []), view]);
    });
  }

  /** True if the dispatch must run after this group: one writes what the other reads or writes. */
  conflictsWith({ kernel, views }: PlannedDispatch): boolean {
    return views.some((view, index) => {
      const touches = (other: BufferView) => overlap(view, other);
      if (!isAtomic(kernel.bindings[index].type) && this.#shared.has(view.buffer)) return true;
      if (this.#written.get(view.buffer)?.some(touches)) return true;
      return kernel.bindings[index].access !== 'read' && this.#read.get(view.buffer)?.some(touches) === true;
    });
  }

  hasRoomFor(dispatch: PlannedDispatch): boolean {
    const { kernel, views } = dispatch;
    const [first] = this.#members;
    if (!canJoin(kernel) || !canJoin(first.kernel)) return false;
    if (kernel.source?.workgroupSize !== first.kernel.source?.workgroupSize) return false;
    // WebGPU: in one dispatch a buffer is read or written, whatever the ranges.
    const mixed = views.some(({ buffer }, index) =>
      kernel.bindings[index].access === 'read' ? this.#written.has(buffer) : this.#read.has(buffer),
    );
    if (mixed) return false;
    return new Set([...this.#bindings, ...this.#bindingsOf(dispatch)]).size <= guaranteed.buffersPerKernel;
  }

  joined(): PlannedDispatch {
    if (this.#members.length === 1) return this.#members[0];
    const { kernel, operands } = joinKernels(
      this.#members.map((member) => ({
        kernel: member.kernel,
        operands: member.views.map((view) => this.#ranges.numberOf(view)),
      })),
    );
    return { kernel, views: operands.map((range) => this.#ranges.views[range]) };
  }

  #bindingsOf({ kernel, views }: PlannedDispatch): string[] {
    return kernel.bindings.map(
      ({ access, type }, index) => `${this.#ranges.numberOf(views[index])} ${access} ${type}`,
    );
  }
}

/** Numbers for ranges of buffers: equal ranges have equal numbers. */
class Ranges {
  readonly views: BufferView[] = [];

  numberOf(view: BufferView): number {
    const { buffer, offset, size } = view;
    const known = this.views.findIndex(
      (other) => other.buffer === buffer && other.offset === offset && other.size === size,
    );
    return known >= 0 ? known : this.views.push(view) - 1;
  }
}

/** Kernels may run at once though each changes such a binding (WGSL: `atomic<…>`). */
function isAtomic(type: string): boolean {
  return type.includes('atomic<');
}

function overlap(a: BufferView, b: BufferView): boolean {
  return a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}
