/** The files of a run in the page's own storage (OPFS), with a copy in memory to read from. */
import { RunStore } from '@glassbox/experiments/page';
import { type MetricsLog, metricsLog, type OpenGrowingFile } from '@glassbox/logs';
import { type Checkpoint, encodeSafetensors, type HostTensor, parseSafetensors } from '@glassbox/nn';

type Bytes = Uint8Array<ArrayBuffer>;

/** A folder of the page's storage. Files are written aside and take their place when they are closed. */
export class StoredFolder {
  readonly #handle: FileSystemDirectoryHandle;

  constructor(handle: FileSystemDirectoryHandle) {
    this.#handle = handle;
  }

  /** @throws DOMException named QuotaExceededError if there is no room */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const [folder, base] = await this.#folderOf(name);
    const file = await folder.getFileHandle(base, { create: true });
    const writable = await file.createWritable();
    try {
      await writable.write(bytes as Bytes);
      await writable.close();
    } catch (error) {
      await writable.abort().catch(() => {});
      throw error;
    }
  }

  /** @returns undefined where there is no such file */
  async read(name: string): Promise<Bytes | undefined> {
    try {
      const [folder, base] = await this.#folderOf(name);
      const file = await (await folder.getFileHandle(base)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if ((error as DOMException).name === 'NotFoundError') return undefined;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    const [folder, base] = await this.#folderOf(name);
    await folder.removeEntry(base).catch(() => {});
  }

  /** Removes all files. */
  async clear(): Promise<void> {
    for await (const name of this.#handle.keys()) await this.#handle.removeEntry(name, { recursive: true });
  }

  /** Every file with its path from here. */
  async files(): Promise<Map<string, Bytes>> {
    const found = new Map<string, Bytes>();
    const visit = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') {
          await visit(handle as FileSystemDirectoryHandle, `${path}${name}/`);
        } else {
          const file = await (handle as FileSystemFileHandle).getFile();
          // A new file that nobody closed is there, but empty.
          if (file.size > 0) found.set(path + name, new Uint8Array(await file.arrayBuffer()));
        }
      }
    };
    await visit(this.#handle, '');
    return found;
  }

  async #folderOf(name: string): Promise<[FileSystemDirectoryHandle, string]> {
    const parts = name.split('/');
    let folder = this.#handle;
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
    return [folder, parts.at(-1)!];
  }
}

/** Opens a folder of the page's storage. @throws DOMException or TypeError if the browser gives the page none */
export async function openStored(name: string): Promise<StoredFolder> {
  const root = await navigator.storage.getDirectory();
  const practical = await root.getDirectoryHandle('practical', { create: true });
  const folder = new StoredFolder(await practical.getDirectoryHandle(name, { create: true }));
  // Old browsers have the folders, but no way to write whole files into them.
  await folder.write('.try', new Uint8Array(1));
  await folder.remove('.try');
  return folder;
}

/** A run's files in the page. What is read lies in memory; what is written is stored, too, if there is a folder. */
export class PageStore extends RunStore {
  readonly path = 'practical';
  readonly #files: Map<string, Bytes>;
  readonly #stored: StoredFolder | undefined;
  #metrics: Promise<MetricsLog> | undefined;

  private constructor(stored: StoredFolder | undefined, files: Map<string, Bytes>) {
    super();
    this.#stored = stored;
    this.#files = files;
  }

  /** @param stored where files last; undefined: in memory only */
  static async open(stored: StoredFolder | undefined): Promise<PageStore> {
    return new PageStore(stored, stored ? await stored.files() : new Map());
  }

  file(...names: string[]): string {
    return names.join('/');
  }

  has(...names: string[]): boolean {
    return this.#files.has(this.file(...names));
  }

  read(name: string): Bytes {
    const bytes = this.#files.get(name);
    if (!bytes) throw Object.assign(new Error(`${name}: there is no such file`), { code: 'ENOENT' });
    return bytes;
  }

  async write(name: string, data: Uint8Array | string): Promise<void> {
    const bytes = (typeof data === 'string' ? new TextEncoder().encode(data) : data) as Bytes;
    await this.#stored?.write(name, bytes);
    this.#files.set(name, bytes);
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
    await this.#stored?.remove(name);
  }

  names(folder: string): string[] {
    const start = `${folder}/`;
    return [...this.#files.keys()]
      .filter((name) => name.startsWith(start))
      .map((name) => name.slice(start.length))
      .sort();
  }

  async readTensors(name: string): Promise<Checkpoint> {
    return parseSafetensors(this.read(name), name);
  }

  async writeTensors(
    name: string,
    tensors: ReadonlyMap<string, HostTensor>,
    metadata: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    await this.write(name, encodeSafetensors(tensors, metadata));
  }

  async log(training: string, record: { readonly epoch: number }): Promise<void> {
    this.#metrics ??= metricsLog(this.path, { csv: true, openFile: this.#openGrowing });
    await (await this.#metrics).log(training, record.epoch, record);
  }

  readonly #openGrowing: OpenGrowingFile = async (path, sound) => {
    const name = path.slice(this.path.length + 1);
    const all = this.#files.get(name) ?? new Uint8Array(0);
    let content = all.subarray(0, sound(all));
    const replace = async (next: Uint8Array) => {
      await this.write(name, next);
      content = next as Bytes;
    };
    const append = async (piece: Uint8Array) => {
      const next = new Uint8Array(content.length + piece.length);
      next.set(content);
      next.set(piece, content.length);
      await replace(next);
    };
    return { file: { append, replace }, content };
  };

  /** Removes the run. */
  async clear(): Promise<void> {
    this.#files.clear();
    this.#metrics = undefined;
    await this.#stored?.clear();
  }
}
