/** Node in several versions, Bun and Deno, from npm, and programs run by them. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { denoArguments } from './guide.ts';
import { type Ended, npmInstall, run } from './installed.ts';

const windows = process.platform === 'win32';

/** Major versions of Node that the packages run on. */
export const supportedNodes: readonly number[] = [20, 22, 24, 26];

/** Something that runs programs. */
export interface Engine {
  /** With the version: `Node 22`. */
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

/** Installs a npm package once, the newest of a major version, and keeps it in `~/.cache/glassbox`. */
function kept(name: string, major: number, file: string): string {
  const folder = join(homedir(), '.cache', 'glassbox', `${name}-${major}`);
  const path = join(folder, 'node_modules', file);
  // Its install script links the binary.
  if (!existsSync(path)) npmInstall(folder, `${name}@${major}`);
  return path;
}

/** The Node of a major version. */
export function nodeOf(major: number): Engine {
  const file = join('node', 'bin', windows ? 'node.exe' : 'node');
  return { name: `Node ${major}`, command: [kept('node', major, file)] };
}

/** Bun and Deno. @throws Error if npm has none for this machine */
export function otherEngines(): Engine[] {
  const of = (name: string, major: number, ...args: string[]): Engine => {
    const program = kept(name, major, join('.bin', windows ? `${name}.CMD` : name));
    const manifest = join(dirname(dirname(program)), name, 'package.json');
    const { version } = JSON.parse(readFileSync(manifest, 'utf8'));
    return { name: `${name[0].toUpperCase()}${name.slice(1)} ${version}`, command: [program, ...args] };
  };
  return [of('bun', 1), of('deno', 2, ...denoArguments)];
}

/** Runs a program in an installed folder. */
export function runWith(
  { command: [program, ...args] }: Engine,
  folder: string,
  file: string,
  more: Readonly<Record<string, string>> = {},
): Ended {
  // Without NODE_OPTIONS and tiles of this machine: a user's shell has none.
  const env = {
    PATH: `${dirname(program)}${delimiter}${process.env.PATH}`,
    HOME: homedir(),
    NO_COLOR: '1',
    GLASSBOX_TILES: 'none',
    ...more,
  };
  return run(program, [...args, file], folder, env);
}
