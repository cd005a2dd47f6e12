/** What a run keeps to go on after an interruption, and how it is taken up again. */
import { realpathSync } from 'node:fs';
import { UsageError } from '@glassbox/host/command-line';
import { md5File } from '@glassbox/medmnist';
import { RunFolder } from '../run/folder.ts';
import { argsOf, type MedmnistOptions, parseMedmnistOptions } from './options.ts';
import type { FoundSet } from './sets.ts';

/** Folders of a run. */
export const subfolders = ['stages', 'checkpoints', 'predictions', 'figures'];

/** What is kept of a run in `config.json`, to go on with it. */
export interface RunConfig {
  readonly kind: 'medmnist';
  readonly command: string;
  readonly args: readonly string[];
  /** MD5 of each file that decides the results. */
  readonly files: readonly { readonly name: string; readonly md5: string }[];
}

/** Keeps what decides the results. */
export async function writeConfig(
  folder: RunFolder,
  options: MedmnistOptions,
  { command, files }: Pick<RunConfig, 'command' | 'files'>,
): Promise<void> {
  const args = argsOf(options, realpathSync(folder.path));
  await folder.writeJson('config.json', { kind: 'medmnist', command, args, files } satisfies RunConfig);
}

/** The files that decide the results. @throws UsageError if the weights cannot be read */
export async function filesOf(
  found: readonly FoundSet[],
  weights: string | undefined,
): Promise<RunConfig['files']> {
  return [
    ...found.map(({ set, size, md5 }) => ({ name: `${set} (${size} pixels)`, md5 })),
    ...(weights === undefined ? [] : [{ name: 'weights', md5: await weightsMd5(weights) }]),
  ];
}

/** Opens a run that was interrupted; nothing in its config is trusted more than a command line would be. */
export function openInterrupted(path: string, asked: MedmnistOptions) {
  const { folder, config } = RunFolder.open(path, (config) => describedBy(config, path, asked), subfolders);
  return { folder, ...config };
}

function describedBy(config: unknown, path: string, asked: MedmnistOptions) {
  const { data, device, activationCheckpointing } = asked;
  const { kind, command, args, files } = (config ?? {}) as Record<string, unknown>;
  const whole =
    kind === 'medmnist' &&
    Array.isArray(args) &&
    args.every((arg) => typeof arg === 'string') &&
    Array.isArray(files) &&
    files.every((file) => typeof file?.name === 'string' && typeof file.md5 === 'string');
  if (!whole) throw new UsageError(`${path} holds no run of npm run medmnist; start a new one`);
  const own = parseMedmnistOptions(args, realpathSync(path));
  return {
    files: files as RunConfig['files'],
    options: {
      ...own,
      data: data === 'auto' ? own.data : data,
      device: device === 'auto' ? own.device : device,
      activationCheckpointing: activationCheckpointing || own.activationCheckpointing,
    },
    command: typeof command === 'string' ? command.slice(0, 2000) : 'npm run medmnist',
  };
}

/** Going on with other files would mix two experiments. @throws UsageError that names the file. */
export function checkSameFiles(before: RunConfig['files'], now: RunConfig['files']): void {
  for (const { name, md5 } of now) {
    const old = before.find((one) => one.name === name);
    if (old?.md5 === md5) continue;
    throw new UsageError(
      `${name} has changed since the run began (MD5 ${old?.md5}, now ${md5}); start a new run`,
    );
  }
}

async function weightsMd5(file: string): Promise<string> {
  try {
    return await md5File(file);
  } catch (error) {
    throw new UsageError(`--weights ${file} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
