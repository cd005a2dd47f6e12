import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DataError, writeError } from '@glassbox/files';
import { writeAll, writeWholeFile } from '@glassbox/host';

/**
 * A file that grows by whole pieces. It knows how long its sound part is: what a full disk or a kill left behind that
 * is cut off before the next piece is written.
 */
export class AppendFile {
  readonly path: string;
  /** Length of the sound part. */
  #size: number;

  private constructor(path: string, size: number) {
    this.path = path;
    this.#size = size;
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
    return { file: new AppendFile(path, size), content: content.subarray(0, size) };
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a piece. @throws DataError if it cannot be written whole; it is then not part of the file. */
  async append(piece: Uint8Array): Promise<void> {
    await this.#guarded(async () => {
      await mkdir(dirname(this.path), { recursive: true });
      // 'a+' would write at the end, wherever that is; 'r+' does not create the file.
      const handle = await open(this.path, this.#size === 0 ? 'w' : 'r+');
      try {
        const { size } = await handle.stat();
        if (size < this.#size) throw this.#shorter(size);
        if (size > this.#size) await handle.truncate(this.#size);
        await writeAll(handle, piece, this.#size);
      } finally {
        await handle.close();
      }
    });
    this.#size += piece.length;
  }

  /** Keeps the first `size` bytes. */
  cut(size: number): void {
    this.#size = size;
  }

  /** Writes other content in place of all of it, whole or not at all. */
  async replace(content: Uint8Array): Promise<void> {
    await this.#guarded(() => writeWholeFile(this.path, content));
    this.#size = content.length;
  }

  async #guarded(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (error instanceof DataError) throw error;
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && this.#size > 0) throw this.#shorter(0);
      throw writeError(this.path, error);
    }
  }

  #shorter(size: number): DataError {
    return new DataError(
      this.path,
      `has ${size} bytes where ${this.#size} were written`,
      'Another program changed it: leave it alone while the training runs, or move it away and begin a new one.',
    );
  }
}
