import { flag, type OptionTable, positive, text, whole } from '@glassbox/options';

/** What the `wasm` device may use, and how it is checked. */
export interface WasmOptions {
  /** Threads to compute on; the cores there are unless given. */
  readonly threads?: number;
  /** Traps accesses outside of a buffer and names kernel, buffer and index. Slower. */
  readonly debug?: boolean;
  /**
   * Compute with vectors of 256 bits where the engine has them, they are right, and faster: found out while opening. Up
   * to twice as fast, with the same bits. It sets an experimental flag of V8 for the whole process, with which all
   * WebAssembly is compiled from then on. Default false. In Node `GLASSBOX_WIDE=off` or `on` in the environment
   * overrules it.
   */
  readonly wide?: boolean;
  /**
   * Operations that an invocation of a kernel may take in loops, roughly counted: with more it is taken to run for
   * ever, and the device is lost. Default 2^34: between half a second and some twenty.
   */
  readonly operationLimit?: number;
  /**
   * Address of the file that threads run, where they do not find it themselves: after bundlers that follow no worker,
   * and from servers that put modules together, such as esm.sh (`https://esm.sh/@glassbox/wgsl-wasm/worker`). In a page
   * it is relative to the page, in Node a path or a `file:` URL.
   */
  readonly worker?: string;
}

/** Names and kinds of its options. */
export const wasmOptions: OptionTable<WasmOptions> = {
  threads: whole(1),
  debug: flag,
  wide: flag,
  operationLimit: positive,
  worker: text,
};
