/** `npm run practical`: trains every task of the practical and writes a report. */
import { relative } from 'node:path';
import { runProgram } from '@glassbox/host/command-line';
import { parsePracticalOptions, practicalHelp } from '../run/options.ts';

await runProgram(practicalHelp, async () => {
  const args = process.argv.slice(2);
  const options = parsePracticalOptions(args);
  // What trains is loaded only now: help and mistakes are answered without it.
  const { shownCommand } = await import('../run/config.ts');
  const { runPractical } = await import('../run/practical.ts');
  const abort = new AbortController();
  let asked = false;
  const stop = () => {
    if (asked) process.exit(130);
    asked = true;
    console.error('\nStopping after this step; press Ctrl-C again to stop at once.');
    abort.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const { folder, results } = await runPractical(options, {
    signal: abort.signal,
    note: (line) => console.log(line),
    command: shownCommand('npm run practical', args),
  });
  const where = relative(process.cwd(), folder) || '.';
  printRows(results.rows);
  for (const warning of results.warnings) console.log(warning);
  console.log(`\nReport: ${where}/report.html`);
  if (!results.complete) console.log(`Go on with: npm run practical -- --resume ${folder}`);
  return results.complete ? 0 : 130;
});

function printRows(
  rows: readonly { name: string; seed: number; epochs: number; test: { accuracy: number; auc: number } }[],
): void {
  console.log('\ntest accuracy    AUC  epochs  seed  net');
  for (const { name, seed, epochs, test } of rows) {
    const figures = [
      test.accuracy.toFixed(3).padStart(13),
      test.auc.toFixed(3).padStart(6),
      String(epochs).padStart(7),
      String(seed).padStart(5),
    ];
    console.log(`${figures.join(' ')}  ${name}`);
  }
}
