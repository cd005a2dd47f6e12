import { parseArgs } from 'node:util';
import { DataError } from '@glassbox/medmnist';
import {
  type AdapterChoice,
  type DeviceChoice,
  DeviceError,
  openRuntime,
  type Runtime,
} from '@glassbox/tensor-core';
import { ParityInputError } from '../parity/errors.ts';
import { readGolden } from '../parity/golden.ts';
import { readParityImages } from '../parity/images.ts';
import { replay } from '../parity/replay.ts';
import { jsonLine, textReport } from '../parity/report.ts';
import { endWithItsReader } from './args.ts';

const usage = `Replays training trajectories recorded in PyTorch and prints the largest differences.

  npm run parity -- GOLDEN.npz… --data DIR [--device auto|webgpu|wasm] [--adapter auto|hardware|software] [--json]

  GOLDEN.npz   a recorded trajectory; its description GOLDEN.json lies beside it
  --data DIR   folder with the data sets (NAME.npz) that the trajectories were recorded on
  --json       one line of JSON for each trajectory instead of text

Exit status: 0 all within the limits, 1 a difference is too large, 2 something cannot be read or run.`;

/** What was typed cannot be understood. */
class UsageError extends Error {}

interface Arguments {
  readonly files: readonly string[];
  readonly data: string;
  readonly device: DeviceChoice;
  readonly adapter: AdapterChoice;
  readonly json: boolean;
}

function readArguments(args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = (() => {
    try {
      return parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          data: { type: 'string' },
          device: { type: 'string', default: 'auto' },
          adapter: { type: 'string', default: 'auto' },
          json: { type: 'boolean', default: false },
          help: { type: 'boolean', short: 'h', default: false },
        },
      });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  })();
  if (values.help) return 'help';
  if (positionals.length === 0) throw new UsageError('Give at least one recorded trajectory (GOLDEN.npz).');
  if (values.data === undefined) throw new UsageError('Give the folder with the data sets: --data DIR.');
  return {
    files: positionals,
    data: values.data,
    device: oneOf('device', values.device, ['auto', 'webgpu', 'wasm']),
    adapter: oneOf('adapter', values.adapter, ['auto', 'hardware', 'software']),
    json: values.json,
  };
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value);
  if (!found) throw new UsageError(`--${option} must be one of ${known.join(', ')}, not '${value}'.`);
  return found;
}

async function main(args: readonly string[]): Promise<number> {
  const options = readArguments(args);
  if (options === 'help') {
    console.log(usage);
    return 0;
  }
  // Files first: a typing error should not wait for a device.
  const goldens = [];
  for (const file of options.files) {
    const golden = await readGolden(file);
    goldens.push({ golden, images: await readParityImages(options.data, golden.spec.dataset) });
  }
  let runtime: Runtime | undefined;
  try {
    runtime = await openRuntime({ device: options.device, adapter: options.adapter });
    const { info } = runtime.device;
    if (!options.json) console.log(`${info.kind}: ${info.adapter}`);
    let pass = true;
    for (const { golden, images } of goldens) {
      const result = await replay(runtime, golden, images);
      console.log(options.json ? jsonLine(golden, result, info) : textReport(golden, result));
      pass &&= result.pass;
    }
    return pass ? 0 : 1;
  } finally {
    await runtime?.destroy();
  }
}

endWithItsReader();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
  else if (error instanceof ParityInputError || error instanceof DataError || error instanceof DeviceError) {
    console.error(error.message);
  } else console.error(error);
  process.exitCode = 2;
}
