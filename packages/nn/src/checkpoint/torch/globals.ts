import { quoteName } from '@glassbox/files';
import type { HostTensor } from '../../module/state-dict.ts';
import { elementTypes } from '../dtypes.ts';
import { type PendingTensors, Storage, StorageType } from './tensors.ts';
import { Callable, isTuple } from './unpickle.ts';

/** Element types by the names of PyTorch's storages. */
const storageTypes: Readonly<Record<string, string | undefined>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
  // Bytes: the tensor says its type.
  UntypedStorage: undefined,
};

/** Element types by the names of PyTorch's dtypes. */
const dtypes: Readonly<Record<string, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  float8_e4m3fn: 'F8_E4M3',
  float8_e5m2: 'F8_E5M2',
  float8_e4m3fnuz: 'F8_E4M3FNUZ',
  float8_e5m2fnuz: 'F8_E5M2FNUZ',
  float8_e8m0fnu: 'F8_E8M0',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint64: 'U64',
  uint32: 'U32',
  uint16: 'U16',
  uint8: 'U8',
  bool: 'BOOL',
};

type Fail = (problem: string, fix?: string) => never;

/**
 * All that a pickle may name, as a function from a module and a name. Everything else is refused with its name. The
 * functions are these few, they make values and touch nothing.
 */
export function knownGlobals(tensors: PendingTensors, fail: Fail): (module: string, name: string) => unknown {
  const functions = new Map<string, Callable>();
  const add = (names: readonly string[], call: (args: readonly unknown[]) => unknown) => {
    for (const name of names) functions.set(name, new Callable(name, call));
  };
  const wrong = (name: string): never =>
    fail(`its pickle calls ${name} with arguments that it does not take`);

  add(['torch._utils._rebuild_tensor'], (args) => tensors.rebuild(args.slice(0, 4)));
  // (storage, offset, shape, stride, requires_grad, backward_hooks, metadata)
  add(['torch._utils._rebuild_tensor_v2'], (args) => tensors.rebuild(args.slice(0, 4)));
  // (storage, offset, shape, stride, requires_grad, backward_hooks, dtype, metadata)
  add(['torch._utils._rebuild_tensor_v3'], (args) => tensors.rebuild(args.slice(0, 4), dtypeOf(args[6])));
  // (data, requires_grad, backward_hooks): a parameter is its tensor.
  add(['torch._utils._rebuild_parameter'], ([data]) =>
    isHostTensor(data) ? data : wrong('torch._utils._rebuild_parameter'),
  );
  add(['torch.Size'], ([items]) => (isTuple(items) ? items : wrong('torch.Size')));
  add(['torch.device'], (args) => {
    const right =
      args.length <= 2 && typeof args[0] === 'string' && (args.length < 2 || typeof args[1] === 'number');
    return right ? args.join(':') : wrong('torch.device');
  });
  // In protocol 2: OrderedDict() or OrderedDict([[key, value], …]).
  add(['collections.OrderedDict', '__builtin__.dict', 'builtins.dict'], ([items = []]) => {
    const pairs = items as [unknown, unknown][];
    const right = Array.isArray(items) && pairs.every((pair) => Array.isArray(pair) && pair.length === 2);
    if (!right || pairs.some(([key]) => typeof key !== 'string')) wrong('OrderedDict');
    return new Map(pairs);
  });
  add(['__builtin__.set', 'builtins.set', '__builtin__.frozenset', 'builtins.frozenset'], ([items = []]) => {
    const right = Array.isArray(items) && items.every((item) => item === null || typeof item !== 'object');
    return right ? new Set(items as unknown[]) : wrong('set');
  });
  // Bytes in protocol 2: the text whose characters are the bytes.
  const latin1 = (text: unknown, name: string) => {
    if (typeof text !== 'string') return wrong(name);
    return Uint8Array.from(text, (character) => {
      const code = character.codePointAt(0)!;
      return code < 256 ? code : wrong(name);
    });
  };
  add(['_codecs.encode'], ([text, coding]) =>
    coding === 'latin1' ? latin1(text, '_codecs.encode') : wrong('_codecs.encode'),
  );
  add(['__builtin__.bytes', 'builtins.bytes'], (args) =>
    args.length === 0 ? new Uint8Array(0) : wrong('bytes'),
  );
  add(['__builtin__.bytearray', 'builtins.bytearray'], ([content = '', coding]) => {
    if (content instanceof Uint8Array && coding === undefined) return content.slice();
    return content === '' || coding === 'latin-1' ? latin1(content, 'bytearray') : wrong('bytearray');
  });

  return (module, name) => {
    const full = `${module}.${name}`;
    const known = functions.get(full);
    if (known) return known;
    if (/^torch(\.cuda|\.storage)?$/.test(module) && Object.hasOwn(storageTypes, name)) {
      return new StorageType(full, storageTypes[name]);
    }
    if (module === 'torch' && Object.hasOwn(dtypes, name)) return full;
    return refuse(module, full, fail);
  };
}

/** The element type that a dtype, such as "torch.float32", stands for. */
function dtypeOf(dtype: unknown): string | undefined {
  const name = typeof dtype === 'string' ? dtype.slice('torch.'.length) : '';
  return Object.hasOwn(dtypes, name) ? dtypes[name] : undefined;
}

/** What to do about a file that holds more than values. */
export const weightsAlone =
  'If you trust the file, open it in Python and save the weights alone: torch.save(model.state_dict(), path).';

function refuse(module: string, full: string, fail: Fail): never {
  const what = quoteName(full);
  if (/^torch\..*Storage$/.test(full)) {
    return fail(
      `holds a ${what}, of complex or quantised numbers, which are not read`,
      'Convert the tensors in Python, for instance with torch.view_as_real or dequantize(), and save them again.',
    );
  }
  if (/^torch\._utils\._rebuild/.test(full) || /^torch\.(sparse|layout)/.test(full)) {
    return fail(
      `holds a tensor of a kind that is not read (it wants ${what}; nothing was run)`,
      'Make it a plain, dense tensor in Python and save it again.',
    );
  }
  if (/^numpy(\.|$)/.test(module)) {
    return fail(
      `holds a value of numpy (it wants ${what}; nothing was run)`,
      'Save plain numbers and tensors: float(value), torch.from_numpy(array).',
    );
  }
  if (/^(torch\.nn|torchvision|timm|__main__|models?)(\.|$)/.test(module)) {
    return fail(
      `holds a whole model, not its weights alone (it wants ${what}; nothing was run)`,
      weightsAlone,
    );
  }
  return fail(`wants ${what}, which no file of tensors needs; nothing was run`, weightsAlone);
}

/** Whether a value out of a file of PyTorch is a tensor. */
export function isHostTensor(value: unknown): value is HostTensor {
  if (typeof value !== 'object' || value === null) return false;
  const { dtype, shape, data } = value as Partial<HostTensor>;
  return (
    typeof dtype === 'string' && elementTypes.has(dtype) && Array.isArray(shape) && ArrayBuffer.isView(data)
  );
}

/** What a pickle names as lying outside of it: ('storage', type, key, device, number of elements). */
export function storageOf(id: unknown, fail: Fail): Storage {
  if (isTuple(id) && id[0] === 'storage' && id.length >= 5) {
    const [, type, key, , count, view] = id;
    const counted = typeof count === 'number' && Number.isSafeInteger(count) && count >= 0;
    if (view !== undefined && view !== null) {
      return fail(
        'holds a view of a storage, as PyTorch wrote it before 0.4',
        'Load it in PyTorch and save it again.',
      );
    }
    if (type instanceof StorageType && typeof key === 'string' && counted)
      return new Storage(type, key, count);
  }
  return fail('its pickle asks for something outside of it that is no storage of a tensor');
}
