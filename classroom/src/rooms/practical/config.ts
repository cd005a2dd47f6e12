/** What decides a run's result: `config.json` among its files, in the form of the command line's. */
import type { RunStore } from '@glassbox/experiments/page';
import { isChoice } from './choice.ts';
import type { Choice } from './messages.ts';

interface DataFile {
  readonly target: string;
  readonly file: string;
  readonly md5: string;
}

export interface PageConfig {
  readonly choice: Choice;
  /** Kind of the device that the run began on: another one rounds in its own way. */
  readonly device: 'wasm' | 'webgpu';
  readonly data: readonly DataFile[];
}

export async function writeConfig(store: RunStore, { choice, device, data }: PageConfig): Promise<void> {
  await store.writeJson('config.json', { options: { ...choice, device, data: 'page' }, data });
}

/** @throws Error that says that the run cannot go on */
export function readConfig(store: RunStore): PageConfig {
  const { options, data } = (store.readJson('config.json', 'start anew') ?? {}) as Record<string, unknown>;
  const { device, ...choice } = (options ?? {}) as Record<string, unknown>;
  const files = Array.isArray(data) && data.every((file) => typeof file?.md5 === 'string');
  if (!isChoice(choice) || (device !== 'wasm' && device !== 'webgpu') || !files) {
    throw new Error('config.json does not describe a run; start anew');
  }
  const { tasks, budget, seeds } = choice;
  return { choice: { tasks, budget, seeds }, device, data };
}
