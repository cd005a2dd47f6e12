/** `npm run explain`: one kernel, from its formula to its speed. */

import { runProgram, UsageError } from '@glassbox/host/command-line';
import { openDevice } from '@glassbox/tensor-core';
import { deviceOf } from '@glassbox/tensor-core/command-line';
import { explain, listKernels } from '../explain/explain.ts';
import { explainHelp, parseExplainOptions } from '../explain/options.ts';

await runProgram(explainHelp, async () => {
  const options = parseExplainOptions(process.argv.slice(2));
  if (!options.kernel) {
    console.log(`${listKernels()}\n\nnpm run explain -- KERNEL [--shape SIZE]; --help shows all options.`);
    return;
  }
  const device = await openDevice(deviceOf(options.device));
  try {
    console.log(await explain(options, device));
  } catch (error) {
    // Shapes that do not fit together are the user's mistake; the kernel's own message says how.
    throw error instanceof RangeError ? new UsageError(error.message) : error;
  } finally {
    await device.destroy();
  }
});
