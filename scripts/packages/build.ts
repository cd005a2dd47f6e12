/** `npm run build`: the packages as they are published. */
import { resolve } from 'node:path';
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { buildPackages, publishable } from './dist.ts';
import { packPackages } from './installed.ts';

const help = `
npm run build [-- --pack DIR]

Writes each package that is published as ES modules with declarations into its folder dist/, which git ignores. The
sources stay what is run and tested here: only packed packages use dist/ (publishConfig in package.json).
npm run test:packages packs, installs and tries them.

  --pack DIR     also write a tarball of each into this folder, which npm i DIR/*.tgz installs
`.trim();

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), { pack: { type: 'string' } });
  if (positionals.length > 0) throw new UsageError('npm run build takes no names: it builds every package');
  if (values.pack === undefined) await buildPackages();
  else await packPackages(resolve(values.pack));
  console.log(`${values.pack === undefined ? 'built' : 'packed'}: ${publishable().join(', ')}`);
  return 0;
});
