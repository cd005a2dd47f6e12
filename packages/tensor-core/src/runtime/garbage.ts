import type { Device } from '../device/device.ts';

/** Device memory above which the garbage collector is asked for unreachable tensors. */
const defaultLimit = 256 * 2 ** 20;
/** After this many milliseconds of work without a pause the event loop gets its turn. */
const longestSpell = 20;
const mostPasses = 4;

/**
 * Brings back the memory of tensors made outside of any step. They are freed when the garbage collector finds them
 * unreachable, but it neither knows how much device memory a small object stands for, nor reports what it found before the
 * event loop turns, which a loop that only awaits values computed on the CPU may never do. So each read of a value
 * comes by here.
 */
export class GarbageWatch {
  readonly #device: Device;
  readonly #trim: () => void;
  readonly #limit: number;
  #next: number;
  #lastTurn = performance.now();

  /** @param trim gives idle buffers back to the device. */
  constructor(device: Device, trim: () => void, limit = defaultLimit) {
    this.#device = device;
    this.#trim = trim;
    this.#limit = limit;
    this.#next = limit;
  }

  /** Lets the event loop turn if it has not for long; collects garbage if the device holds twice what it held after the last time. */
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
      // What was found is reported in a task of its own, behind those that wait already.
      await turn();
      await turn();
      this.#trim();
      // What was freed may have been the last to refer to something else.
      if (this.#device.memory.buffers >= before) break;
      before = this.#device.memory.buffers;
    }
    this.#next = Math.max(this.#limit, 2 * this.#device.memory.bytes);
    this.#lastTurn = performance.now();
  }
}

const isNode = typeof process === 'object' && typeof process.versions?.node === 'string';

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
  found ??= (globalThis as { gc?: () => void }).gc;
  if (!found && isNode) {
    const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
      import('node:v8'),
      import('node:vm'),
    ]);
    setFlagsFromString('--expose-gc');
    found = runInNewContext('gc') as () => void;
  }
  return found;
}
