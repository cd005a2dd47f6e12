import { isWide, oneOf, parseCommandLine, UsageError } from '@glassbox/host/command-line';
import type { AdapterChoice, DeviceChoice } from '@glassbox/tensor-core';

/** What `npm run parity` was asked for. */
export interface ParityOptions {
  readonly files: readonly string[];
  readonly data: string;
  readonly device: DeviceChoice;
  readonly adapter: AdapterChoice;
  readonly wide: boolean;
  readonly json: boolean;
}

export const parityHelp = `
Runs steps of a training that were recorded in PyTorch, each from PyTorch's own state, and judges them against float64.

  npm run parity -- RECORDING.npz… --data DIR [options]

  RECORDING.npz  made by packages/experiments/parity/record.py; its description RECORDING.json lies beside it
  --data DIR     folder with the data sets (NAME.npz) that the recordings were made on
  --device D     auto, webgpu or wasm (default auto)
  --adapter A    auto, hardware or software (default auto)
  --wide W       on or off: vectors of 256 bits on the wasm device (default on)
  --json         one line of JSON for each recording instead of text

A recorded step is right if every tensor is within 1e-6 of its largest value in float64, or within a few times what
PyTorch's own float32 is off. Recordings without kept steps hold float32 alone: one step is judged by fixed limits; of
several it is shown how far the trainings drift, without a verdict. docs/numerics.md says more.

Exit status: 0 nothing is wrong, 1 a step is wrong, 2 something cannot be read or run.
`.trim();

/** @throws UsageError that names what is missing or not understood. */
export function parseParityOptions(args: readonly string[]): ParityOptions | 'help' {
  const { values, positionals } = parseCommandLine(args, {
    data: { type: 'string' },
    device: { type: 'string', default: 'auto' },
    adapter: { type: 'string', default: 'auto' },
    wide: { type: 'string', default: 'on' },
    retries: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) return 'help';
  if (values.retries !== undefined) {
    throw new UsageError(
      '--retries is gone: each step is judged once, from the state that PyTorch had before it. Leave the flag out.',
    );
  }
  if (positionals.length === 0) throw new UsageError('Give at least one recording (RECORDING.npz).');
  if (!values.data) throw new UsageError('Give the folder with the data sets: --data DIR.');
  return {
    files: positionals,
    data: values.data,
    device: oneOf('--device', values.device, ['auto', 'webgpu', 'wasm']),
    adapter: oneOf('--adapter', values.adapter, ['auto', 'hardware', 'software']),
    wide: isWide(values.wide),
    json: values.json,
  };
}
