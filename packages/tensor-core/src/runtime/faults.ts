import { type FaultKind, faultKinds, faultRecordWords, faultWords } from '@glassbox/wgsl-kernels';
import type { BufferView, Device } from '../device/device.ts';
import { Storage } from './storage.ts';

/** The first fault of its kind since the last look: see `wgsl-kernels/src/faults.ts`. */
export interface Fault {
  readonly kind: FaultKind;
  readonly row: number;
  readonly value: number;
  readonly limit: number;
}

/**
 * What kernels could not tell anybody: a target that is no class, a row that is not there. They note it on the
 * device; the next read of a value looks there too, and throws.
 */
export class Faults {
  readonly #device: Device;
  readonly #explain: (fault: Fault) => Error;
  #storage: Storage | undefined;
  /** Kernels that may have noted something were queued since the last look. */
  #queued = false;
  /** The last look, under way or done. */
  #look: Promise<void> = Promise.resolve();

  /** @param explain what is to be thrown. */
  constructor(device: Device, explain: (fault: Fault) => Error) {
    this.#device = device;
    this.#explain = explain;
  }

  /** The buffer that kernels bind as their `faults`. */
  get storage(): Storage {
    if (!this.#storage) {
      const storage = new Storage(faultWords);
      storage.buffer = this.#device.createBuffer(storage.bytes, 'faults');
      storage.pinned = true;
      this.#storage = storage;
    }
    return this.#storage;
  }

  /** True if one of a kernel's operands is the buffer. */
  among(operands: readonly Storage[]): boolean {
    return this.#storage !== undefined && operands.includes(this.#storage);
  }

  /** Says that kernels with the buffer among their operands were queued. */
  queued(): void {
    this.#queued = true;
  }

  /**
   * Reads a value, and beside it what was noted by everything submitted so far; that costs nothing if nothing can
   * have been noted since the last look. Everybody who waits for the same look gets its error, and nobody later: the
   * note is then wiped.
   * @throws RangeError for what `faultKinds` lists.
   */
  async readBeside(value: BufferView): Promise<ArrayBuffer> {
    if (!this.#queued) {
      const { buffer, offset, size } = value;
      const [bytes] = await Promise.all([this.#device.read(buffer, offset, size), this.#look]);
      return bytes;
    }
    this.#queued = false;
    const { buffer, offset, bytes: size } = this.storage;
    const both = this.#device.readAll([value, { buffer: buffer!, offset, size }]);
    const look = both
      .then(([, words]) => this.#judge(new Uint32Array(words)))
      .catch((error) => {
        if (this.#look === look) this.#look = Promise.resolve();
        throw error;
      });
    this.#look = look;
    await look;
    return (await both)[0];
  }

  #judge(words: Uint32Array): void {
    const found = faultKinds.findIndex((_, index) => words[faultRecordWords * index] !== 0);
    if (found < 0) return;
    this.#device.write(this.storage.buffer!, 0, new Uint32Array(faultWords));
    const [, row, value, limit] = words.subarray(faultRecordWords * found);
    throw this.#explain({ kind: faultKinds[found], row, value, limit });
  }
}

/** A label or row that was not below its limit, as an error. */
export function faultError({ kind, row, value, limit }: Fault): Error {
  // -1 and PyTorch's -100 come as the u32 of the same bits.
  const number = value > 0x7fffffff ? value | 0 : value;
  const range = (thing: string, of: string) =>
    limit === 1 ? `there is 1 ${thing} (${of} 0)` : `there are ${limit} ${thing}s (${of} 0 to ${limit - 1})`;
  if (kind === 'crossEntropy') {
    return new RangeError(
      `crossEntropy: target ${number} at row ${row} of the batch is out of bounds: ` +
        `${range('output', limit === 1 ? 'class' : 'classes')}; ` +
        'give the model an output for each class, or number the classes from 0',
    );
  }
  if (kind === 'oneHot') {
    return new RangeError(
      `oneHot: label ${number}, number ${row} of them, is out of bounds: ` +
        `${range('column', limit === 1 ? 'class' : 'classes')}; give more classes, or number them from 0`,
    );
  }
  if (kind === 'gather' || kind === 'indexSelect' || kind === 'embedding') {
    return new RangeError(
      `${kind}: index ${number}, number ${row} of them, is out of bounds: ` +
        `${range(kind === 'embedding' ? 'row' : 'position', limit === 1 ? 'number' : 'numbers')}`,
    );
  }
  return new RangeError(
    `${kind}: row ${number}, number ${row} of the batch, does not exist: ` +
      `${range('image', limit === 1 ? 'row' : 'rows')}; ` +
      'give numbers of rows that the data set has',
  );
}
