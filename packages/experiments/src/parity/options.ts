import type { AdapterChoice, DeviceChoice } from '@glassbox/tensor-core';
import { oneOf, parseCommandLine, UsageError } from '../cli/args.ts';

/** What `npm run parity` was asked for. */
export interface ParityOptions {
  readonly files: readonly string[];
  readonly data: string;
  readonly device: DeviceChoice;
  readonly adapter: AdapterChoice;
  readonly json: boolean;
}

export const parityHelp = `
Replays training trajectories recorded in PyTorch and prints the largest differences.

  npm run parity -- GOLDEN.npz… --data DIR [--device auto|webgpu|wasm] [--adapter auto|hardware|software] [--json]

  GOLDEN.npz   a recorded trajectory; its description GOLDEN.json lies beside it
  --data DIR   folder with the data sets (NAME.npz) that the trajectories were recorded on
  --json       one line of JSON for each trajectory instead of text

Exit status: 0 all within the limits, 1 a difference is too large, 2 something cannot be read or run.
`.trim();

/** @throws UsageError that names what is missing or not understood. */
export function parseParityOptions(args: readonly string[]): ParityOptions | 'help' {
  const { values, positionals } = parseCommandLine(args, {
    data: { type: 'string' },
    device: { type: 'string', default: 'auto' },
    adapter: { type: 'string', default: 'auto' },
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
    json: values.json,
  };
}
