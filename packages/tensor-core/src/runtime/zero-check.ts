import { hasZeros, type Kernel, type Layout, zeroCheck } from '@glassbox/wgsl-kernels';
import type { Device } from '../device/device.ts';
import type { Fault } from './faults.ts';
import type { KernelCache } from './kernels.ts';
import { Storage } from './storage.ts';

/** An operand of a kernel that is checked: the number in the message is its place in the list. */
interface Site {
  readonly reader: string;
  readonly layout: Layout;
  /** Its number on the device. */
  readonly storage: Storage;
}

/** What a check needs of a runtime. */
interface Checked {
  readonly device: Device;
  readonly kernels: KernelCache;
  readonly faults: Storage;
}

/**
 * Puts a check before each kernel: padding and zero tail of what it reads are 0. (What it is about to write may hold
 * anything.)
 */
export class ZeroCheck {
  readonly #runtime: Checked;
  readonly #sites: Site[] = [];
  readonly #known = new Map<string, Site>();
  /** The last kernel to write to a storage: where to look for the mistake. */
  readonly #writers = new WeakMap<Storage, string>();

  constructor(runtime: Checked) {
    this.#runtime = runtime;
  }

  /** Adds checks of what `kernel` reads. */
  before(
    kernel: Kernel,
    operands: readonly Storage[],
    add: (check: Kernel, operands: readonly Storage[]) => void,
  ): void {
    for (const [index, { name, access }] of kernel.bindings.entries()) {
      if (access === 'read') this.read(operands[index], `${name} of ${kernel.name}`, add);
    }
    for (const [index, { access }] of kernel.bindings.entries()) {
      if (access !== 'read') this.#writers.set(operands[index], kernel.name);
    }
  }

  /** Adds a check of a storage that `reader` is about to read. */
  read(storage: Storage, reader: string, add: (check: Kernel, operands: readonly Storage[]) => void): void {
    const { layout } = storage;
    if (!layout || !hasZeros(layout)) return;
    const key = JSON.stringify([layout.shape, layout.order, layout.extents]);
    const { kernels, faults } = this.#runtime;
    const [{ kernel: check }] = kernels.get(zeroCheck, [layout]).steps;
    const writer = this.#writers.get(storage);
    const site = this.#site(`${reader}, last written by ${writer ?? 'the host'},`, layout, key);
    add(check, [storage, site.storage, faults]);
  }

  /** What a check found. */
  error({ row, value, limit }: Fault): Error {
    const { reader, layout } = this.#sites[value];
    const where = row < layout.size ? 'in its padding' : `after its ${layout.size} words`;
    const number = new Float32Array(Uint32Array.of(limit).buffer)[0];
    return new Error(
      `debug: ${reader} is not 0 at word ${row}, ${where} (bits 0x${limit.toString(16)}, as f32 ${number}; ` +
        `[${layout.shape}] padded to [${layout.extents}]): a kernel wrote where zeros must stay`,
    );
  }

  #site(reader: string, layout: Layout, key: string): Site {
    const name = `${reader} ${key}`;
    let site = this.#known.get(name);
    if (!site) {
      const { device } = this.#runtime;
      const storage = new Storage(4);
      storage.buffer = device.createBuffer(storage.bytes, 'site');
      storage.pinned = true;
      device.write(storage.buffer, 0, Uint32Array.of(this.#sites.length));
      site = { reader, layout, storage };
      this.#sites.push(site);
      this.#known.set(name, site);
    }
    return site;
  }
}
