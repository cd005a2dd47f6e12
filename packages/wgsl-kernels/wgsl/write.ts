/** `npm run wgsl`: writes the files of this folder anew, and removes those that no row of the list makes. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { filesThere, wgslFiles, wgslFolder } from './files.ts';

const help = `
npm run wgsl

Writes the WGSL of one representative of each kernel and form to packages/wgsl-kernels/wgsl, as list.ts there names
them, and says which files changed.
`.trim();

const args = process.argv.slice(2).filter((arg) => arg !== '--');
if (args.includes('--help') || args.includes('-h')) {
  console.log(help);
  process.exit(0);
}
if (args.length > 0) {
  console.error(`npm run wgsl takes no arguments, not ${args.join(' ')}\nTry --help.`);
  process.exit(2);
}

const files = wgslFiles();
const there = new Set(filesThere());
const removed = [...there].filter((path) => !files.has(path));
const changed = [...files].filter(
  ([path, text]) => !there.has(path) || readFileSync(join(wgslFolder, path), 'utf8') !== text,
);
for (const path of removed) rmSync(join(wgslFolder, path));
for (const [path, text] of changed) {
  mkdirSync(dirname(join(wgslFolder, path)), { recursive: true });
  writeFileSync(join(wgslFolder, path), text);
}
console.log(`${files.size} kernels; ${changed.length} written, ${removed.length} removed`);
for (const path of [...changed.map(([path]) => path), ...removed]) console.log(`  ${path}`);
