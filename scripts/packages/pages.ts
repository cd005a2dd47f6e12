/** Pages that bundlers make of the installed packages. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundlerCommands } from './guide.ts';

/** The commands, which write to the folder `out`. */
const bundlers = {
  vite: 'vite build --logLevel error --outDir out'.split(' '),
  webpack: 'webpack build --mode production --entry ./page.js --output-filename page.js -o out'.split(' '),
  ...bundlerCommands,
} as const;

/** What npm has to install for them. */
export const bundlerPackages = [
  'vite@8',
  'webpack@5',
  'webpack-cli@7',
  'esbuild@0.28',
  'rollup@4',
  '@rollup/plugin-node-resolve@16',
];

export type Bundler = keyof typeof bundlers;
export const bundlerNames = Object.keys(bundlers) as Bundler[];

/** Bundles the page of `writePrograms` with the bundler's defaults. Returns the folder to serve. */
export function bundlePage(project: string, name: Bundler): string {
  const out = `out-${name}`;
  const args = bundlers[name].map((word) => word.replace(/^(--outdir=)?out$/, `$1${out}`));
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', ...args], {
    cwd: project,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  const words = `${stdout}${stderr}`;
  if (status !== 0) throw new Error(`${name}:\n${words}`);
  // Rollup names modules that import each other, and webpack finds everything above 244 KiB large.
  const warnings = words.replace(/^WARNING in .*(size limit|performance recommendations).*$/gm, '');
  if (/node:|externalized|warning in|\[warning|unresolved/i.test(warnings))
    throw new Error(`${name} warns:\n${words}`);
  const folder = join(project, out);
  if (!existsSync(join(folder, 'index.html'))) {
    copyFileSync(join(project, 'index.html'), join(folder, 'index.html'));
  }
  return folder;
}

/** Removes the worker's file from a bundled page, as a deployment may. @throws Error if there is none to remove. */
export function loseWorker(folder: string): void {
  const scripts = globSync('**/*.js', { cwd: folder });
  // webpack gives it a number for a name: what it answers with is to be seen there.
  const files = scripts.filter((file) => /(^|[/\\])worker/.test(file));
  const found =
    files.length > 0
      ? files
      : scripts.filter((file) => {
          const code = readFileSync(join(folder, file), 'utf8');
          return file !== 'page.js' && /postMessage\([`'"]started/.test(code);
        });
  if (found.length === 0) throw new Error(`no file of the worker in ${folder}`);
  for (const file of found) rmSync(join(folder, file));
}
