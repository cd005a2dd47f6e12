import { createHash } from 'node:crypto';
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
import { UsageError } from '@glassbox/host/command-line';
import { type MetricsLog, metricsLog } from '@glassbox/logs';
import { writeWholeFile } from '@glassbox/medmnist';

/**
 * The folder of one run. Every file is written aside and moved into place, so that a run killed at any moment leaves
 * whole files only; what was finished is found again when the run goes on.
 *
 *     config.json      everything that decides the result
 *     metrics.jsonl    one line an epoch; metrics.csv and tensorboard/ hold the same for other programs
 *     stages/          one JSON file for each finished training or analysis
 *     checkpoints/     weights (safetensors, PyTorch's names) and the state of a training in progress
 *     figures/         every chart as PNG and SVG
 *     code/            the files that the answers link to; submission.zip has all of the code
 *     results.json, answers.html, report.html, submission.zip
 */
export class RunFolder {
  readonly path: string;
  #metrics: Promise<MetricsLog> | undefined;

  private constructor(path: string) {
    this.path = path;
  }

  /** @throws UsageError if the folder cannot be made or written, or holds another run. */
  static create(path: string, subfolders: readonly string[] = subfoldersOfPractical): RunFolder {
    try {
      makeFolder(path);
      accessSync(path, constants.W_OK);
    } catch (error) {
      throw new UsageError(
        `Cannot write to ${path} (${(error as NodeJS.ErrnoException).code}); choose another folder with --out`,
      );
    }
    RunFolder.checkFree(path);
    const folder = new RunFolder(path);
    for (const sub of subfolders) makeFolder(join(path, sub));
    return folder;
  }

  /** @throws UsageError if the folder holds a run. */
  static checkFree(path: string): void {
    if (!existsSync(join(path, 'config.json'))) return;
    throw new UsageError(
      `${path} holds a run already; go on with it by --resume ${path}, or choose another folder with --out`,
    );
  }

  /** Opens an interrupted run. @returns the folder and its config. */
  static open(
    path: string,
    subfolders: readonly string[] = subfoldersOfPractical,
  ): { folder: RunFolder; config: unknown } {
    const folder = new RunFolder(path);
    if (!existsSync(join(path, 'config.json'))) {
      throw new UsageError(`${path} holds no run to go on with: its config.json is missing`);
    }
    const config = folder.readJson('config.json', 'the run cannot go on without it; start a new one');
    try {
      for (const sub of subfolders) makeFolder(join(path, sub));
      removeAsides(path);
      accessSync(path, constants.W_OK);
    } catch (error) {
      throw new UsageError(
        `Cannot write to ${path} (${(error as NodeJS.ErrnoException).code}); make it writable, or copy ` +
          'the folder elsewhere and resume the copy',
      );
    }
    return { folder, config };
  }

  file(...names: string[]): string {
    return join(this.path, ...names);
  }

  has(...names: string[]): boolean {
    return existsSync(this.file(...names));
  }

  async write(name: string, data: Uint8Array | string): Promise<void> {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    makeFolder(dirname(this.file(name)));
    await writeWholeFile(this.file(name), bytes);
  }

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(value)}\n`);
  }

  /** @throws Error that names the file if it cannot be read or is no JSON, and says what to do. */
  readJson(name: string, advice = 'delete it and resume: what it held is computed again'): unknown {
    let text: string;
    try {
      text = readFileSync(this.file(name), 'utf8');
    } catch (error) {
      throw new Error(
        `${this.file(name)} cannot be read (${(error as NodeJS.ErrnoException).code}); ${advice}`,
      );
    }
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`${this.file(name)} is damaged (no valid JSON); ${advice}`);
    }
  }

  /** Adds an epoch to the metrics. One that is trained again after a resume replaces itself and later ones. */
  async log(training: string, record: { readonly epoch: number }): Promise<void> {
    this.#metrics ??= metricsLog(this.path, { csv: true, tensorboard: true });
    await (await this.#metrics).log(training, record.epoch, record);
  }

  /**
   * The stage's result if an earlier process finished it, else computes and keeps it.
   * @throws Error that names the file if what it holds is not what was written.
   */
  async stage<T>(id: string, compute: () => Promise<T>): Promise<T> {
    const name = join('stages', `${id}.json`);
    if (this.has(name)) return this.#openSeal(name) as T;
    const result = await compute();
    const text = JSON.stringify(result);
    await this.write(name, `{"sha256":"${sha256(text)}","result":${text}}\n`);
    return JSON.parse(text) as T;
  }

  #openSeal(name: string): unknown {
    const { sha256: seal, result } = (this.readJson(name) ?? {}) as { sha256?: unknown; result?: unknown };
    // What JSON.stringify wrote, it writes again after parsing, number for number and key for key.
    if (result !== undefined && seal === sha256(JSON.stringify(result))) return result;
    throw new Error(
      `${this.file(name)} is damaged (its content does not match its checksum); delete it and resume: ` +
        'what it held is computed again',
    );
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

const subfoldersOfPractical = ['stages', 'checkpoints', 'figures'] as const;

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
