/**
 * Parts of the compiler that few kernels need: barriers, `switch`, pointers as parameters, the rarer builtin functions,
 * and so on. `rare-parts.ts` lists them. In a page they are a file of their own, which comes over the network when the
 * first kernel asks for one of them (`runtime/late-kernel.ts`). Everywhere else they are there from the start.
 */
import type * as parts from './rare-parts.ts';

let loaded: typeof parts | undefined;

/** A kernel needs one of these parts, and they are not loaded. */
export class RarePartsMissing extends Error {
  override readonly name = 'RarePartsMissing';
}

/** The parts. @throws RarePartsMissing if they are not loaded */
export function rare(): typeof parts {
  if (!loaded) throw new RarePartsMissing('parts of the compiler that this kernel needs are not loaded');
  return loaded;
}

/** Whether the parts are loaded. */
export const hasRareParts = (): boolean => loaded !== undefined;

/** Gives the parts to the compiler. */
export function useRareParts(given: typeof parts): void {
  loaded = given;
}

/** Loads the parts. */
export async function loadRareParts(): Promise<void> {
  useRareParts(await import('./rare-parts.ts'));
}
