/** `npm run docs`: the site of documents and reference. */
import { resolve } from 'node:path';
import { parseCommandLine, runProgram, UsageError } from '@glassbox/host/command-line';
import { root } from './project.ts';
import { writeSite } from './site.ts';

const help = `
npm run docs [-- --out DIR]

Writes a site without a server: a reference of every published package, made from its sources and their comments, and
the documents of this repository, with a search over both. Open index.html in a browser. It is not published here.

Exit status: 0 the site is written, 1 something is wrong with it, such as a link that leads nowhere; it is written all
the same.

  --out DIR      the folder, which is emptied first (default: dist/site, which git ignores)
`.trim();

await runProgram(help, async () => {
  const { values, positionals } = parseCommandLine(process.argv.slice(2), { out: { type: 'string' } });
  if (positionals.length > 0) throw new UsageError('npm run docs takes no names; --out DIR names the folder');
  const folder = resolve(values.out ?? `${root}/dist/site`);
  const problems = await writeSite(folder);
  for (const problem of problems) console.error(problem);
  console.log(`written: ${folder}/index.html`);
  return problems.length > 0 ? 1 : 0;
});
