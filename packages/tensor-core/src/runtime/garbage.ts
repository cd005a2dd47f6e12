import type { Device } from '../device/device.ts';
import type { Storage } from './storage.ts';

/** Device memory above which the garbage collector is asked for unreachable tensors. */
const defaultLimit = 256 * 2 ** 20;
/** As many tensors may be forgotten, however small they are, before a loop that never pauses looks for them. */
const mostWatched = 1 << 16;
/** After this many milliseconds of work without a pause the event loop gets its turn. */
const longestSpell = 20;
const mostPasses = 4;

/** A tensor that will be missed. */
export interface Watched {
  readonly storage: Storage;
  /** To find it gone without a turn of the event loop: only for tensors that no step frees. */
  tensor: WeakRef<object> | undefined;
  missed: boolean;
}

/**
 * Brings back the memory of tensors made outside of any step. They are freed when the garbage collector finds them
 * unreachable, but it neither knows how much device memory a small object stands for, nor reports what it found
 * before the event loop turns, which a loop that only awaits values computed on the CPU may never do. So each read of
 * a value comes by here, and a loop that does not even read comes by where it makes a tensor or differentiates.
 */
export class GarbageWatch {
  readonly #device: Device;
  readonly #free: (storage: Storage) => void;
  readonly #trim: () => void;
  readonly #limit: number;
  readonly #watched = new Set<Watched>();
  readonly #reports = new FinalizationRegistry<Watched>((watched) => this.#miss(watched));
  #next: number;
  #nextWatched = mostWatched;
  #lastTurn = performance.now();

  /**
   * @param then.free frees a storage that no tensor refers to any more.
   * @param then.trim gives idle buffers back to the device.
   */
  constructor(
    device: Device,
    then: { readonly free: (storage: Storage) => void; readonly trim: () => void },
    limit = defaultLimit,
  ) {
    this.#device = device;
    this.#free = then.free;
    this.#trim = then.trim;
    this.#limit = limit;
    this.#next = limit;
  }

  /** Frees the storage when all tensors that share it are gone. @param inStep a step frees it before that. */
  watch(tensor: object, storage: Storage, inStep: boolean): Watched {
    const watched: Watched = { storage, tensor: undefined, missed: false };
    storage.tensors++;
    this.#reports.register(tensor, watched);
    if (!inStep) this.outlives(tensor, watched);
    return watched;
  }

  /** The tensor will not be freed by the step that made it. */
  outlives(tensor: object, watched: Watched): void {
    watched.tensor ??= new WeakRef(tensor);
    this.#watched.add(watched);
  }

  #miss(watched: Watched): void {
    if (watched.missed) return;
    watched.missed = true;
    this.#watched.delete(watched);
    if (--watched.storage.tensors > 0) return;
    watched.storage.forgotten = true;
    this.#free(watched.storage);
  }

  /**
   * Looks for forgotten tensors without a turn of the event loop, if the device holds twice what it held after the
   * last time. Only Node and Deno can; elsewhere such a loop ends when memory does, and the error says what to do.
   */
  visitNow(): void {
    if (this.#device.memory.bytes <= this.#next && this.#watched.size <= this.#nextWatched) return;
    const collectNow = collectorAtOnce();
    if (collectNow) {
      collectNow();
      this.#look();
      this.#trim();
    }
    this.#rearm();
  }

  /** Finds what is gone before it is reported. What is not yet gone is then kept until the event loop turns. */
  #look(): void {
    for (const watched of this.#watched) if (!watched.tensor!.deref()) this.#miss(watched);
  }

  #rearm(): void {
    this.#next = Math.max(this.#limit, 2 * this.#device.memory.bytes);
    this.#nextWatched = Math.max(mostWatched, 2 * this.#watched.size);
  }

  /**
   * Lets the event loop turn if it has not for long; collects garbage if the device holds twice what it held after
   * the last time.
   */
  async visit(): Promise<void> {
    if (this.#device.memory.bytes > this.#next) await this.collect();
    else if (performance.now() - this.#lastTurn > longestSpell) {
      await turn();
      this.#lastTurn = performance.now();
    }
  }

  /** Frees what no tensor refers to any more, and idle buffers. */
  async collect(): Promise<void> {
    this.#next = Number.POSITIVE_INFINITY; // reads meanwhile need not do the same
    const collectNow = await collector();
    for (let pass = 0, before = Number.POSITIVE_INFINITY; pass < mostPasses; pass++) {
      collectNow?.();
      // What was found is reported in a task of its own, after those that wait already; on a busy machine, later.
      await turn();
      this.#look();
      await turn();
      this.#trim();
      // What was freed may have been the last to refer to something else.
      if (this.#device.memory.buffers >= before) break;
      before = this.#device.memory.buffers;
    }
    this.#rearm();
    this.#lastTurn = performance.now();
  }
}

/** Node, and Deno and Bun, which say that they are. */
const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';
/** Bun has a collector of its own, and not V8's. */
const bun = (globalThis as { Bun?: { gc(atOnce: boolean): void } }).Bun;

/** Resolves after tasks that wait have run. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (isNode) setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}

let found: (() => void) | undefined;

/** The engine's garbage collector as a function; browsers have none. */
async function collector(): Promise<(() => void) | undefined> {
  found ??= (globalThis as { gc?: () => void }).gc ?? (bun && (() => bun.gc(true)));
  if (!found && isNode) found = exposed(await import('./engine-node.ts'));
  return found;
}

type Engine = Pick<typeof import('./engine-node.ts'), 'setFlagsFromString' | 'runInNewContext'>;

function exposed({ setFlagsFromString, runInNewContext }: Engine): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

let foundAtOnce: (() => void) | undefined;

/**
 * A collector after which weak references to what is unreachable are empty at once. The language keeps them full
 * until the job ends, or (what is used here) until the microtasks of some context have run. Undefined in browsers, Bun
 * and old versions of Node.
 */
function collectorAtOnce(): (() => void) | undefined {
  if (!foundAtOnce && isNode && !bun && 'getBuiltinModule' in process) {
    const vm = process.getBuiltinModule('node:vm');
    const { setFlagsFromString } = process.getBuiltinModule('node:v8');
    const collect = exposed({ setFlagsFromString, runInNewContext: vm.runInNewContext });
    const context = vm.createContext({}, { microtaskMode: 'afterEvaluate' });
    const nothing = new vm.Script('0');
    foundAtOnce = () => {
      nothing.runInContext(context);
      collect();
    };
  }
  return foundAtOnce;
}
