/** Buffers, and groups of them that are bound together. */
import type { RuntimeBuffer, WasmRuntime } from '../../src/index.ts';

export type Command = () => void | Promise<void>;

/** What buffers and encoders need of the device. */
export interface Commands {
  readonly runtime: WasmRuntime;
  readonly queue: { onSubmittedWorkDone(): Promise<void> };
  /** Runs a command once those before it have run. */
  enqueue(command: Command): void;
}

export class Buffer {
  readonly size: number;
  readonly usage: number;
  readonly memory: RuntimeBuffer;
  private mapped: ArrayBuffer | null = null;
  private readonly device: Commands;

  constructor(device: Commands, descriptor: { size: number; usage: number; mappedAtCreation?: boolean }) {
    this.device = device;
    this.size = descriptor.size;
    this.usage = descriptor.usage;
    this.memory = device.runtime.createBuffer(Math.max(4, Math.ceil(this.size / 4) * 4));
    if (descriptor.mappedAtCreation) this.mapped = new ArrayBuffer(this.size);
  }

  async mapAsync(_mode: number, offset = 0, size = this.size - offset): Promise<void> {
    await this.device.queue.onSubmittedWorkDone();
    const whole = new Uint8Array(this.size);
    whole.set(new Uint8Array(await this.device.runtime.read(this.memory, offset, size)), offset);
    this.mapped = whole.buffer;
  }

  getMappedRange(offset = 0, size = this.size - offset): ArrayBuffer {
    if (!this.mapped) throw new Error('the buffer is not mapped');
    return offset === 0 && size === this.size ? this.mapped : this.mapped.slice(offset, offset + size);
  }

  unmap(): void {
    if (this.mapped) this.device.runtime.write(this.memory, 0, new Uint8Array(this.mapped));
    this.mapped = null;
  }

  /** Once what was submitted so far has run. */
  destroy(): void {
    const { runtime } = this.device;
    this.device.enqueue(() => runtime.destroyBuffer(this.memory));
  }
}

export interface BindGroup {
  readonly entries: readonly {
    readonly binding: number;
    readonly resource: { readonly buffer: Buffer; readonly offset?: number; readonly size?: number };
  }[];
}
