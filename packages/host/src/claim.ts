/**
 * A name in a shared folder that one process holds at a time: the lock on a run folder, a cell of a sweep. In Node
 * only.
 *
 * A claim is a folder with one file, whose name says who holds it. It is made beside its place and renamed there, which
 * fails where another claim lies. Who takes over the claim of a dead holder renames that file from the dead holder's
 * name to his own: only one can, because the old name is gone then. So it needs no locks of the system and no hard
 * links, and is safe on NFS, where a rename is one step of the server.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { hostName, isAlive, processStart, systemId } from './process-identity.ts';

/** Seconds between two signs of life of a holder. */
export const beatSeconds = 20;

/**
 * Seconds without a sign of life after which a holder on another host counts as dead. NFS clients may show a time of a
 * file that is a minute old.
 */
export const staleSeconds = 180;

/** Who holds a claim. */
export interface Holder {
  /** Its machine's name. */
  readonly host: string;
  /** Its number on that machine. */
  readonly pid: number;
  /** Seconds since its last sign of life, by the clock of the file system. */
  readonly silentSeconds: number;
  /** True if it runs where this process runs, and so was looked for. */
  readonly sameHost: boolean;
}

/** A claim that was taken over by another process while its holder gave no sign of life. */
export class ClaimLostError extends Error {
  override readonly name = 'ClaimLostError';
}

/** A claim that this process holds, from {@link Claim.take} to {@link Claim.release} or the end of the process. */
export class Claim {
  /** The folder that is the claim. */
  readonly path: string;
  /** True if its last holder died with it. */
  readonly takenOver: boolean;
  readonly #name: string;
  readonly #timer: NodeJS.Timeout;
  readonly #atExit = () => this.release();
  #released = false;

  private constructor(path: string, name: string, takenOver: boolean) {
    this.path = path;
    this.#name = name;
    this.takenOver = takenOver;
    this.#timer = setInterval(() => this.#beat(), beatSeconds * 1000);
    this.#timer.unref();
    process.once('exit', this.#atExit);
  }

  /**
   * Takes a claim that is free or whose holder is dead. A holder on this host is dead if its process has ended, one on
   * another host if it gave no sign of life for {@link staleSeconds}.
   * @param path its name in a folder that exists
   * @returns the claim, or who holds it
   * @throws what the system throws where nothing can be written
   */
  static take(path: string): Claim | Holder {
    const name = ownName();
    for (let tries = 0; tries < 100; tries++) {
      const now = make(path, name);
      if (now === undefined) return new Claim(path, name, false);
      const held = holderOf(path, now);
      if (held && !held.dead) return held.holder;
      if (held && moved(join(path, held.file), join(path, name))) return new Claim(path, name, true);
      // Released or taken over in this moment.
      Atomics.wait(pauses, 0, 0, 10);
    }
    throw new Error(`${path} is no claim that this program knows; if nothing uses it, delete it`);
  }

  /** Who holds a claim, without taking it; undefined if nobody does, or its holder is dead. */
  static holder(path: string): Holder | undefined {
    const held = holderOf(path, Date.now());
    return held === undefined || held.dead ? undefined : held.holder;
  }

  /** Makes sure that it is still held. @throws ClaimLostError if another process has taken it over */
  check(): void {
    if (statSync(join(this.path, this.#name), { throwIfNoEntry: false })) return;
    throw new ClaimLostError(
      `${this.path} was taken over by another process, because this one gave no sign of life for ` +
        `${staleSeconds} seconds; it stops here, and the other one goes on`,
    );
  }

  /** Lets others have it. Nothing happens at the second call, and to a claim that was taken over. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    clearInterval(this.#timer);
    process.off('exit', this.#atExit);
    try {
      unlinkSync(join(this.path, this.#name));
      // Fails if somebody else has taken the empty place already, and may.
      rmdirSync(this.path);
    } catch {}
  }

  /** A write, and not a time that is set: the time is then of the file system's own clock. */
  #beat(): void {
    try {
      const file = openSync(join(this.path, this.#name), 'r+');
      writeSync(file, '.', 0);
      closeSync(file);
    } catch {
      // Taken over, or the file system is away for a while: `check` tells.
    }
  }
}

const pauses = new Int32Array(new SharedArrayBuffer(4));

/** In words, for messages: who holds it, and what to do. */
export function describeHolder({ host, pid, silentSeconds, sameHost }: Holder): string {
  if (sameHost) return `process ${pid} on this machine`;
  const left = Math.max(1, Math.ceil(staleSeconds - silentSeconds));
  const silent = `whose last sign of life is ${Math.round(silentSeconds)} s old`;
  return `process ${pid} on ${host}, ${silent} (if it is dead, try again in ${left} s)`;
}

/**
 * Makes the claim where none is.
 * @returns undefined if it was made, else the time by the clock of the file system, in milliseconds
 */
function make(path: string, name: string): number | undefined {
  const aside = join(dirname(path), `.${basename(path)}.${name.split('~').at(-1)}.claim`);
  mkdirSync(aside);
  try {
    const file = openSync(join(aside, name), 'wx');
    writeSync(file, '.');
    const now = fstatSync(file).mtimeMs;
    closeSync(file);
    return moved(aside, path, join(path, name)) ? undefined : now;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** What a rename says where the target is a folder that is not empty, though it may be gone by now. */
const taken = new Set(['ENOTEMPTY', 'EEXIST']);
/** What Windows says there, and also for other reasons. */
const maybeTaken = new Set(['EPERM', 'EACCES']);

/**
 * Renames. @returns whether it did. An NFS client that asked twice, because the first answer was lost, hears that the
 * old name is gone: what is at the new name decides.
 */
function moved(from: string, to: string, proof = to): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return statSync(proof, { throwIfNoEntry: false }) !== undefined;
    if (taken.has(code) || (maybeTaken.has(code) && statSync(to, { throwIfNoEntry: false }))) return false;
    throw error;
  }
}

interface Held {
  readonly file: string;
  readonly holder: Holder;
  readonly dead: boolean;
}

/** @param now the time by the clock of the file system, in milliseconds */
function holderOf(path: string, now: number): Held | undefined {
  try {
    const file = readdirSync(path).find((name) => name.split('~').length === 5);
    if (file === undefined) return undefined;
    // Opening it makes an NFS client ask for its time.
    const opened = openSync(join(path, file), 'r');
    const silentSeconds = Math.max(0, (now - fstatSync(opened).mtimeMs) / 1000);
    closeSync(opened);
    const [host = '?', system = '', pid = '0', start = ''] = file.split('~');
    const sameHost = host === hostName() && system === systemId();
    const holder = { host, pid: Number(pid), silentSeconds, sameHost };
    return { file, holder, dead: sameHost ? !isAlive(holder.pid, start) : silentSeconds > staleSeconds };
  } catch (error) {
    // Released or taken over while it was read: to be looked at again.
    if (['ENOENT', 'ESTALE'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** Host, system, process, its start, and a number that is used once. */
function ownName(): string {
  const once = randomBytes(6).toString('hex');
  return [hostName(), systemId(), process.pid, processStart(process.pid) ?? '', once].join('~');
}
