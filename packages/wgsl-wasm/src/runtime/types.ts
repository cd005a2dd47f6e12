/** What the runtime hands out and takes: buffers, kernels, dispatches, recorded lists. */
import type { CompiledKernel } from '../compile.ts';

/** A range of the runtime's memory. */
export interface RuntimeBuffer {
  /** Its name in errors. */
  readonly label: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Where it begins in the memory, in bytes. */
  readonly address: number;
  /** True once it was freed: it cannot be used any more. */
  readonly destroyed: boolean;
}

/** A WGSL text with what is needed to compile it. */
export interface KernelSource {
  /** For messages. */
  readonly name: string;
  /** The text of the whole program. */
  readonly wgsl: string;
  /** Which entry point; needed only if there are several. */
  readonly entryPoint?: string;
  /** Values of `override` constants, by `@id` in decimal or by name. */
  readonly overrides?: Record<string, number>;
}

/** A kernel that the runtime has compiled. */
export interface RuntimeKernel {
  /** The name that its source was given. */
  readonly name: string;
  /** What the compiler made of it. In a page, reading it may throw until `synchronize` has resolved. */
  readonly compiled: CompiledKernel;
  /** Its number among the kernels of this runtime. */
  readonly index: number;
  /** The address of its constants in memory; 0 if it has none. */
  readonly tables: number;
}

/** A kernel over buffers. */
export interface RuntimeDispatch {
  /** What runs. */
  readonly kernel: RuntimeKernel;
  /** One for each binding of the kernel, in the order of `@binding`. `size` in bytes. */
  readonly buffers: readonly {
    readonly buffer: RuntimeBuffer;
    readonly offset: number;
    readonly size: number;
  }[];
  /** Workgroups in x, y and z. */
  readonly workgroups: readonly [number, number, number];
}

/** A list that was encoded once, to be submitted many times. */
export interface RuntimeList {
  /** Number of dispatches in it. */
  readonly length: number;
  /** Frees its memory. */
  destroy(): void;
}
