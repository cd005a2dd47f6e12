import { quoteName } from '@glassbox/files';
import type { HostTensor } from '../../module/state-dict.ts';
import { type ElementType, elementTypes } from '../dtypes.ts';
import { isTuple } from './unpickle.ts';

/** The class of a storage, as a pickle names it. */
export class StorageType {
  readonly name: string;
  /** The type of its elements; undefined for bytes, where each tensor says its own. */
  readonly element: string | undefined;

  constructor(name: string, element: string | undefined) {
    this.name = name;
    this.element = element;
  }
}

/** Memory that tensors lie in. Its bytes stand elsewhere in the file, under its key. */
export class Storage {
  readonly type: StorageType;
  readonly key: string;
  /** Number of elements; of bytes where it is untyped. */
  readonly count: number;

  constructor(type: StorageType, key: string, count: number) {
    this.type = type;
    this.key = key;
    this.count = count;
  }

  get byteLength(): number {
    return this.count * (this.type.element ? elementTypes.get(this.type.element)!.bytes : 1);
  }
}

/** Where a tensor's elements lie. */
interface Pending {
  readonly tensor: { data: HostTensor['data'] };
  readonly storage: Storage;
  readonly element: ElementType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const maxRank = 64;

/**
 * The tensors of a file. A pickle names them first; the storages that they lie in are read when it has ended, one
 * after another, so that no more than one storage is in memory beside the tensors.
 */
export class PendingTensors {
  readonly #fail: (problem: string, fix?: string) => never;
  readonly #maxBytes: number;
  readonly #byKey = new Map<string, { storage: Storage; tensors: Pending[] }>();
  #bytes = 0;

  /** @param maxBytes of all tensors together, when read */
  constructor(maxBytes: number, fail: (problem: string, fix?: string) => never) {
    this.#maxBytes = maxBytes;
    this.#fail = fail;
  }

  /** The storages that are needed, by key, in the order in which they were named. */
  get storages(): readonly Storage[] {
    return [...this.#byKey.values()].map(({ storage }) => storage);
  }

  /** Notes the storage, and that all who name its key mean the same one. */
  note(storage: Storage): Storage {
    const known = this.#byKey.get(storage.key);
    if (!known) {
      this.#byKey.set(storage.key, { storage, tensors: [] });
      return storage;
    }
    if (known.storage.byteLength !== storage.byteLength) {
      this.#fail(`speaks of storage ${quoteName(storage.key)} in two lengths`);
    }
    return storage;
  }

  /** A tensor out of (storage, offset, shape, strides); its values follow when its storage is read. */
  rebuild([storage, offset, shape, strides]: readonly unknown[], dtype?: string): HostTensor {
    const type = dtype ?? (storage instanceof Storage ? storage.type.element : undefined);
    const element = type === undefined ? undefined : elementTypes.get(type);
    if (
      !(storage instanceof Storage) ||
      !element ||
      !isCount(offset) ||
      !isCounts(shape) ||
      !isCounts(strides)
    ) {
      return this.#fail(
        'its pickle describes a tensor that cannot be (its storage, offset, shape or strides)',
      );
    }
    if (shape.length !== strides.length || shape.length > maxRank) {
      return this.#fail(`has a tensor of shape [${shape.slice(0, 9)}] and strides [${strides.slice(0, 9)}]`);
    }
    const elements = shape.reduce((product, size) => product * size, 1);
    const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
    const room = Math.floor(storage.byteLength / element.bytes);
    if (elements > 0 && last >= room) {
      return this.#fail(
        `has a tensor of shape [${shape}] whose last element is number ${last} of a storage of ${room}`,
      );
    }
    this.#bytes += elements * elementTypes.get(element.dtype)!.bytes;
    if (!(this.#bytes <= this.#maxBytes)) {
      return this.#fail(
        `its tensors take more than ${this.#maxBytes} bytes, far more than the file (several lie in the same ` +
          'memory, or one repeats its elements)',
        'If you trust the file, raise the limit (option maxBytes).',
      );
    }
    const tensor = { dtype: element.dtype, shape: [...shape], data: element.read(new Uint8Array(0)) };
    this.#byKey.get(storage.key)!.tensors.push({ tensor, storage, element, offset, shape, strides });
    return tensor as HostTensor;
  }

  /** Fills the tensors of a storage with its bytes (little-endian unless said otherwise). */
  fill(storage: Storage, bytes: Uint8Array, bigEndian = false): void {
    for (const pending of this.#byKey.get(storage.key)!.tensors) {
      const gathered = gather(bytes, pending);
      if (bigEndian) reverseElements(gathered, pending.element.bytes);
      pending.tensor.data = pending.element.read(gathered);
    }
  }
}

/** A tensor's elements in rows, as a copy where they do not lie so already. */
function gather(bytes: Uint8Array, { element, offset, shape, strides }: Pending): Uint8Array<ArrayBuffer> {
  const size = element.bytes;
  const count = shape.reduce((product, extent) => product * extent, 1);
  const out = new Uint8Array(count * size);
  if (count === 0) return out;
  let run = 1;
  let axis = shape.length - 1;
  // The dimensions at the end that lie in rows are copied as one piece.
  for (; axis >= 0 && (shape[axis] === 1 || strides[axis] === run); axis--) run *= shape[axis];
  const outer = axis + 1;
  const index = new Array<number>(outer).fill(0);
  let from = offset;
  for (let to = 0; to < count; to += run) {
    out.set(bytes.subarray(from * size, (from + run) * size), to * size);
    for (let i = outer - 1; i >= 0; i--) {
      from += strides[i];
      if (++index[i] < shape[i]) break;
      from -= strides[i] * shape[i];
      index[i] = 0;
    }
  }
  return out;
}

function reverseElements(bytes: Uint8Array, size: number): void {
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isCounts = (value: unknown): value is readonly number[] => isTuple(value) && value.every(isCount);
