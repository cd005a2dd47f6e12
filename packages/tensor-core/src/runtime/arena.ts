import { type Layout, zeroTailWords } from '@glassbox/wgsl-kernels';
import type { Device, DeviceBuffer } from '../device/device.ts';
import { copyInto, copyStorage } from '../ops/accumulate.ts';
import type { Tensor } from '../tensor.ts';
import { noteChange } from './changes.ts';
import type { Runtime } from './runtime.ts';
import { isLive, liesIn, Storage } from './storage.ts';

/** Storage-buffer offsets must be multiples of 256 bytes: the granularity of arenas, in words. */
export const arenaBlockWords = 64;

/** Frees the buffers of arenas that no storage refers to any more. */
const forgotten = new FinalizationRegistry<{ device: Device; buffer: DeviceBuffer }>(({ device, buffer }) =>
  device.destroyBuffer(buffer),
);

/**
 * One buffer that holds many tensors, each at a multiple of 256 bytes and with its zero tail, as if it had a buffer
 * to itself. It lives as long as it or one of them is in use.
 */
export class Arena {
  readonly buffer: DeviceBuffer;
  /** The whole arena as one operand: what optimisers run over. */
  readonly storage: Storage;
  /** Never: storages keep their arena. */
  readonly gone = false;
  readonly #members: readonly Layout[];
  readonly #offsets: readonly number[];

  /** @param members layouts of the tensors. */
  constructor(runtime: Runtime, members: readonly Layout[], label: string) {
    let total = 0;
    this.#members = members;
    this.#offsets = members.map((layout) => {
      const offset = total;
      total += Math.ceil((layout.size + zeroTailWords(layout)) / arenaBlockWords) * arenaBlockWords;
      return offset;
    });
    this.buffer = runtime.device.createBuffer(Math.max(total, arenaBlockWords) * 4, label);
    forgotten.register(this, { device: runtime.device, buffer: this.buffer });
    this.storage = this.#lent(0, Math.max(total, arenaBlockWords));
  }

  /** Number of blocks. */
  get blocks(): number {
    return this.storage.words / arenaBlockWords;
  }

  /** First block of a member. */
  blockOf(member: number): number {
    return this.#offsets[member] / arenaBlockWords;
  }

  /** A member's memory. */
  slot(member: number): Storage {
    return this.#lent(this.#offsets[member] * 4, this.#members[member]);
  }

  #lent(offset: number, content: Layout | number): Storage {
    const storage = new Storage(content);
    storage.buffer = this.buffer;
    storage.offset = offset;
    storage.pinned = true;
    storage.owner = this;
    return storage;
  }
}

/** Parameters and their gradients side by side in two arenas, so that one dispatch can update all of them. */
export class ParameterArena {
  readonly parameters: readonly Tensor[];
  readonly values: Arena;
  readonly gradients: Arena;

  /** Moves the parameters' memory into the arena; their values stay the same. */
  constructor(runtime: Runtime, parameters: readonly Tensor[]) {
    const layouts = parameters.map(({ layout }) => layout);
    noteChange(); // recorded steps use the memory where the parameters lay
    this.parameters = parameters;
    this.values = new Arena(runtime, layouts, 'parameters');
    this.gradients = new Arena(runtime, layouts, 'gradients');
    for (const [index, parameter] of parameters.entries()) {
      const slot = this.values.slot(index);
      const before = parameter.storage;
      copyStorage(runtime, before, slot);
      before.moved = true;
      if (!before.pinned) runtime.release(before);
      parameter.storage = slot;
      parameter.gradStorage = this.gradients.slot(index);
    }
  }

  /**
   * Finds the parameters that have a gradient and copies those gradients that lie elsewhere to their places: the
   * caller's own, and those from before there was an arena.
   * @param take the copies stand in `grad` from now on, for one who changes what lies in the arena.
   * @returns their numbers.
   * @throws Error if a gradient's content is gone.
   */
  gatherGradients({ take = false } = {}): number[] {
    const found: number[] = [];
    for (const [index, parameter] of this.parameters.entries()) {
      const gradient = parameter.heldGrad;
      if (!gradient) continue;
      if (!isLive(gradient.storage)) {
        throw new Error(
          `Optimizer: the gradient of parameter ${index} ([${parameter.shape}]) belongs to a step that failed, ` +
            'or to a recording that was disposed of; call zeroGrad() first',
        );
      }
      found.push(index);
      const place = parameter.gradStorage!;
      if (liesIn(gradient.storage, place)) continue;
      const copy = copyInto(place, gradient, parameter.layout);
      if (take) parameter.takeGrad(copy);
    }
    return found;
  }

  /** True while no other arena has taken the parameters over. */
  get current(): boolean {
    return this.parameters.every(({ storage }) => storage.buffer === this.values.buffer);
  }
}
