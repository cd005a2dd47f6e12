import { UsageError } from '../cli/args.ts';
import type { DataFile } from '../report/index.ts';
import { RunFolder } from './folder.ts';
import { optionsFromJson, type PracticalOptions } from './options.ts';

/** What decides a run's result: kept in `config.json`. */
export interface RunConfig {
  readonly options: PracticalOptions;
  readonly data: readonly DataFile[];
}

/**
 * Opens the folder of an interrupted run. Nothing in its config is trusted more than a command line would be.
 * @throws Error that names what is wrong in which file.
 */
export function openInterrupted(path: string): { folder: RunFolder; config: RunConfig } {
  const { folder, config } = RunFolder.open(path);
  const { options, data } = (config ?? {}) as { options?: unknown; data?: unknown };
  try {
    if (!Array.isArray(data) || !data.every(isDataFile)) throw new UsageError('its data files are missing');
    return { folder, config: { options: optionsFromJson(options), data } };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(
      `${folder.file('config.json')} does not describe a run of the practical (${error.message}); it cannot be resumed, start a new run`,
    );
  }
}

/** Going on with other images would mix two experiments. @throws UsageError that names both. */
export function checkSameData({ data }: RunConfig, files: readonly DataFile[]): void {
  for (const file of files) {
    const before = data.find(({ target }) => target === file.target);
    if (before?.md5 !== file.md5) {
      throw new UsageError(
        `The ${file.target} data have changed since the run began (${before?.file}, md5 ${before?.md5}; now ${file.file}, md5 ${file.md5}); start a new run`,
      );
    }
  }
}

function isDataFile(value: unknown): value is DataFile {
  const { target, file, md5 } = (value ?? {}) as Record<string, unknown>;
  return [target, file, md5].every((text) => typeof text === 'string');
}
