/** 256-bit operations are found out, and left alone on any doubt. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { features, type RuntimeDispatch, WasmRuntime } from '../../src/index.ts';

const index = join(import.meta.dirname, '../../src/index.ts');

/** What `openWasmRuntime(options).wide` is in a process with these flags. */
function inProcess(options: string, ...flags: string[]): { vectorBits: number; reason?: string } {
  const script = `const { openWasmRuntime } = await import(${JSON.stringify(index)});
const runtime = await openWasmRuntime(${options});
console.log(JSON.stringify(runtime.wide));
await runtime.destroy();`;
  const args = ['--disable-warning=ExperimentalWarning', ...flags, '--input-type=module', '-e', script];
  const child = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  expect(child.stderr).toBe('');
  return JSON.parse(child.stdout);
}

/** A fresh `goWide`, which remembers its answer, whose canary runs on what `change` makes of a runtime. */
async function canary(change: (runtime: WasmRuntime) => void) {
  vi.resetModules();
  const { goWide } = await import('../../src/runtime/wide.ts');
  return goWide(() => {
    const runtime = new WasmRuntime(1, features());
    change(runtime);
    return runtime;
  });
}

const hasPass = process.arch === 'x64' && inProcess('{ threads: 1, wide: true }').vectorBits === 256;

describe('openWasmRuntime({ wide: true })', () => {
  it('is not asked for by default', () => {
    expect(inProcess('{ threads: 1 }')).toEqual({ vectorBits: 128 });
  });

  it.runIf(hasPass)('finds nothing to gain where the processor has no AVX2', () => {
    const { vectorBits, reason } = inProcess('{ threads: 2, wide: true }', '--no-enable-avx2');
    expect(vectorBits).toBe(128);
    expect(reason).toMatch(/not faster/);
  });

  it('says why it is not used, if it is not', () => {
    const { vectorBits, reason } = inProcess('{ threads: 2, wide: true }');
    expect(vectorBits === 256).toBe(reason === undefined);
  });
});

describe('the canary', () => {
  afterEach(() => vi.restoreAllMocks());

  it('refuses other bits', async () => {
    const found = await canary((runtime) => {
      const read = runtime.read.bind(runtime);
      runtime.read = async (buffer, offset, bytes) => {
        const result = await read(buffer, offset, bytes);
        // The sign of a zero, in the last product.
        if (bytes > 1000) new Uint32Array(result)[bytes / 4 - 1] ^= 0x80000000;
        return result;
      };
    });
    expect(found).toEqual({ vectorBits: 128, reason: 'a kernel of known result gave other bits' });
  });

  it('refuses what is not faster', async () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 1;
      return now;
    });
    const found = await canary(() => {});
    expect(found).toEqual({ vectorBits: 128, reason: 'tiles for 256 bits are not faster here' });
  });

  it.each([
    [1.6, 256],
    [0.7, 128],
    // Not possible: one of them is still in the code of the engine's first compiler.
    [4, 128],
  ])('where the wide form is %f times as fast, finds %i bits', async (gain, bits) => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { vectorBits } = await canary((runtime) => {
      runtime.submit = (list) => {
        const [{ kernel }] = list as readonly RuntimeDispatch[];
        now += kernel.name === 'narrow product' ? gain : 1;
        WasmRuntime.prototype.submit.call(runtime, list);
      };
    });
    expect(vectorBits).toBe(bits);
  });

  it('waits while one form gets faster, and reads the results after that', async () => {
    let [now, turns, turnsBeforeRead] = [0, 0, 0];
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const { vectorBits } = await canary((runtime) => {
      runtime.submit = (list) => {
        const [{ kernel }] = list as readonly RuntimeDispatch[];
        if (kernel.name === 'wide product') turns++;
        // The optimised code of the wide form comes after 5 turns, that of the narrow one, as fast, after 30.
        const done = kernel.name === 'wide product' ? 5 : 30;
        now += turns < done ? 4 : 1;
        WasmRuntime.prototype.submit.call(runtime, list);
      };
      runtime.read = (...args) => {
        turnsBeforeRead ||= turns;
        return WasmRuntime.prototype.read.apply(runtime, args);
      };
    });
    expect(vectorBits).toBe(128);
    expect(turnsBeforeRead).toBeGreaterThan(30);
  });

  it('refuses where it fails, and ends its runtime', async () => {
    let ended = false;
    const found = await canary((runtime) => {
      runtime.prepare = () => {
        throw new Error('no memory');
      };
      const { destroy } = runtime;
      runtime.destroy = () => {
        ended = true;
        return destroy.call(runtime);
      };
    });
    expect(found).toEqual({ vectorBits: 128, reason: 'the canary failed: no memory' });
    expect(ended).toBe(true);
  });

  it('is asked once in a process', async () => {
    vi.resetModules();
    const { goWide } = await import('../../src/runtime/wide.ts');
    let opened = 0;
    const open = () => {
      opened++;
      return new WasmRuntime(1, features());
    };
    expect(await goWide(open)).toBe(await goWide(open));
    expect(opened).toBe(1);
  });
});
