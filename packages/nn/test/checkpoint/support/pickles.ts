import { zipOf } from '../../../../medmnist/test/helpers/zip-tools.ts';

/** Bytes of numbers, of texts (their UTF-8) and of other bytes. */
export function bytes(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : Buffer.from(part)))),
  );
}

const u32 = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

/** Instructions of a pickle, by what they push. */
export const text = (value: string) => bytes('X', u32(Buffer.byteLength(value)), value);
export const int = (value: number) => bytes('J', new Uint8Array(Int32Array.of(value).buffer));
export const long = (value: bigint) => bytes(0x8a, 8, new Uint8Array(BigInt64Array.of(value).buffer));
export const global = (module: string, name: string) => bytes('c', module, '\n', name, '\n');
export const tuple = (...items: readonly Uint8Array[]) => bytes('(', ...items, 't');
export const call = (callable: Uint8Array, ...args: readonly Uint8Array[]) =>
  bytes(callable, tuple(...args), 'R');
/** A whole pickle of protocol 2. */
export const pickle = (...instructions: readonly Uint8Array[]) => bytes(0x80, 2, ...instructions, '.');

/** The storage under a key, as torch.save names it. */
export const storage = (type: string, key: string, count: number) =>
  bytes(tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(count)), 'Q');

const longs = (values: readonly (number | bigint)[]) => tuple(...values.map((value) => long(BigInt(value))));

/** A tensor in a storage. */
export const tensor = (
  where: Uint8Array,
  offset: number | bigint,
  shape: readonly (number | bigint)[],
  strides: readonly (number | bigint)[],
) =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    where,
    long(BigInt(offset)),
    longs(shape),
    longs(strides),
    Uint8Array.of(0x89),
    call(global('collections', 'OrderedDict')),
  );

/** A zip as torch.save writes it, around any pickle and any storages. */
export const archive = (
  data: Uint8Array,
  storages: Record<string, Uint8Array> = {},
  more: Record<string, Uint8Array> = {},
) =>
  zipOf({
    'archive/data.pkl': data,
    ...Object.fromEntries(Object.entries(storages).map(([key, content]) => [`archive/data/${key}`, content])),
    'archive/version': bytes('3\n'),
    ...more,
  });
