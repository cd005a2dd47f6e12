import type { BufferView, Device, DeviceBuffer, Dispatch } from '@glassbox/tensor-core';
import { elementCount, type KernelPlan, pack, type Tunable, zeroTailWords } from '@glassbox/wgsl-kernels';

/** One kernel's buffers on a device, for all its tiles in turn. */
export class Bench {
  readonly #device: Device;
  readonly #tensors: ReadonlyMap<string, DeviceBuffer>;
  /** Scratch memory by name and size. */
  readonly #scratch = new Map<string, DeviceBuffer>();
  readonly #output: DeviceBuffer;
  readonly #zeros: Float32Array;

  constructor(device: Device, tunable: Tunable) {
    this.#device = device;
    const last = tunable.build().kernels.at(-1)!;
    const output = last.bindings.at(-1)!.name;
    this.#tensors = new Map(
      Object.entries(tunable.tensors).map(([name, layout], seed) => {
        const words = new Float32Array(layout.size + zeroTailWords(layout));
        if (name !== output) pack(layout, numbers(elementCount(layout.shape), seed), words);
        const buffer = device.createBuffer(words.byteLength, name);
        device.write(buffer, 0, words);
        return [name, buffer];
      }),
    );
    this.#output = this.#tensors.get(output)!;
    this.#zeros = new Float32Array(this.#output.bytes / 4);
  }

  /** The plan as dispatches over the buffers. */
  dispatches({ kernels, scratch }: KernelPlan): readonly Dispatch[] {
    return kernels.map((kernel) => ({
      kernel: this.#device.prepare(kernel),
      views: kernel.bindings.map(({ name }) => this.#view(name, scratch[name])),
    }));
  }

  /** What one run writes, bit for bit. */
  async bits(dispatches: readonly Dispatch[]): Promise<Uint32Array> {
    this.#device.write(this.#output, 0, this.#zeros);
    this.#device.submit(dispatches);
    return new Uint32Array(await this.#device.read(this.#output, 0, this.#output.bytes));
  }

  destroy(): void {
    for (const buffer of [...this.#tensors.values(), ...this.#scratch.values()])
      this.#device.destroyBuffer(buffer);
  }

  #view(name: string, scratchWords?: number): BufferView {
    const buffer = scratchWords ? this.#scratchBuffer(name, scratchWords) : this.#tensors.get(name);
    if (!buffer) throw new Error(`tune: a kernel binds '${name}', which its tunable does not describe`);
    return { buffer, offset: 0, size: buffer.bytes };
  }

  #scratchBuffer(name: string, words: number): DeviceBuffer {
    const key = `${name} ${words}`;
    let buffer = this.#scratch.get(key);
    if (!buffer) {
      buffer = this.#device.createBuffer(4 * words, name);
      this.#scratch.set(key, buffer);
    }
    return buffer;
  }
}

/** Numbers in [-1, 1): of a mixed kind, so that no rounding is spared. */
function numbers(count: number, seed: number): Float32Array {
  let state = 747796405 * (seed + 1);
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2147483648 - 1;
  });
}
