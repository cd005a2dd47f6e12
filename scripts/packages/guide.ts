/** What docs/browser.md tells users to do: the pages and programs here do just that. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../plain-javascript.ts';

const guide = readFileSync(join(root, 'docs', 'browser.md'), 'utf8');

function found(pattern: RegExp): string {
  const match = guide.match(pattern);
  if (!match) throw new Error(`docs/browser.md has nothing like ${pattern}`);
  return match[1];
}

/** All that a page with threads needs. */
export const strictPolicy = found(/^Content-Security-Policy: (.*)$/m);

/** A command of a block for shells, as words. */
const command = (begin: string) => found(new RegExp(`^(${begin} .*)$`, 'm')).split(' ');
/** These bundle a page into the folder `out`. */
export const bundlerCommands = { esbuild: command('esbuild page.js'), rollup: command('rollup page.js') };
/** What Deno has to be told before the program. */
export const denoArguments = command('deno run').slice(1, -1);

/** The import map for packages that another origin serves. */
export function importMap(origin: string): string {
  const map = found(/<script type="importmap">\n([\s\S]*?)<\/script>/);
  return map.replace(/https:\/\/cdn\.jsdelivr\.net\/npm\/(@?[^@"]+)@[^/]+/g, `${origin}/$1`);
}
