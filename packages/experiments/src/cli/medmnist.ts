/** `npm run medmnist`: MedMNIST's benchmark. */
import { relative } from 'node:path';
import { runProgram } from '@glassbox/host/command-line';
import { medmnistHelp, parseMedmnistOptions } from '../medmnist/options.ts';

await runProgram(medmnistHelp, async () => {
  const args = process.argv.slice(2);
  const options = parseMedmnistOptions(args);
  // What trains is loaded only now: help and mistakes are answered without it.
  const { shownCommand } = await import('../run/config.ts');
  const { runBenchmark } = await import('../medmnist/run.ts');
  const { summaryLines } = await import('../medmnist/summary.ts');
  const abort = new AbortController();
  const stop = () => {
    if (abort.signal.aborted) process.exit(130);
    console.error('\nStopping after this step; press Ctrl-C again to stop at once.');
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const watch = { signal: abort.signal, note: (line: string) => console.log(line) };
  const { folder, results } = await runBenchmark(options, watch, shownCommand('npm run medmnist', args));
  const where = relative(process.cwd(), folder) || '.';
  for (const line of summaryLines(results.summaries)) console.log(line);
  for (const warning of results.warnings) console.log(warning);
  console.log(`\nReport: ${where}/report.html`);
  if (!results.complete) console.log(`Go on with: npm run medmnist -- --resume ${folder}`);
  return results.complete ? 0 : 130;
});
