/** `npm run example`: runs examples/train.ts, which the README shows as it is: it takes no options. */
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';

const help = `
npm run example

Trains a small net on generated images, in a few seconds, and says how well it does on unseen ones. It is the program
that the README shows; read or change it in examples/train.ts.
`.trim();

await runProgram(help, async () => {
  const { positionals } = parseCommandLine(process.argv.slice(2), {});
  if (positionals.length > 0) throw new UsageError('npm run example takes no arguments');
  await import('../examples/train.ts');
  return 0;
});
