import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, formatBytes, mistakenFile, writeError } from '@glassbox/files';
import { syncFolder, writeAll } from '@glassbox/host';
import { callback, checkOptions, instance, type OptionTable, text, whole } from '@glassbox/options';
import { withDownloadLock } from './download-lock.ts';
import { type Answer, FatalTransfer, requestFrom, TransientTransfer } from './http-range.ts';
import { md5File } from './md5.ts';

/** State of a download, reported as data arrive. */
export interface DownloadProgress {
  /** Address that is fetched. */
  readonly url: string;
  /** Path at which the whole file will lie. */
  readonly file: string;
  /** Bytes on the disk, those of earlier runs included. */
  readonly received: number;
  /** Bytes in all, when the server says so. */
  readonly total: number | undefined;
  /** Bytes that were there before this run began. */
  readonly resumedFrom: number;
  /** Mean rate of this run. */
  readonly bytesPerSecond: number;
  /** Why the transfer is being tried again, when it is. */
  readonly retry?: string;
  /** True in the last report: the file is whole, checked, and in place. */
  readonly done: boolean;
  /** True in the last report of a transfer that was given up: the error that comes next says why. */
  readonly failed?: boolean;
}

/** How `downloadFile` checks a file, and when it tries again or gives up. */
export interface DownloadOptions {
  /** Expected MD5. Without it nothing can be resumed from an earlier run, because nothing would notice a mixture. */
  readonly md5?: string;
  /** Give up when the file is or claims to be larger. */
  readonly maxBytes?: number;
  /** Longest wait for the beginning of an answer. Default 15 s. */
  readonly answerMs?: number;
  /** A transfer is stalled when fewer than `minimumBytes` arrive in this time. Default 30 s. */
  readonly stallMs?: number;
  /** Bytes that must arrive within `stallMs`. Default 1024. */
  readonly minimumBytes?: number;
  /** Tries in a row that bring no new byte before giving up. Default 5; 2 while no answer comes at all. */
  readonly tries?: number;
  /** Tries in all. Default 50. */
  readonly maxTries?: number;
  /** Pause before the second try; doubles up to a minute. Default 1 s. */
  readonly pauseMs?: number;
  /** Called with each piece of data, before each new try, and at the end. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Ends the download; what has arrived stays for the next run. */
  readonly signal?: AbortSignal;
}

/** See `@glassbox/options`. */
export const downloadNames: OptionTable<DownloadOptions> = {
  md5: text,
  maxBytes: whole(1),
  answerMs: whole(1),
  stallMs: whole(1),
  minimumBytes: whole(0),
  tries: whole(1),
  maxTries: whole(1),
  pauseMs: whole(0),
  onProgress: callback,
  signal: instance(() => AbortSignal, 'an AbortSignal'),
};

/**
 * Downloads a file. It appears under its name only when it is whole and its MD5 is right; until then it is
 * `FILE.part`, from which a broken or interrupted transfer goes on (HTTP Range), in this run or a later one.
 *
 * Two processes, or two calls, that want the same file fetch it once.
 *
 * @throws DataError when the server refuses, keeps failing or sends something else, or the disk cannot take it.
 */
export async function downloadFile(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  checkOptions('downloadFile', options, downloadNames);
  try {
    await mkdir(dirname(file), { recursive: true });
  } catch (cause) {
    throw writeError(file, cause);
  }
  await withDownloadLock(file, options.signal, () => new Transfer(url, file, options).run());
}

class Transfer {
  readonly #url: string;
  readonly #file: string;
  readonly #part: string;
  readonly #options: DownloadOptions;
  readonly #began = performance.now();
  #received = 0;
  #resumedFrom = 0;
  #total: number | undefined;
  #startedWithPart = false;
  #wrongContents = 0;

  constructor(url: string, file: string, options: DownloadOptions) {
    this.#url = url;
    this.#file = file;
    this.#part = `${file}.part`;
    this.#options = options;
  }

  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      this.#report({ failed: true });
      throw error;
    }
  }

  async #run(): Promise<void> {
    if (this.#options.md5 === undefined) await rm(this.#part, { force: true });
    const { tries = 5, maxTries = 50, pauseMs = 1000 } = this.#options;
    this.#received = this.#resumedFrom = await sizeOf(this.#part);
    let fruitless = 0;
    let unreached = 0;
    let pause = pauseMs;
    for (let attempt = 1; ; attempt++) {
      const before = this.#received;
      try {
        await this.#transferOnce();
        await this.#verifyAndMove();
        return;
      } catch (error) {
        if (this.#options.signal?.aborted) throw this.#interrupted();
        if (!(error instanceof TransientTransfer)) throw this.#fatal(error);
        const gained = this.#received > before;
        fruitless = gained ? 0 : fruitless + 1;
        unreached = error.unreached ? unreached + 1 : 0;
        if (fruitless >= tries || unreached >= 2 || attempt >= maxTries) throw this.#gaveUp(attempt, error);
        if (gained) pause = pauseMs;
        this.#report({ retry: error.message });
        await sleep(Math.max(error.waitMs ?? 0, pause), undefined, { signal: this.#options.signal }).catch(
          () => {},
        );
        if (this.#options.signal?.aborted) throw this.#interrupted();
        pause = Math.min(pause * 2, 60_000);
      }
    }
  }

  /** One request: appends what arrives to the part file. Returns when the server says that this was all. */
  async #transferOnce(): Promise<void> {
    this.#received = await sizeOf(this.#part);
    this.#startedWithPart = this.#received > 0;
    const answer = await requestFrom(this.#url, this.#received, {
      answerMs: this.#options.answerMs ?? 15_000,
      stallMs: this.#options.stallMs ?? 30_000,
      minimumBytes: this.#options.minimumBytes ?? 1024,
      signal: this.#options.signal,
    });
    try {
      await this.#take(answer);
    } finally {
      answer.cancel();
    }
  }

  async #take(answer: Answer): Promise<void> {
    if (answer.start !== this.#received) {
      // The server does not do ranges, or answered another one than asked: begin again.
      await rm(this.#part, { force: true });
      this.#received = 0;
      this.#resumedFrom = 0;
      this.#startedWithPart = false;
      if (answer.start !== 0) throw new TransientTransfer('the server sent another part than asked for');
    }
    this.#total = answer.total;
    this.#checkSize(answer.total ?? 0, 'claims to be');
    const handle = await open(this.#part, 'a');
    try {
      await this.#append(answer, handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (answer.total !== undefined && this.#received !== answer.total) {
      throw new TransientTransfer(
        `the connection broke after ${formatBytes(this.#received)} of ${formatBytes(answer.total)}`,
      );
    }
  }

  async #append(answer: Answer, handle: FileHandle): Promise<void> {
    for await (const piece of answer.pieces) {
      this.#checkSize(this.#received + piece.length, 'has already sent');
      await writeAll(handle, piece);
      this.#received += piece.length;
      this.#report();
    }
  }

  #checkSize(bytes: number, verb: string): void {
    const { maxBytes } = this.#options;
    if (maxBytes === undefined || bytes <= maxBytes) return;
    throw new FatalTransfer(
      `${verb} ${formatBytes(bytes)}, but this file has at most ${formatBytes(maxBytes)}`,
      'The address serves something else: fetch the file by hand.',
    );
  }

  async #verifyAndMove(): Promise<void> {
    const { md5 } = this.#options;
    if (md5 !== undefined) {
      const got = await md5File(this.#part);
      if (got !== md5) throw await this.#rejectContent(got, md5);
    }
    await rename(this.#part, this.#file);
    await syncFolder(dirname(this.#file));
    this.#report({ done: true });
  }

  /** Throws away what came; the first time, or after a resumed part, a fresh start may help. */
  async #rejectContent(got: string, md5: string): Promise<Error> {
    const mistaken = await mistakenFile(this.#part);
    await rm(this.#part, { force: true });
    const bytes = this.#received;
    this.#received = 0;
    this.#resumedFrom = 0;
    if (this.#startedWithPart) {
      return new TransientTransfer('the beginning that was here belongs to another file; from the start');
    }
    if (this.#wrongContents++ === 0) return new TransientTransfer(`the MD5 is ${got} instead of ${md5}`);
    return new FatalTransfer(
      `sent ${formatBytes(bytes)} with the MD5 ${got} instead of ${md5}, ` +
        `twice${mistaken ? `; it ${mistaken.looks}` : ''}`,
      'The server or something on the way sends something else: try again later or fetch the file by hand.',
    );
  }

  #report(what: Partial<Pick<DownloadProgress, 'retry' | 'done' | 'failed'>> = {}): void {
    const seconds = (performance.now() - this.#began) / 1000;
    this.#options.onProgress?.({
      url: this.#url,
      file: this.#file,
      received: this.#received,
      total: this.#total,
      resumedFrom: this.#resumedFrom,
      bytesPerSecond: Math.max(0, this.#received - this.#resumedFrom) / Math.max(seconds, 1e-3),
      done: false,
      ...what,
    });
  }

  #interrupted(): DataError {
    return new DataError(
      this.#file,
      `the download was interrupted after ${formatBytes(this.#received)}`,
      'What has arrived is kept: run the same command again to go on.',
    );
  }

  #gaveUp(attempts: number, error: Error): DataError {
    const kept =
      this.#received > 0 ? `${formatBytes(this.#received)} are kept: run the same command to go on` : '';
    return new DataError(
      this.#url,
      `could not be downloaded in ${attempts} tries; the last time ${error.message}`,
      `Check the network${kept ? `; ${kept}` : ''}; or fetch it by hand and save it as ${this.#file}.`,
      { cause: error },
    );
  }

  #fatal(error: unknown): DataError {
    if (error instanceof DataError) return error;
    if (error instanceof FatalTransfer) {
      return new DataError(this.#url, error.message, `${error.fix} It belongs in ${this.#file}.`, {
        cause: error,
      });
    }
    const needs = this.#total === undefined ? '' : ` ${formatBytes(this.#total)} are needed in all.`;
    const problem = writeError(this.#part, error);
    return needs === ''
      ? problem
      : new DataError(this.#part, problemOf(problem), `${problem.fix}${needs}`, { cause: error });
  }
}

function problemOf(error: DataError): string {
  return error.message.slice(error.subject.length + 2, -(error.fix.length + 2));
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
