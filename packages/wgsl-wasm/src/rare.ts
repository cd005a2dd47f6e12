/**
 * Parts of the compiler that few kernels need: barriers, `switch`, pointers as parameters, the rarer builtin functions,
 * and so on. `rare-parts.ts` lists them. In a page they come over the network with the whole compiler
 * (`runtime/compiler.ts`), when the first kernel asks for one of them. Everywhere else they are there from the start.
 */
import type * as parts from './rare-parts.ts';

let loaded: typeof parts | undefined;

/** A kernel needs a part of the compiler that is not loaded. */
export class RarePartsMissing extends Error {
  override readonly name = 'RarePartsMissing';
}

/** Stands where a part of the compiler is left out. @throws RarePartsMissing */
export function missing(): never {
  throw new RarePartsMissing('parts of the compiler that this kernel needs are not loaded');
}

/** The parts. @throws RarePartsMissing if they are not loaded */
export function rare(): typeof parts {
  return loaded ?? missing();
}

/** Whether the parts are loaded. */
export const hasRareParts = (): boolean => loaded !== undefined;

/** Gives the parts to the compiler. */
export function useRareParts(given: typeof parts): void {
  loaded = given;
}
