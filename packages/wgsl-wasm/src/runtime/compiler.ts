/** The compiler of a runtime: the common parts of it, until the rest is loaded. */
import { compileKernel as compileCommon } from '../common.ts';

let compileWhole: typeof compileCommon | undefined;

/** Whether every kernel can be compiled, and what is wrong with one be said. */
export const hasWholeCompiler = (): boolean => compileWhole !== undefined;

/** Loads the whole compiler. In a page it comes over the network. */
export async function loadWholeCompiler(): Promise<void> {
  ({ compileKernel: compileWhole } = await import('../complete.ts'));
}

/** Compiles a kernel with what is loaded. @throws RarePartsMissing if it needs more, or has a mistake */
export const compileKernel: typeof compileCommon = (wgsl, options) =>
  (compileWhole ?? compileCommon)(wgsl, options);
