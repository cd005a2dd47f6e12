/** What the runtime hands out and takes: buffers, kernels, dispatches, recorded lists. */
import type { CompiledKernel } from '../compile.ts';

export interface RuntimeBuffer {
  readonly label: string;
  /** Its size in bytes. */
  readonly bytes: number;
  readonly address: number;
  readonly destroyed: boolean;
}

export interface KernelSource {
  /** For messages. */
  readonly name: string;
  readonly wgsl: string;
  /** Which entry point; needed only if there are several. */
  readonly entryPoint?: string;
  /** Values of `override` constants, by `@id` in decimal or by name. */
  readonly overrides?: Record<string, number>;
}

export interface RuntimeKernel {
  readonly name: string;
  readonly compiled: CompiledKernel;
  readonly index: number;
  /** The address of its constants in memory; 0 if it has none. */
  readonly tables: number;
}

export interface RuntimeDispatch {
  readonly kernel: RuntimeKernel;
  /** One for each binding of the kernel, in the order of `@binding`. `size` in bytes. */
  readonly buffers: readonly {
    readonly buffer: RuntimeBuffer;
    readonly offset: number;
    readonly size: number;
  }[];
  readonly workgroups: readonly [number, number, number];
}

/** A list that was encoded once, to be submitted many times. */
export interface RuntimeList {
  readonly length: number;
  /** Frees its memory. */
  destroy(): void;
}
