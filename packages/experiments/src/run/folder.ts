import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isAside } from '@glassbox/host';
import { Claim, describeHolder } from '@glassbox/host/claim';
import { UsageError } from '@glassbox/host/command-line';
import { type MetricsLog, metricsLog } from '@glassbox/logs';
import { writeWholeFile } from '@glassbox/medmnist';
import { type Checkpoint, type HostTensor, readSafetensors, writeSafetensors } from '@glassbox/nn';
import { checkpoints, RunStore } from './store.ts';

/** A run folder that another program works in. The same command may succeed when that one has ended. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError';
  readonly retryHelps = true;
}

/**
 * A run's files in a folder of the disk: those of {@link RunStore}, `tensorboard/` and `submission.zip`. Each is
 * written aside and moved into place. One program at a time: `lock` in the folder says which.
 */
export class RunFolder extends RunStore {
  readonly path: string;
  readonly #lock: Claim;
  #metrics: Promise<MetricsLog> | undefined;

  private constructor(path: string) {
    super();
    this.path = path;
    const lock = Claim.take(join(path, 'lock'));
    if (!(lock instanceof Claim)) {
      throw new FolderInUseError(`${path} is in use by ${describeHolder(lock)}; wait until that has ended`);
    }
    this.#lock = lock;
  }

  /**
   * Makes the folder and takes its lock.
   * @throws UsageError if the folder cannot be made or written, or holds another run.
   * @throws FolderInUseError if another program works in it.
   */
  static create(path: string, subfolders: readonly string[] = subfoldersOfPractical): RunFolder {
    try {
      makeFolder(path);
      accessSync(path, constants.W_OK);
    } catch (error) {
      throw new UsageError(
        `Cannot write to ${path} (${(error as NodeJS.ErrnoException).code}); choose another folder with --out`,
      );
    }
    const folder = new RunFolder(path);
    return folder.#unless(() => {
      RunFolder.checkFree(path);
      for (const sub of subfolders) makeFolder(join(path, sub));
      return folder;
    });
  }

  /** @throws UsageError if the folder holds a run. */
  static checkFree(path: string): void {
    if (!existsSync(join(path, 'config.json'))) return;
    throw new UsageError(
      `${path} holds a run already; go on with it by --resume ${path}, or choose another folder with --out`,
    );
  }

  /**
   * Opens an interrupted run and takes its lock; that of a killed program is taken over.
   * @param parse makes of `config.json` what it describes; if it throws, the lock is given back
   * @returns the folder and what it describes
   * @throws FolderInUseError if another program works in it.
   */
  static open<T>(
    path: string,
    parse: (config: unknown) => T,
    subfolders: readonly string[] = subfoldersOfPractical,
  ): { folder: RunFolder; config: T } {
    if (!existsSync(join(path, 'config.json'))) {
      throw new UsageError(`${path} holds no run to go on with: its config.json is missing`);
    }
    const folder = writable(path, () => {
      accessSync(path, constants.W_OK);
      return new RunFolder(path);
    });
    return folder.#unless(() => {
      const json = folder.readJson('config.json', 'the run cannot go on without it; start a new one');
      const config = parse(json);
      writable(path, () => {
        for (const sub of subfolders) makeFolder(join(path, sub));
        removeAsides(path);
      });
      return { folder, config };
    });
  }

  /** Gives the lock back: other programs may go on with the run. */
  close(): void {
    this.#lock.release();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** What a function returns; if it throws, the lock is given back. */
  #unless<T>(opening: () => T): T {
    try {
      return opening();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  has(...names: string[]): boolean {
    return existsSync(this.file(...names));
  }

  async write(name: string, data: Uint8Array | string): Promise<void> {
    this.#lock.check();
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    makeFolder(dirname(this.file(name)));
    await writeWholeFile(this.file(name), bytes);
  }

  read(name: string): Uint8Array {
    return readFileSync(this.file(name));
  }

  async remove(name: string): Promise<void> {
    rmSync(this.file(name), { force: true });
  }

  names(folder: string): string[] {
    return this.has(folder) ? readdirSync(this.file(folder)).sort() : [];
  }

  readTensors(name: string): Promise<Checkpoint> {
    return readSafetensors(this.file(name));
  }

  writeTensors(
    name: string,
    tensors: ReadonlyMap<string, HostTensor>,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void> {
    this.#lock.check();
    return writeSafetensors(this.file(name), tensors, metadata);
  }

  async log(training: string, record: { readonly epoch: number }): Promise<void> {
    this.#lock.check();
    this.#metrics ??= metricsLog(this.path, { csv: true, tensorboard: true });
    await (await this.#metrics).log(training, record.epoch, record);
  }
}

const subfoldersOfPractical = ['stages', checkpoints, 'figures'] as const;

/** @throws UsageError for what a system says where nothing can be written */
function writable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UsageError(
      `Cannot write to ${path} (${code}); make it writable, or copy the folder elsewhere and resume the copy`,
    );
  }
}

/** Files that a killed process had begun to write aside: nobody will move them into place any more. */
function removeAsides(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (isAside(name)) rmSync(join(folder, name), { force: true });
  }
}

/**
 * Creates a folder and those above it. (Node's own recursive mkdir never returns where a file system refuses, as
 * /proc does.)
 */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}
