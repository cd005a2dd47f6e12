/** What the canary of 256-bit operations looks at, and that V8's flag is only left set if it found nothing wrong. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { features, WasmRuntime } from '../../src/index.ts';

const flags: string[] = [];
vi.mock('node:v8', () => ({ setFlagsFromString: (flag: string) => void flags.push(flag) }));

const on = '--experimental-wasm-revectorize';
const off = '--no-experimental-wasm-revectorize';

/** A fresh `goWide` on a clock by which one product in the wide form takes so long, and one in the narrow form 10. */
async function canary(wideTakes: number, change: (result: Uint32Array) => void = () => {}) {
  vi.resetModules();
  flags.length = 0;
  // Before the clock is replaced: loading a module asks it, too.
  const { goWide } = await import('../../src/runtime/wide.ts');
  let [now, calls] = [0, 0];
  vi.spyOn(performance, 'now').mockImplementation(() => {
    // Start and end of the narrow form, of the wide one, and of the kernel of other operations.
    const at = calls++ % 6;
    now += at === 3 ? wideTakes : 10;
    return now;
  });
  return goWide(() => {
    calls = 0; // vitest looked at the clock when it loaded the module that sets the flag
    const runtime = new WasmRuntime(1, features());
    const read = runtime.read.bind(runtime);
    runtime.read = async (...range) => {
      const bytes = await read(...range);
      change(new Uint32Array(bytes));
      return bytes;
    };
    return runtime;
  });
}

describe('the canary', () => {
  afterEach(() => vi.restoreAllMocks());

  it('leaves the flag set where the wide form is right and faster', async () => {
    expect(await canary(6)).toEqual({ vectorBits: 256 });
    expect(flags).toEqual([on]);
  });

  it('takes the flag back where it is not faster', async () => {
    expect(await canary(10)).toEqual({ vectorBits: 128, reason: 'tiles for 256 bits are not faster here' });
    expect(flags).toEqual([on, off]);
  });

  it.each([0, 1, 2])('looks at every bit of kernel %i', async (kernel) => {
    let reads = 0;
    const found = await canary(6, (result) => {
      if (reads++ === kernel) result[result.length - 1] ^= 1;
    });
    expect(reads).toBe(kernel + 1);
    expect(found).toEqual({ vectorBits: 128, reason: 'a kernel of known result gave other bits' });
    expect(flags).toEqual([on, off]);
  });
});
