/** Command encoders: what a list of commands does, once it is submitted. */
import type { RuntimeKernel } from '../../src/index.ts';
import type { BindGroup, Buffer, Command, Commands } from './buffer.ts';
import type { Pipeline } from './modules.ts';

/** What encoders need of the device. */
interface Dispatcher extends Commands {
  dispatch(kernel: RuntimeKernel, groups: BindGroup[], workgroups: [number, number, number]): Promise<void>;
}

export class Encoder {
  readonly commands: Command[] = [];
  private readonly device: Dispatcher;

  constructor(device: Dispatcher) {
    this.device = device;
  }

  beginComputePass() {
    const groups: BindGroup[] = [];
    let pipeline: Pipeline | null = null;
    const dispatch = (size: () => Promise<[number, number, number]>) => {
      const [current, bound] = [pipeline as Pipeline | null, [...groups]];
      if (!current?.kernel) return;
      const { kernel } = current;
      this.commands.push(async () => this.device.dispatch(await kernel(), bound, await size()));
    };
    return {
      setPipeline: (next: Pipeline) => {
        pipeline = next;
      },
      setBindGroup: (index: number, group: BindGroup) => {
        groups[index] = group;
      },
      dispatchWorkgroups: (x: number, y = 1, z = 1) => dispatch(async () => [x, y, z]),
      dispatchWorkgroupsIndirect: (buffer: Buffer, offset: number) =>
        dispatch(async () => {
          const [x, y, z] = new Uint32Array(await this.device.runtime.read(buffer.memory, offset, 12));
          return [x, y, z];
        }),
      end: () => {},
    };
  }

  copyBufferToBuffer(from: Buffer, fromOffset: number, to: Buffer, toOffset: number, size: number): void {
    const { runtime } = this.device;
    this.commands.push(async () =>
      runtime.write(to.memory, toOffset, new Uint8Array(await runtime.read(from.memory, fromOffset, size))),
    );
  }

  finish(): Encoder {
    return this;
  }
}
