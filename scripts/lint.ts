/** `npm run lint`: formatting and lint (biome), the layers of docs/architecture.md, and the width of lines. */
import { spawnSync } from 'node:child_process';
import { delimiter, join, resolve } from 'node:path';
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';

const help = `
npm run lint

Checks formatting and lint of every file (biome), that no package imports from a layer below it, and that no line is
wider than 120 columns. It takes no options; npm run format formats. Exit status: 0 all is well, 1 something is not.
`.trim();

await runProgram(help, async () => {
  const { positionals } = parseCommandLine(process.argv.slice(2), {});
  if (positionals.length > 0) throw new UsageError('npm run lint takes no arguments: it checks every file');
  const root = resolve(import.meta.dirname, '..');
  const bin = join(root, 'node_modules', '.bin');
  const windows = process.platform === 'win32';
  const run = (file: string, args: readonly string[], shell = false) =>
    spawnSync(file, args, {
      cwd: root,
      stdio: 'inherit',
      shell,
      env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
    }).status === 0;
  const formatted = run(join(bin, windows ? 'biome.CMD' : 'biome'), ['check', '.'], windows);
  const layered = run(process.execPath, [join(root, 'scripts', 'check-layers.ts')]);
  const narrow = run(process.execPath, [join(root, 'scripts', 'check-width.ts')]);
  return formatted && layered && narrow ? 0 : 1;
});
