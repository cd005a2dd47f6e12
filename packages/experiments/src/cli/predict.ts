/** `npm run predict`: what a classifier makes of images. */
import { runProgram } from '@glassbox/host/command-line';
import { predictFiles } from '../own-images/predict.ts';
import { parsePredictOptions, predictHelp } from '../own-images/predict-options.ts';

await runProgram(predictHelp, () =>
  predictFiles(parsePredictOptions(process.argv.slice(2)), {
    out: (line) => console.log(line),
    err: (line) => console.error(line),
  }),
);
