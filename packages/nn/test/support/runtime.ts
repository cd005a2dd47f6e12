import { devices, type OpenRuntimeOptions, openRuntime, type Runtime } from '@glassbox/tensor-core';
import { afterAll } from 'vitest';
import { blameFirstFailure } from '../../../tensor-core/test/support/failed.ts';

export interface TestRuntime {
  readonly name: string;
  readonly runtime: Runtime;
}

/** A runtime on every device that computes, opened once per file and closed after it. */
export async function openTestRuntimes(options: OpenRuntimeOptions = {}): Promise<TestRuntime[]> {
  const opened: TestRuntime[] = [];
  for (const { name, computes, inTests } of devices) {
    if (!computes) continue;
    const how = Object.values(inTests).join(', ');
    const runtime = await openRuntime({ device: name, ...inTests, ...options });
    opened.push({ name: how ? `${name} (${how})` : name, runtime });
  }
  blameFirstFailure(opened.map(({ name, runtime }) => ({ name, device: runtime.device })));
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
