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

/**
 * V8's own functions (`%…`) for this. Undefined where there are none: other engines, and browsers. The flag that allows
 * them stays set: V8 reads the text again whenever it needs the function's code, which is at the first call, and
 * later if it has thrown the code away. Flags belong to all threads, so none may take it back.
 */
export async function secondCompiler(): Promise<SecondCompiler | undefined> {
  if (typeof process !== 'object' || !process.versions?.v8) return undefined;
  const { setEngineFlag } = await import('./platform-node.ts');
  try {
    setEngineFlag('--allow-natives-syntax');
    const compile = new Function('run', 'if (!%IsTurboFanFunction(run)) %WasmTierUpFunction(run);');
    return { compile: compile as SecondCompiler['compile'] };
  } catch {
    // This engine has other functions, or makes no code from strings: V8 then decides by itself.
    return undefined;
  }
}
