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

/** What each buffer holds, by its name: dense and row-major where it has a layout, else all of its words. */
export type Values = Readonly<Record<string, ArrayLike<number>>>;

/** What a buffer must hold after the kernels have run. */
export interface Expected {
  readonly values: ArrayLike<number>;
  /** The largest error, as a share of the largest value; 0 where results are exact. Default 4e-6. */
  readonly tolerance?: number;
  /** Errors are shares of at least this size: that of the terms, where a sum may cancel. */
  readonly scale?: number;
}

/** What the float64 twins say of the buffers that are written, from what all of them held before. */
export type Oracle = (before: Values) => Readonly<Record<string, ArrayLike<number> | Expected>>;

/** One kernel, or several that run one after the other, over named buffers. */
export interface Example extends ExampleContext {
  readonly kernels: readonly k.Kernel[];
  /** By the name of the binding. */
  readonly buffers: Readonly<Record<string, ExampleBuffer>>;
  readonly oracle: Oracle;
}

/** What an example needs around its kernels. */
export interface ExampleContext {
  /** Contents in place of random ones, where a kernel takes more than any numbers; from the random ones. */
  readonly contents?: (random: Values) => Values;
  /** Kernels that make its inputs, and others that make what the oracle knows of its outputs. */
  readonly before?: readonly k.Kernel[];
  readonly after?: readonly k.Kernel[];
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
export const one = (
  kernel: k.Kernel,
  buffers: Example['buffers'],
  oracle: Oracle,
  context: ExampleContext = {},
): Example => ({ kernels: [kernel], buffers, oracle, ...context });

/** An example of a plan: its kernels, and buffers for its scratch memory. */
export const plan = (
  { kernels, scratch }: k.KernelPlan,
  buffers: Example['buffers'],
  oracle: Oracle,
  context: ExampleContext = {},
): Example => ({
  kernels,
  buffers: { ...buffers, ...Object.fromEntries(Object.entries(scratch).map(([n, w]) => [n, scratchOf(w)])) },
  oracle,
  ...context,
});

/** Random numbers in [-1, 1) as numbers in [low, high). */
export const inRange = (values: ArrayLike<number>, low: number, high: number): Float32Array =>
  Float32Array.from(values, (value) => low + ((high - low) * (value + 1)) / 2);

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
