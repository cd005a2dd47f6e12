import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError, writeError } from '@glassbox/files';
import { writeAll, writeWholeFile } from '@glassbox/host';

/** A file that grows by whole pieces, wherever it is kept. */
export interface GrowingFile {
  /** Adds a piece at its end. @throws if it cannot be added whole; it is then not part of the file */
  append(piece: Uint8Array): Promise<void>;
  /** Puts other content in place of all of it, whole or not at all. */
  replace(content: Uint8Array): Promise<void>;
}

/**
 * Opens a file that is there, or will be.
 * @param sound how many bytes of its content are sound: what lies behind them was cut off, and is dropped
 */
export type OpenGrowingFile = (
  path: string,
  sound: (content: Uint8Array) => number,
) => Promise<{ readonly file: GrowingFile; readonly content: Uint8Array }>;

/**
 * A file of the disk that grows by whole pieces. It knows how long its sound part is: what a full disk or a kill left
 * behind that is cut off before the next piece is written.
 */
export class AppendFile implements GrowingFile {
  readonly path: string;
  /** Length of the sound part. */
  #size: number;
  /** Whether something lies behind the sound part that is to be cut off: a piece that was not written whole. */
  #rest: boolean;

  private constructor(path: string, size: number, rest: boolean) {
    this.path = path;
    this.#size = size;
    this.#rest = rest;
  }

  /**
   * Opens a file that is there, or will be.
   * @param sound how many bytes of its content are sound
   */
  static async open(
    path: string,
    sound: (content: Uint8Array) => number,
  ): Promise<{ file: AppendFile; content: Uint8Array }> {
    let content: Uint8Array;
    try {
      content = await readFile(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(path, error);
      content = new Uint8Array(0);
    }
    const size = sound(content);
    const file = new AppendFile(path, size, size < content.length);
    return { file, content: content.subarray(0, size) };
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a piece. @throws DataError if it cannot be written whole; it is then not part of the file. */
  async append(piece: Uint8Array): Promise<void> {
    await this.#guarded(async () => {
      await mkdir(dirname(this.path), { recursive: true });
      // 'r+' does not create the file, and 'w' would empty it; a new one is empty.
      const handle = await open(this.path, 'r+').catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' || this.#size > 0) throw error;
        return open(this.path, 'wx');
      });
      try {
        const { size } = await handle.stat();
        if (size < this.#size || (size > this.#size && !this.#rest)) throw this.#changed(size);
        if (size > this.#size) await handle.truncate(this.#size);
        this.#rest = true;
        await writeAll(handle, piece, this.#size);
        this.#rest = false;
      } finally {
        await handle.close();
      }
    });
    this.#size += piece.length;
  }

  /** Keeps the first `size` bytes. */
  cut(size: number): void {
    this.#rest ||= size < this.#size;
    this.#size = size;
  }

  /** Writes other content in place of all of it, whole or not at all. */
  async replace(content: Uint8Array): Promise<void> {
    await this.#guarded(() => writeWholeFile(this.path, content));
    this.#size = content.length;
    this.#rest = false;
  }

  async #guarded(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (error instanceof DataError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && this.#size > 0) throw this.#changed(0);
      throw writeError(this.path, error);
    }
  }

  #changed(size: number): DataError {
    return new DataError(
      this.path,
      `has ${size} bytes where ${this.#size} were written`,
      'Another program changed it: give each program a folder of its own, and leave the file alone while it runs.',
    );
  }
}
