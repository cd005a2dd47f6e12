/** What a kernel's entry is, and what several entries are made of. */
import * as k from '@glassbox/wgsl-kernels';
import type { ExampleBuffer, PlainBuffer } from '../buffers.ts';

/** What the user may choose besides the shape. */
export interface Choices {
  readonly outChannels: number;
  readonly kernelSize: number;
  readonly stride: number;
  readonly padding: number;
}

/** One kernel, or several that run one after the other, over named buffers. */
export interface Example {
  readonly kernels: readonly k.Kernel[];
  /** By the name of the binding. */
  readonly buffers: Readonly<Record<string, ExampleBuffer>>;
}

export interface KernelEntry {
  /** Heading in the list. */
  readonly group: string;
  /** What the numbers of the shape stand for, for example N,C,H,W; a name ending in … may be repeated or left out. */
  readonly dimensions: string;
  readonly shape: readonly number[];
  /** The choices that it has, with their defaults. */
  readonly choices?: Partial<Choices>;
  readonly build: (shape: readonly number[], choices: Choices, machine: k.Machine) => Example;
}

/** The practical's batch. */
export const batch = 64;

/** An example of one kernel. */
export const one = (kernel: k.Kernel, buffers: Example['buffers']): Example => ({
  kernels: [kernel],
  buffers,
});

/** An example of a plan: its kernels, and buffers for its scratch memory. */
export const plan = ({ kernels, scratch }: k.KernelPlan, buffers: Example['buffers']): Example => ({
  kernels,
  buffers: { ...buffers, ...Object.fromEntries(Object.entries(scratch).map(([n, w]) => [n, scratchOf(w)])) },
});

/** Where kernels note numbers that are out of range. */
export const faults: PlainBuffer = {
  words: k.faultWords,
  about: 'where a number that is out of range is noted',
};
const scratchOf = (words: number): PlainBuffer => ({ words, about: 'scratch between kernels' });

/** Images where there are four dimensions, else row-major. */
export const tensorLayout = (shape: readonly number[]) =>
  shape.length === 4 ? k.imageLayout(shape) : k.rowMajor(shape);

/** The window of a convolution or a pooling. */
export const window = ({ kernelSize: r, stride: s, padding: p }: Choices) =>
  ({ kernel: [r, r], stride: [s, s], padding: [p, p] }) as const;
