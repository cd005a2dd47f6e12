import { parseCommandLine, UsageError } from '@glassbox/host/command-line';
import { type ChosenDevice, chosenDevice, deviceFlags, deviceHelp } from '@glassbox/tensor-core/command-line';

/** What `npm run parity` was asked for. */
export interface ParityOptions {
  readonly files: readonly string[];
  readonly data: string;
  /** Where the steps run. */
  readonly device: ChosenDevice;
  readonly json: boolean;
}

export const parityHelp = `
Runs steps of a training that were recorded in PyTorch, each from PyTorch's own state, and judges them against float64.

  npm run parity -- RECORDING.npz… --data DIR [options]

  RECORDING.npz  made by packages/experiments/parity/record.py; its description RECORDING.json lies beside it
  --data DIR     folder with the data sets (NAME.npz) that the recordings were made on
${deviceHelp(17)}
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
    ...deviceFlags,
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
    device: chosenDevice(values),
    json: values.json,
  };
}
