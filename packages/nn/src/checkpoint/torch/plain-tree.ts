import type { HostTensor } from '../../module/state-dict.ts';
import { isHostTensor } from './globals.ts';
import { Callable } from './unpickle.ts';

/**
 * What a file of PyTorch holds: tensors in Python's plain containers. Lists and tuples are arrays (tuples are frozen),
 * dictionaries are Maps, whole numbers beyond 2^53 are bigints, and a dtype or a device is its name.
 */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | HostTensor
  | readonly TorchValue[]
  | ReadonlySet<TorchValue>
  | ReadonlyMap<TorchValue, TorchValue>;

const maxDepth = 200;
/** A value that is used twice counts twice: so many a reader meets who walks through all of it. */
const maxSize = 20_000_000;

interface Frame {
  readonly value: object;
  readonly children: Iterator<unknown>;
  size: number;
}

/**
 * Checks that a value is plain, that it does not contain itself, and that walking through it ends soon: pickles may
 * share parts, so that a few bytes can mean a list of lists of lists with more items than anyone can count.
 */
export function checkPlain(root: unknown, fail: (problem: string) => never): TorchValue {
  /** Values within each container, itself included; 0 while it is still open. */
  const sizes = new Map<object, number>();
  const open: Frame[] = [];
  const enter = (value: unknown): number => {
    if (value instanceof Callable) fail(`holds the function '${value.name}' itself, not what it makes`);
    if (typeof value !== 'object' || value === null || isHostTensor(value) || value instanceof Uint8Array)
      return 1;
    const children = childrenOf(value);
    if (!children) return fail('holds a storage without a tensor');
    const known = sizes.get(value);
    if (known === 0) return fail('holds a list or a dictionary that contains itself');
    if (known !== undefined) return known;
    if (open.length >= maxDepth) return fail(`holds values nested more than ${maxDepth} deep`);
    sizes.set(value, 0);
    open.push({ value, children, size: 1 });
    return 0;
  };
  enter(root);
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const { done, value } = frame.children.next();
    if (!done) frame.size += enter(value);
    else {
      open.pop();
      sizes.set(frame.value, frame.size);
      const parent = open.at(-1);
      if (parent) parent.size += frame.size;
    }
    if (frame.size > maxSize) fail(`holds more than ${maxSize} values, counted as often as they are used`);
  }
  return root as TorchValue;
}

function childrenOf(value: object): Iterator<unknown> | undefined {
  if (Array.isArray(value)) return value.values();
  if (value instanceof Set) return value.values();
  if (value instanceof Map) return keysAndValues(value);
  return undefined;
}

function* keysAndValues(map: ReadonlyMap<unknown, unknown>): Generator<unknown> {
  for (const [key, value] of map) {
    yield key;
    yield value;
  }
}
