/**
 * V8 has two compilers for WebAssembly. A kernel begins in the first one's code, which is up to 15 times slower, and a
 * call that runs stays in it. So most of a large net's first step was spent there. Where flags of the process may be
 * set (`wide`), kernels are given to the second compiler before they run: by the other threads at once, while the main
 * thread makes the next kernel, and by the main thread when a list is about to run. The code is the process's: what one
 * thread has compiled, all call.
 */

/** A compiled kernel. */
export type Run = (...values: number[]) => void;

export interface SecondCompiler {
  /** Compiles a kernel, unless that has been done. */
  compile(run: Run): void;
}

const FLAG = 'allow-natives-syntax';

/** Whether V8's own functions (`%…`) may be called now. */
function nativesAllowed(): boolean {
  try {
    return new Function('run', '%IsTurboFanFunction(run)') !== undefined;
  } catch {
    return false;
  }
}

/** V8's own functions for this. Undefined where there are none: other engines, and browsers. */
export async function secondCompiler(): Promise<SecondCompiler | undefined> {
  if (typeof process !== 'object' || !process.versions?.v8) return undefined;
  const { setEngineFlag } = await import('./platform-node.ts');
  const make = () => new Function('run', 'if (!%IsTurboFanFunction(run)) %WasmTierUpFunction(run);');
  try {
    if (nativesAllowed()) return { compile: make() as SecondCompiler['compile'] };
    setEngineFlag(`--${FLAG}`);
    try {
      return { compile: make() as SecondCompiler['compile'] };
    } finally {
      setEngineFlag(`--no-${FLAG}`);
    }
  } catch {
    // Not there in this engine, or another thread has just taken the flag back: V8 then decides by itself.
    return undefined;
  }
}
