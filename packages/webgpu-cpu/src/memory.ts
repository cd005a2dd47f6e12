/** Memory of the runtime that belongs to an object. */
import type { RuntimeBuffer } from '@glassbox/wgsl-wasm';
import type { Core } from './core.ts';

/** Memory that is let go when nobody has its object any more. */
const forgotten = new FinalizationRegistry<() => void>((free) => free());

/** Zeros at first. */
export class Memory {
  readonly buffer: RuntimeBuffer;
  readonly #free: () => void;

  /** @throws RangeError if there is not as much */
  constructor({ runtime }: Core, owner: object, bytes: number, label: string) {
    const buffer = runtime.createBuffer(bytes, label);
    this.buffer = buffer;
    this.#free = () => {
      if (!runtime.lost) runtime.inTurn(() => runtime.destroyBuffer(buffer));
    };
    forgotten.register(owner, this.#free, this);
  }

  /** Frees it, once what was submitted so far has run. */
  free(): void {
    forgotten.unregister(this);
    this.#free();
  }
}
