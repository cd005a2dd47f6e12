import type { KernelFactory } from './kernels.ts';
import type { Storage } from './storage.ts';

/** One call of `launch`, as it was asked for: before a form is chosen, and whatever the device is. */
export interface Launch {
  /** The kernel's name, or the names of all of a plan's. */
  readonly name: string;
  /** What makes the kernel. */
  readonly factory: KernelFactory;
  /** The factory's arguments in front of the machine. */
  readonly args: readonly unknown[];
  /** A tensor or storage for each binding, by the binding's name. */
  readonly operands: Readonly<Record<string, unknown>>;
}

/** Somebody who is told what a piece of a program asks of the device, in order (`Runtime.observed`). */
export interface Observer {
  /** A kernel was asked for. */
  launched(launch: Launch): void;
  /** The storage holds what the host computes anew for each step (`stepInput`). */
  stepInput(storage: Storage): void;
}
