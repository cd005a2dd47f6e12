import { existsSync, realpathSync } from 'node:fs';
import { basename, isAbsolute, join, relative } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import type { DataFile } from '../report/index.ts';
import { RunFolder } from './folder.ts';
import { optionsFromJson, type PracticalOptions } from './options.ts';

/** What decides a run's result: kept in `config.json`. */
export interface RunConfig {
  readonly options: PracticalOptions;
  readonly data: readonly DataFile[];
  /** The command that began the run, without the folders of this machine. */
  readonly command?: string;
}

const paths = ['data', 'chest', 'pneumonia'] as const;
/** Of a config that somebody else wrote no more than this reaches the report. */
const longestCommand = 2000;

/** Keeps in the folder what decides the run. Paths are kept as they are seen from there: they name nobody's home. */
export async function writeConfig(folder: RunFolder, { options, data, command }: RunConfig): Promise<void> {
  const base = realpathSync(folder.path);
  const kept: Record<string, unknown> = { ...options, out: undefined, resume: undefined };
  for (const name of paths) {
    const path = options[name];
    if (path === undefined || !isAbsolute(path)) continue;
    const seen = relative(base, path);
    kept[name] = (seen.startsWith('..') ? seen : `./${seen}`).replaceAll('\\', '/');
  }
  await folder.writeJson('config.json', { command, options: kept, data });
}

/**
 * A command line in which paths that begin at the root are shortened to their last name: it may be shown to anybody.
 * @param command `npm run practical`, say
 */
export function shownCommand(command: string, args: readonly string[]): string {
  const shown = args.map((arg) => {
    const [, flag = '', value] = /^(--[\w-]+=)?(.*)$/s.exec(arg)!;
    const path = isAbsolute(value) ? `…/${basename(value)}` : value;
    return /\s/.test(path) ? `${flag}"${path}"` : `${flag}${path}`;
  });
  return [command, ...(shown.length > 0 ? ['--', ...shown] : [])].join(' ');
}

/**
 * The options of a run that goes on: its own, except for where the data lie now.
 * @throws UsageError that names a data file that is not there any more.
 */
export function resumedOptions({ options }: RunConfig, asked: PracticalOptions): PracticalOptions {
  const { chest = options.chest, pneumonia = options.pneumonia } = asked;
  const data = asked.data === 'auto' ? options.data : asked.data;
  for (const [name, path] of Object.entries({ data, chest, pneumonia })) {
    if (path === undefined || !isAbsolute(path) || existsSync(path)) continue;
    throw new UsageError(
      `${path} is not there any more; say where it is: npm run practical -- --resume ${asked.resume} ` +
        `--${name} ${name === 'data' ? 'DIR' : 'FILE'}`,
    );
  }
  return { ...options, data, chest, pneumonia, out: undefined, resume: asked.resume };
}

/**
 * Opens the folder of an interrupted run. Nothing in its config is trusted more than a command line would be.
 * @throws Error that names what is wrong in which file.
 */
export function openInterrupted(path: string): { folder: RunFolder; config: RunConfig } {
  return RunFolder.open(path, (config) => configOf(config, path));
}

function configOf(config: unknown, path: string): RunConfig {
  const { options, data, command } = (config ?? {}) as Record<'options' | 'data' | 'command', unknown>;
  try {
    if (!Array.isArray(data) || !data.every(isDataFile)) throw new UsageError('its data files are missing');
    const began = typeof command === 'string' ? { command: command.slice(0, longestCommand) } : {};
    return { options: optionsFromJson(options, realpathSync(path)), data, ...began };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      `${join(path, 'config.json')} does not describe a run of the practical (${error.message}); it ` +
        'cannot be resumed, start a new run',
    );
  }
}

/** Going on with other images would mix two experiments. @throws UsageError that names both. */
export function checkSameData({ data }: RunConfig, files: readonly DataFile[]): void {
  for (const file of files) {
    const before = data.find(({ target }) => target === file.target);
    if (before?.md5 !== file.md5) {
      throw new UsageError(
        `The ${file.target} data have changed since the run began (${before?.file}, md5 ${before?.md5}; ` +
          `now ${file.file}, md5 ${file.md5}); start a new run`,
      );
    }
  }
}

function isDataFile(value: unknown): value is DataFile {
  const { target, file, md5 } = (value ?? {}) as Record<string, unknown>;
  return [target, file, md5].every((text) => typeof text === 'string');
}
