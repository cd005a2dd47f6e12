import { openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll } from 'vitest';

export interface TestRuntime {
  readonly name: string;
  readonly runtime: Runtime;
}

/** A runtime on every device that tests run on, opened once per file and closed after it. */
export async function openTestRuntimes(): Promise<TestRuntime[]> {
  const opened = [
    { name: 'wasm', runtime: await openRuntime({ device: 'wasm' }) },
    { name: 'webgpu (software)', runtime: await openRuntime({ device: 'webgpu', adapter: 'software' }) },
  ];
  afterAll(() => Promise.all(opened.map(({ runtime }) => runtime.destroy())));
  return opened;
}

/** The largest difference between two lists, relative to the larger of 1 and the values. */
export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i] - expected[i]) / Math.max(1, Math.abs(expected[i]));
    // A NaN compares with nothing: it must not pass unseen.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  }
  return largest;
}
