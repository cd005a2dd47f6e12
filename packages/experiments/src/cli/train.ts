/** `npm run train`: trains a classifier on a folder of pictures. */
import { relative } from 'node:path';
import { runProgram } from '@glassbox/host/command-line';
import { parseTrainOptions, trainHelp } from '../own-images/options.ts';

await runProgram(trainHelp, async () => {
  const args = process.argv.slice(2);
  const options = parseTrainOptions(args);
  // What trains is loaded only now: help and mistakes are answered without it.
  const { shownCommand } = await import('../run/config.ts');
  const { trainOnImages } = await import('../own-images/run.ts');
  const abort = new AbortController();
  const stop = () => {
    if (abort.signal.aborted) process.exit(130);
    console.error('\nStopping after this step; press Ctrl-C again to stop at once.');
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const watch = { signal: abort.signal, note: (line: string) => console.log(line) };
  const { folder, results } = await trainOnImages(options, watch, shownCommand('npm run train', args));
  if (!results) {
    if (folder) console.log(`Go on with: npm run train -- --resume ${folder}`);
    return 130;
  }
  const { scores, intervals } = results.test;
  const range = (interval: readonly [number, number] | undefined) =>
    interval
      ? `(95 %: ${interval[0].toFixed(3)} to ${interval[1].toFixed(3)})`
      : '(too few images for an interval)';
  const where = relative(process.cwd(), folder!) || '.';
  console.log(`\ntest accuracy ${scores.accuracy.toFixed(3)} ${range(intervals.accuracy)}`);
  console.log(`test AUC      ${scores.auc.toFixed(3)} ${range(intervals.auc)}`);
  console.log(`\nReport: ${where}/report.html`);
  console.log(`Use it: npm run predict -- ${where}/classifier.safetensors IMAGE…`);
  return 0;
});
