import type { AdapterChoice, DeviceChoice } from '@glassbox/tensor-core';
import { oneOf, parseCommandLine, UsageError } from '../cli/args.ts';

/** What `npm run parity` was asked for. */
export interface ParityOptions {
  readonly files: readonly string[];
  readonly data: string;
  readonly device: DeviceChoice;
  readonly adapter: AdapterChoice;
  /** The most repetitions of a training that missed a limit. */
  readonly retries: number;
  readonly json: boolean;
}

export const parityHelp = `
Replays training trajectories recorded in PyTorch and prints the largest differences.

  npm run parity -- GOLDEN.npz… --data DIR [--device auto|webgpu|wasm] [--adapter auto|hardware|software] [--retries N] [--json]

  GOLDEN.npz   a recorded trajectory; its description GOLDEN.json lies beside it
  --data DIR   folder with the data sets (NAME.npz) that the trajectories were recorded on
  --retries N  how often a training that misses a limit is repeated from weights moved by at most one unit in the last
               place (default 24): where a ReLU is within rounding of 0, sound replays part. 0: one replay only
  --json       one line of JSON for each trajectory instead of text

Exit status: 0 all within the limits, 1 a difference is too large, 2 something cannot be read or run.
`.trim();

/** @throws UsageError that names what is missing or not understood. */
export function parseParityOptions(args: readonly string[]): ParityOptions | 'help' {
  const { values, positionals } = parseCommandLine(args, {
    data: { type: 'string' },
    device: { type: 'string', default: 'auto' },
    adapter: { type: 'string', default: 'auto' },
    retries: { type: 'string', default: '24' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) return 'help';
  if (positionals.length === 0) throw new UsageError('Give at least one recorded trajectory (GOLDEN.npz).');
  if (!values.data) throw new UsageError('Give the folder with the data sets: --data DIR.');
  return {
    files: positionals,
    data: values.data,
    device: oneOf('--device', values.device, ['auto', 'webgpu', 'wasm']),
    adapter: oneOf('--adapter', values.adapter, ['auto', 'hardware', 'software']),
    retries: wholeNumber(values.retries),
    json: values.json,
  };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 1000)
    throw new UsageError(`--retries ${text}: expected a whole number from 0 to 1000`);
  return value;
}
