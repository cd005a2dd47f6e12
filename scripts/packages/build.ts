/** `npm run build`: the packages as they are published. */
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { buildPackages, publishable } from './dist.ts';

const help = `
npm run build

Writes each package that is published as ES modules with declarations into its folder dist/, which git ignores. The
sources stay what is run and tested here: only packed packages use dist/ (publishConfig in package.json).
npm run test:packages packs, installs and tries them. It takes no options.
`.trim();

await runProgram(help, async () => {
  const { positionals } = parseCommandLine(process.argv.slice(2), {});
  if (positionals.length > 0)
    throw new UsageError('npm run build takes no arguments: it builds every package');
  buildPackages();
  console.log(`built: ${publishable().join(', ')}`);
  return 0;
});
