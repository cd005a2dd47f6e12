import { mistakenFor } from '@glassbox/file-kinds';
import { quoteName } from '@glassbox/files';
import type { Load } from './load.ts';

const magic = 0x1950a86a20f9469cfc6cn;
const formatVersion = 1001;

/**
 * PyTorch's format before 1.6 (`_use_new_zipfile_serialization=False`): pickles of a magic number, a version, facts
 * about the machine, the value and the keys of its storages, then of each storage the number of its elements (64 bits)
 * and the elements, little-endian.
 */
export function readLegacy(bytes: Uint8Array, load: Load): unknown {
  const first = isPickle(bytes) ? load.unpickle(bytes, 0) : undefined;
  if (first?.value !== magic) {
    const mistaken = mistakenFor('torch', bytes.subarray(0, 512), bytes.subarray(-65536));
    return load.fail(
      `is not a file of torch.save${mistaken ? `: it ${mistaken.looks}` : ''}`,
      mistaken?.fix ?? 'Give a .pt or .pth file of torch.save.',
    );
  }
  const version = load.unpickle(bytes, first.end);
  if (version.value !== formatVersion)
    load.fail(`has the old format in another version than ${formatVersion}`);
  const machine = load.unpickle(bytes, version.end);
  const { value, end } = load.unpickle(bytes, machine.end);
  const keys = load.unpickle(bytes, end);
  const storages = new Map(load.tensors.storages.map((storage) => [storage.key, storage]));
  if (!Array.isArray(keys.value)) return load.fail('has no list of its storages');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = keys.end;
  for (const key of keys.value as unknown[]) {
    const storage = storages.get(key as string);
    if (!storage) {
      const which = typeof key === 'string' ? quoteName(key) : 'without a name';
      return load.fail(`has a storage ${which} twice, or one that nothing lies in`);
    }
    storages.delete(storage.key);
    const { byteLength, key: name, count } = storage;
    if (at + 8 + byteLength > bytes.length) load.fail(`is cut off in the storage ${quoteName(name)}`);
    if (view.getBigInt64(at, true) !== BigInt(count)) {
      load.fail(`has a storage ${quoteName(name)} of another length than its pickle says`);
    }
    load.tensors.fill(storage, bytes.subarray(at + 8, at + 8 + byteLength));
    at += 8 + byteLength;
  }
  if (storages.size > 0) {
    load.fail(`lacks the storage ${quoteName(storages.keys().next().value!)} that its pickle speaks of`);
  }
  if (at !== bytes.length) load.fail(`has ${bytes.length - at} bytes behind its last storage`);
  return value;
}

/** Whether the bytes begin as a pickle of protocol 2 or later does. */
const isPickle = (bytes: Uint8Array) => bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5;
