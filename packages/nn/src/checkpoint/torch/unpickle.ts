/**
 * A machine for the part of pickles that holds plain values. A pickle is a program: its instructions push values on a
 * stack, and one of them, REDUCE, calls a function that the pickle names. Python runs whatever that is. Here a name is
 * looked up in a table of a dozen (`globals.ts`), and any other ends the reading; no name reaches JavaScript's own.
 *
 * Memory and time are bounded by the file's size and by {@link limits}. Values may be shared, as in Python, and are
 * never copied for it.
 */
import { op, refusedOps } from './opcodes.ts';

/** Something that a pickle may name and call. */
export class Callable {
  readonly name: string;
  readonly call: (args: readonly unknown[]) => unknown;

  constructor(name: string, call: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.call = call;
  }
}

/** What the machine asks of its surroundings. */
export interface Surroundings {
  /** What a name means: a {@link Callable} or a value. Throws for all that is not known. */
  global(module: string, name: string): unknown;
  /** What lies outside of the pickle under this id. */
  persistent(id: unknown): unknown;
  /** Throws, with the problem in words. */
  fail(problem: string, fix?: string): never;
}

/** What one pickle may ask for. A net of 10,000 tensors takes about 400,000 instructions. */
export const limits = {
  instructions: 20_000_000,
  /** Lists, dictionaries, tuples, sets and tensors. */
  containers: 2_000_000,
  /** Bytes of one whole number. */
  integerBytes: 1024,
  /**
   * Characters, bytes and items that are handed to calls, which copy them, as a multiple of the pickle's bytes: a value
   * is handed on once as a rule, but a pickle may keep it and hand it on again and again.
   */
  handed: 8,
} as const;

/** Tuples are told from lists by being frozen. */
export function isTuple(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && Object.isFrozen(value);
}

/**
 * Runs one pickle.
 * @param start where it begins in `bytes`
 * @returns its value, and where it ends
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  around: Surroundings,
): { value: unknown; end: number } {
  return new Machine(bytes, start, around).run();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class Machine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #around: Surroundings;
  readonly #stack: unknown[] = [];
  /** Heights of the stack where a MARK stands. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #at: number;
  #containers = 0;
  #handed = 0;

  constructor(bytes: Uint8Array, start: number, around: Surroundings) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
    this.#around = around;
  }

  run(): { value: unknown; end: number } {
    for (let count = 0; count < limits.instructions; count++) {
      const at = this.#at;
      const code = this.#bytes[this.#take(1)];
      if (code === op.stop) {
        if (this.#marks.length > 0) this.#fail('its pickle ends with an open MARK');
        return { value: this.#pop(), end: this.#at };
      }
      if (!this.#value(code) && !this.#structure(code)) {
        const name = refusedOps.get(code);
        const which = name ?? `0x${code.toString(16).padStart(2, '0')}`;
        this.#fail(
          `its pickle has the instruction ${which} at byte ${at}, ` +
            `which ${name ? 'torch.save does not write' : 'does not exist'}`,
        );
      }
    }
    return this.#fail(`its pickle takes more than ${limits.instructions} instructions`);
  }

  /** Instructions that push a value of their own. */
  #value(code: number): boolean {
    switch (code) {
      case op.none:
        return this.#push(null);
      case op.newTrue:
        return this.#push(true);
      case op.newFalse:
        return this.#push(false);
      case op.binInt:
        return this.#push(this.#view.getInt32(this.#take(4), true));
      case op.binInt1:
        return this.#push(this.#bytes[this.#take(1)]);
      case op.binInt2:
        return this.#push(this.#view.getUint16(this.#take(2), true));
      case op.long1:
        return this.#push(this.#integer(this.#length(1)));
      case op.long4:
        return this.#push(this.#integer(this.#length(4)));
      case op.binFloat:
        return this.#push(this.#view.getFloat64(this.#take(8), false));
      case op.shortBinString:
      case op.shortBinUnicode:
        return this.#push(this.#text(this.#length(1)));
      case op.binString:
      case op.binUnicode:
        return this.#push(this.#text(this.#length(4)));
      case op.binUnicode8:
        return this.#push(this.#text(this.#length(8)));
      case op.shortBinBytes:
        return this.#push(this.#piece(this.#length(1)).slice());
      case op.binBytes:
        return this.#push(this.#piece(this.#length(4)).slice());
      case op.binBytes8:
      case op.byteArray8:
        return this.#push(this.#piece(this.#length(8)).slice());
      case op.emptyDict:
        return this.#push(this.#container(new Map()));
      case op.emptyList:
        return this.#push(this.#container([]));
      case op.emptySet:
        return this.#push(this.#container(new Set()));
      case op.emptyTuple:
        return this.#push(this.#tuple([]));
      case op.global: {
        const module = this.#line();
        return this.#push(this.#around.global(module, this.#line()));
      }
      default:
        return false;
    }
  }

  /** Instructions that work on what stands on the stack. */
  #structure(code: number): boolean {
    switch (code) {
      case op.protocol: {
        const version = this.#bytes[this.#take(1)];
        if (version < 2 || version > 5) this.#fail(`its pickle has protocol ${version}; 2 to 5 are read`);
        return true;
      }
      case op.frame:
        // Says how many bytes belong together, which only a reader of streams wants to know.
        this.#take(8);
        return true;
      case op.mark:
        this.#marks.push(this.#stack.length);
        return true;
      case op.pop:
        // As Python: a MARK on top is what is popped.
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return true;
      case op.popMark:
        this.#popMark();
        return true;
      case op.duplicate:
        return this.#push(this.#top());
      case op.tuple:
        return this.#push(this.#tuple(this.#popMark()));
      case op.tuple1:
      case op.tuple2:
      case op.tuple3:
        return this.#push(this.#tuple(this.#popSome(code - op.tuple1 + 1)));
      case op.list:
        return this.#push(this.#container(this.#popMark()));
      case op.dict: {
        const items = this.#popMark();
        this.#push(this.#container(new Map()));
        return this.#setItems(items);
      }
      case op.frozenSet: {
        const items = this.#popMark();
        this.#push(this.#container(new Set()));
        return this.#addItems(items);
      }
      case op.append:
        return this.#append([this.#pop()]);
      case op.appends:
        return this.#append(this.#popMark());
      case op.setItem:
        return this.#setItems(this.#popSome(2));
      case op.setItems:
        return this.#setItems(this.#popMark());
      case op.addItems:
        return this.#addItems(this.#popMark());
      case op.binPut:
        this.#memo.set(this.#bytes[this.#take(1)], this.#top());
        return true;
      case op.longBinPut:
        this.#memo.set(this.#view.getUint32(this.#take(4), true), this.#top());
        return true;
      case op.memoize:
        this.#memo.set(this.#memo.size, this.#top());
        return true;
      case op.binGet:
        return this.#remember(this.#bytes[this.#take(1)]);
      case op.longBinGet:
        return this.#remember(this.#view.getUint32(this.#take(4), true));
      case op.stackGlobal: {
        const [module, name] = this.#popSome(2);
        if (typeof module !== 'string' || typeof name !== 'string') this.#fail('its pickle names no text');
        return this.#push(this.#around.global(module as string, name as string));
      }
      case op.binPersistentId:
        return this.#push(this.#around.persistent(this.#pop()));
      case op.reduce:
      case op.newObject:
        return this.#call();
      case op.build:
        return this.#build();
      default:
        return false;
    }
  }

  #call(): boolean {
    const [callable, args] = this.#popSome(2);
    if (!(callable instanceof Callable)) return this.#fail('its pickle calls something that is no function');
    if (!isTuple(args)) return this.#fail(`its pickle calls ${callable.name} without a tuple of arguments`);
    for (const arg of args) {
      const sized = typeof arg === 'string' || Array.isArray(arg) || arg instanceof Uint8Array;
      this.#handed += sized ? arg.length : 1;
    }
    if (this.#handed > limits.handed * this.#bytes.length) {
      this.#fail('its pickle hands the same values to calls again and again');
    }
    return this.#push(this.#container(callable.call(args)));
  }

  /** Gives an object its attributes. Dictionaries may have some (PyTorch's `_metadata`), which are left out. */
  #build(): boolean {
    this.#pop();
    if (!(this.#top() instanceof Map)) {
      this.#fail('its pickle gives attributes to something that is no dictionary');
    }
    return true;
  }

  #append(items: readonly unknown[]): boolean {
    const list = this.#top();
    if (!Array.isArray(list) || isTuple(list))
      return this.#fail('its pickle appends to something that is no list');
    for (const item of items) (list as unknown[]).push(item);
    return true;
  }

  #setItems(items: readonly unknown[]): boolean {
    const map = this.#top();
    if (!(map instanceof Map)) return this.#fail('its pickle sets items of something that is no dictionary');
    if (items.length % 2 === 1) return this.#fail('its pickle has a key without a value');
    for (let i = 0; i < items.length; i += 2) map.set(this.#key(items[i]), items[i + 1]);
    return true;
  }

  #addItems(items: readonly unknown[]): boolean {
    const set = this.#top();
    if (!(set instanceof Set)) return this.#fail('its pickle adds to something that is no set');
    for (const item of items) set.add(this.#key(item));
    return true;
  }

  /** A value that Python lets one look up. */
  #key(value: unknown): unknown {
    const plain =
      value === null || typeof value !== 'object' || value instanceof Uint8Array || isTuple(value);
    if (!plain) this.#fail('its pickle has a key that can change (a list, a dictionary, a set or a tensor)');
    return value;
  }

  #remember(index: number): boolean {
    if (!this.#memo.has(index)) this.#fail(`its pickle asks for value ${index}, which it never kept`);
    return this.#push(this.#memo.get(index));
  }

  #push(value: unknown): true {
    this.#stack.push(value);
    return true;
  }

  #container<T>(value: T): T {
    if (++this.#containers > limits.containers) {
      this.#fail(`its pickle makes more than ${limits.containers} lists, dictionaries, tuples and tensors`);
    }
    return value;
  }

  #tuple(items: unknown[]): readonly unknown[] {
    return this.#container(Object.freeze(items));
  }

  /** How many values may be taken: those above the last MARK. */
  get #room(): number {
    return this.#stack.length - (this.#marks.at(-1) ?? 0);
  }

  #pop(): unknown {
    if (this.#room < 1) this.#fail('its pickle takes a value from an empty stack');
    return this.#stack.pop();
  }

  #popSome(count: number): unknown[] {
    if (this.#room < count) this.#fail('its pickle takes a value from an empty stack');
    return this.#stack.splice(this.#stack.length - count, count);
  }

  #top(): unknown {
    if (this.#room < 1) this.#fail('its pickle takes a value from an empty stack');
    return this.#stack.at(-1);
  }

  #popMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) return this.#fail('its pickle closes a MARK that it did not open');
    return this.#stack.splice(mark);
  }

  /** @returns where the next `count` bytes begin, and goes past them. */
  #take(count: number): number {
    const at = this.#at;
    if (count > this.#bytes.length - at) this.#fail(`its pickle is cut off at byte ${this.#bytes.length}`);
    this.#at += count;
    return at;
  }

  /** A length of 1, 4 or 8 bytes. */
  #length(bytes: 1 | 4 | 8): number {
    const at = this.#take(bytes);
    if (bytes === 1) return this.#bytes[at];
    if (bytes === 4) return this.#view.getUint32(at, true);
    return Number(this.#view.getBigUint64(at, true));
  }

  #piece(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  #text(length: number): string {
    const piece = this.#piece(length);
    try {
      return utf8.decode(piece);
    } catch {
      return this.#fail('its pickle has a text that is not UTF-8');
    }
  }

  /** Text up to the end of the line. */
  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at);
    if (end < 0) return this.#fail(`its pickle is cut off at byte ${this.#bytes.length}`);
    const text = this.#text(end - this.#at);
    this.#take(1);
    return text;
  }

  /** A whole number in two's complement, its lowest byte first. */
  #integer(length: number): number | bigint {
    if (length > limits.integerBytes) this.#fail(`its pickle has a whole number of ${length} bytes`);
    const piece = this.#piece(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(piece[i]);
    if (length > 0 && piece[length - 1] & 0x80) value -= 1n << BigInt(8 * length);
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  #fail(problem: string): never {
    return this.#around.fail(problem);
  }
}
