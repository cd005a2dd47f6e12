import type { Checkpoint, HostTensor } from '@glassbox/nn';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';

/** Where the weights of each training, and the states of those in progress, lie in a run's files. */
export const checkpoints = 'checkpoints';

/**
 * The files of one run, wherever they are kept: a folder of the disk (`RunFolder`), or the storage of a page. Names are
 * relative, with `/`. Every file is written whole or not at all, so that a run that ends at any moment leaves whole
 * files only; what was finished is found again when the run goes on.
 *
 *     config.json      everything that decides the result
 *     metrics.jsonl    one line an epoch; metrics.csv holds the same for other programs
 *     stages/          one JSON file for each finished training or analysis
 *     checkpoints/     weights (safetensors, PyTorch's names) and the state of a training in progress
 *     figures/         every chart as PNG and SVG
 *     code/            the files that the answers link to
 *     results.json, answers.html, report.html
 */
export abstract class RunStore {
  /** Where it is, for messages. */
  abstract readonly path: string;

  /** What messages call a file. */
  abstract file(...names: string[]): string;

  abstract has(...names: string[]): boolean;

  /** @throws Error with a `code` if there is no such file */
  abstract read(name: string): Uint8Array;

  abstract write(name: string, data: Uint8Array | string): Promise<void>;

  /** Removes a file; nothing happens where there is none. */
  abstract remove(name: string): Promise<void>;

  /** Names of the files in a folder, sorted; none where there is no such folder. */
  abstract names(folder: string): string[];

  /** @throws Error that names the file if it cannot be read or is no safetensors file */
  abstract readTensors(name: string): Promise<Checkpoint>;

  /** @param metadata free text by key */
  abstract writeTensors(
    name: string,
    tensors: ReadonlyMap<string, HostTensor>,
    metadata?: Readonly<Record<string, string>>,
  ): Promise<void>;

  /** Adds an epoch to the metrics. One that is trained again after a resume replaces itself and later ones. */
  abstract log(training: string, record: { readonly epoch: number }): Promise<void>;

  async writeJson(name: string, value: unknown): Promise<void> {
    await this.write(name, `${JSON.stringify(value)}\n`);
  }

  /** @throws Error that names the file if it cannot be read or is no JSON, and says what to do. */
  readJson(name: string, advice = 'delete it and resume: what it held is computed again'): unknown {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.read(name));
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

  /**
   * The stage's result if it was finished before, else computes and keeps it.
   * @throws Error that names the file if what it holds is not what was written.
   */
  async stage<T>(id: string, compute: () => Promise<T>): Promise<T> {
    const name = stageFile(id);
    if (this.has(name)) return this.#openSeal(name) as T;
    const result = await compute();
    const text = JSON.stringify(result);
    await this.write(name, `{"sha256":"${hash(text)}","result":${text}}\n`);
    return JSON.parse(text) as T;
  }

  #openSeal(name: string): unknown {
    const { sha256: seal, result } = (this.readJson(name) ?? {}) as { sha256?: unknown; result?: unknown };
    // What JSON.stringify wrote, it writes again after parsing, number for number and key for key.
    if (result !== undefined && seal === hash(JSON.stringify(result))) return result;
    throw new Error(
      `${this.file(name)} is damaged (its content does not match its checksum); delete it and resume: ` +
        'what it held is computed again',
    );
  }
}

/** Where a stage's result lies. */
export function stageFile(id: string): string {
  return `stages/${id}.json`;
}

const hash = (text: string) => bytesToHex(sha256(new TextEncoder().encode(text)));
