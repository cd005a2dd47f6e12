/** Packages as users get them: packed, installed into a folder outside of the repository, and tried there. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, globSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../plain-javascript.ts';
import { buildPackages, publishable } from './dist.ts';

const windows = process.platform === 'win32';

/** npm could not reach the registry, and its cache does not have what is needed. */
export class NoRegistryError extends Error {
  override readonly name = 'NoRegistryError';
}

/** How a program ended. */
export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program until it ends, five minutes at most. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Ended {
  const options = {
    cwd,
    env,
    encoding: 'utf8',
    shell: windows && !program.endsWith('.exe'),
    timeout: 300_000,
  } as const;
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  return { status, stdout: stdout ?? '', stderr: stderr || (error?.message ?? '') };
}

/** Builds and packs every package that is published. Returns the tarballs by the packages' folders. */
export async function packPackages(folder: string): Promise<Record<string, string>> {
  await buildPackages();
  mkdirSync(folder, { recursive: true });
  const filters = publishable().map((name) => `--filter=./packages/${name}`);
  const pnpm = join(root, 'node_modules', '.bin', windows ? 'pnpm.CMD' : 'pnpm');
  // Not at its usual place, where pnpm would ask the lockfile for its hash.
  const hooks = `--config.pnpmfile=${join(root, 'scripts', 'packages', 'pnpmfile.mjs')}`;
  const packed = run(pnpm, ['--recursive', ...filters, hooks, 'pack', '--pack-destination', folder], root);
  if (packed.status !== 0) throw new Error(`pnpm pack failed:\n${packed.stdout}${packed.stderr}`);
  return Object.fromEntries(
    publishable().map((name) => {
      const prefix = name === 'glassbox' ? 'glassbox' : `glassbox-${name}`;
      const [file] = globSync(`${prefix}-[0-9]*.tgz`, { cwd: folder });
      if (!file) throw new Error(`pnpm pack made no ${prefix}-….tgz`);
      return [name, join(folder, file)];
    }),
  );
}

/**
 * `npm install` of tarballs and packages into a folder, as a user does it.
 * @throws NoRegistryError if npm finds neither the registry nor what it wants in its cache
 */
export function npmInstall(folder: string, ...what: readonly string[]): void {
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'package.json'))) {
    writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  }
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', '--fetch-retries=0'];
  const done = run('npm', ['install', ...flags, ...what], folder);
  if (done.status === 0) return;
  const words = `npm install ${what.join(' ')}:\n${done.stdout}${done.stderr}`;
  const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network/;
  throw unreachable.test(done.stderr) ? new NoRegistryError(words) : new Error(words);
}

/** Bytes of a folder's files. */
export function folderBytes(folder: string): number {
  return globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** What a folder has installed, by name, in bytes. */
export function installedBytes(folder: string): number {
  return folderBytes(join(folder, 'node_modules'));
}

/** What publint and attw, installed in a folder, say against a tarball; nothing if all is well. */
export function manifestProblems(tools: string, tarball: string): string {
  // Everything is ES modules: what only CommonJS would need does not count.
  const programs = { publint: [tarball, '--level', 'warning'], attw: [tarball, '--profile', 'esm-only'] };
  return Object.entries(programs)
    .map(([name, args]) => run('npx', ['--no-install', name, ...args], tools))
    .map(({ status, stdout, stderr }) => (status === 0 ? '' : `${stdout}${stderr}`))
    .join('');
}

/** How a consumer's compiler may look for packages. */
export const resolutions = ['nodenext', 'bundler'] as const;

/** A program with its first arguments. */
export type Compiler = readonly [program: string, ...args: string[]];
export const ownCompiler: Compiler = [join(root, 'node_modules', '.bin', windows ? 'tsc.CMD' : 'tsc')];

const strict = {
  target: 'es2022',
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  types: [],
};

/**
 * Compiles scripts/packages/consumer.ts and the README's loop in an installed folder, as strictly as consumers do, with
 * the declarations of packages checked too. Returns the compiler's words, which are none if all is well.
 */
export function typeErrors(
  folder: string,
  resolution: (typeof resolutions)[number],
  [program, ...args]: Compiler = ownCompiler,
): string {
  cpSync(join(root, 'scripts', 'packages', 'consumer.ts'), join(folder, 'consumer.ts'));
  cpSync(join(root, 'examples', 'train.ts'), join(folder, 'train.ts'));
  const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
  const compile = (name: string, file: string, lib: readonly string[]) => {
    const project = join(folder, `tsconfig.${name}.json`);
    const compilerOptions = { ...strict, module, moduleResolution: resolution, lib };
    writeFileSync(project, JSON.stringify({ compilerOptions, files: [file] }));
    const { status, stdout, stderr } = run(program, [...args, '-p', project], folder);
    return status === 0 ? '' : `${file}: ${stdout}${stderr}`;
  };
  // Once without the DOM, whose types a program for Node does not have.
  return (
    compile('bare', 'consumer.ts', ['es2023']) +
    compile('dom', 'train.ts', ['es2023', 'esnext.disposable', 'dom'])
  );
}
