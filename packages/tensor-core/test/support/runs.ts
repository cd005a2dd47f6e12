import type { Device } from '../../src/device/device.ts';

/** `GLASSBOX_RUNS=20` in the environment tries 20 times as many cases: for a long search, not for every day. */
const factor = Number(process.env.GLASSBOX_RUNS ?? 1);

/**
 * How many random cases a property gets. Each new shape is a new kernel, and SwiftShader compiles one in 5 to 50 ms, so
 * that it gets a third of what other devices get, and at least 8.
 */
export function runs(device: Device, full = 24): { readonly numRuns: number } {
  const usual = device.machine.kind === 'software-gpu' ? Math.max(8, Math.round(full / 3)) : full;
  return { numRuns: Math.ceil(usual * factor) };
}
