/** `npm run parity`: replays steps and trainings recorded in PyTorch. */

import { endWithItsReader, UsageError } from '@glassbox/host/command-line';
import { DataError } from '@glassbox/medmnist';
import { DeviceError, openRuntime, type Runtime } from '@glassbox/tensor-core';
import { ParityInputError } from '../parity/errors.ts';
import { readGolden } from '../parity/golden.ts';
import { readParityImages } from '../parity/images.ts';
import { parityHelp, parseParityOptions } from '../parity/options.ts';
import { replay } from '../parity/replay.ts';
import { jsonLine, textReport } from '../parity/report.ts';

async function main(args: readonly string[]): Promise<number> {
  const options = parseParityOptions(args);
  if (options === 'help') {
    console.log(parityHelp);
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
    runtime = await openRuntime(options.device);
    const { info } = runtime.device;
    if (!options.json) console.log(`${info.kind}: ${info.adapter}`);
    let pass = true;
    for (const { golden, images } of goldens) {
      const result = await replay(runtime, golden, images);
      console.log(options.json ? jsonLine(golden, result, info) : textReport(golden, result));
      pass &&= result.pass !== false;
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
  if (error instanceof UsageError) console.error(`${error.message}\n\n${parityHelp}`);
  else if (error instanceof ParityInputError || error instanceof DataError || error instanceof DeviceError) {
    console.error(error.message);
  } else console.error(error);
  process.exitCode = 2;
}
