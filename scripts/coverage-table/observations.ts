/** What tests saw, by kernel factory and op. */
import type { Observation } from '../../packages/tensor-core/test/support/observe.ts';
import { binaryOps, unaryOps } from '../../packages/wgsl-kernels/src/index.ts';

/** What is known about one kernel or op on one kind of device. */
export interface Seen {
  /** Comparisons with the oracle. */
  count: number;
  /** Largest error relative to the oracle's largest value; null if only compared by other means. */
  worst: number | null;
}

/** `${kind} ${name} ${what} ${device}` to what was seen. */
export type SeenTable = ReadonlyMap<string, Seen>;

export function seenKey(kind: string, name: string, what: string, device: string): string {
  return `${kind} ${name} ${what} ${device}`;
}

/** Adds up notes; kernels under the name of the function that makes them. */
export function collect(observations: readonly Observation[], factories: readonly string[]): SeenTable {
  const table = new Map<string, Seen>();
  for (const { kind, name, what, device, count, worst } of observations) {
    const row = kind === 'kernel' ? factoryOf(name, factories) : name;
    const key = seenKey(kind, row, what, device);
    const seen = table.get(key) ?? { count: 0, worst: null };
    seen.count += count;
    if (worst !== null) seen.worst = Math.max(seen.worst ?? 0, worst);
    table.set(key, seen);
  }
  return table;
}

const unary = new Set([...Object.keys(unaryOps), 'affine', 'clamp', 'pow']);
const binary = new Set(Object.keys(binaryOps));

/**
 * The function that makes a kernel of this name: the one of the table for elementwise functions and losses, else the
 * longest name that the kernel's begins with (`matmulSum` is matmul's second stage).
 */
export function factoryOf(kernel: string, factories: readonly string[]): string {
  const [, op, pass] = kernel.match(/^(\w+?)(Forward|Gradient|Total)$/) ?? [];
  const direction = pass === 'Gradient' ? 'Gradient' : 'Forward';
  if (unary.has(op)) return `unary${direction}`;
  if (binary.has(op)) return `binary${direction}`;
  if (/^(mse|l1|huber|smoothL1|bceWithLogits)$/.test(op ?? '')) return `pointwiseLoss${direction}`;
  if (/^(softmax|logSoftmax)$/.test(op ?? '')) return `softmax${direction}`;
  if (/Update$/.test(kernel)) return 'update';
  if (kernel.startsWith('countTies')) return 'extremumGradient';
  if (kernel === 'conv2dFilterPack') return 'conv2dForward';
  const longest = factories
    .filter((factory) => kernel.startsWith(factory))
    .sort((a, b) => b.length - a.length)[0];
  if (!longest)
    throw new Error(`No exported function is known to make the kernel ${kernel}; see scripts/coverage-table`);
  return longest;
}
