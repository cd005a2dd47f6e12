/** `npm run predict`: what a classifier makes of images. */
import { runProgram } from '@glassbox/host/command-line';
import { parsePredictOptions, predictHelp } from '../own-images/predict-options.ts';

await runProgram(predictHelp, async () => {
  const options = parsePredictOptions(process.argv.slice(2));
  // What computes is loaded only now: help and mistakes are answered without it.
  const { predictFiles } = await import('../own-images/predict.ts');
  return predictFiles(options, {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
  });
});
