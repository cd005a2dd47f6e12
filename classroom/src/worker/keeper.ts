/**
 * Keeps trainings in the browser's database, so that a reload, or a laptop that was closed, goes on within a second
 * instead of doing all steps again. What is kept is only a short cut: without it, or with one that does not fit, the
 * address alone brings the same training back.
 */
import { type DBSchema, type IDBPDatabase, openDB } from 'idb';
import { type Fork, type Spec, toAddress } from '../playground/spec.ts';
import type { KeptSide, Side } from './side.ts';

/** Shorter trainings are done again in less than about a second. */
const keepFrom = 200;
/** Milliseconds between two writes while it trains. */
const keepEvery = 2000;
/** Trainings that are kept; the one that was written first goes. */
const mostTrainings = 6;
/** Bytes of a run's checkpoints that are kept. */
const mostBytes = 4 * 2 ** 20;

interface Kept {
  readonly first: KeptSide;
  readonly second: KeptSide | undefined;
}

interface KeptRecord extends Kept {
  readonly key: string;
  readonly written: number;
  /** What wrote it: another version of the page may compute other bits. */
  readonly version: string;
  /** SHA-256 of the losses and of all states. */
  readonly hash: string;
}

interface Schema extends DBSchema {
  trainings: { key: string; value: KeptRecord; indexes: { written: number } };
}

export class Keeper {
  readonly #database: IDBPDatabase<Schema>;
  readonly #device: string;
  readonly #version: string;
  #last = { key: '', time: 0, steps: 0, second: 0 };

  private constructor(database: IDBPDatabase<Schema>, device: string, version: string) {
    this.#database = database;
    this.#device = device;
    this.#version = version;
  }

  /**
   * @param device what computes: another one may give other bits.
   * @param version names the code that computes.
   * @returns undefined where the browser keeps nothing, such as in some private windows, or has no hashes.
   */
  static async open(device: string, version: string): Promise<Keeper | undefined> {
    if (!globalThis.indexedDB || !globalThis.crypto?.subtle) return undefined;
    try {
      const database = await openDB<Schema>('glassbox-classroom', 1, {
        upgrade: (fresh) => {
          fresh.createObjectStore('trainings', { keyPath: 'key' }).createIndex('written', 'written');
        },
      });
      return new Keeper(database, device, version);
    } catch {
      return undefined;
    }
  }

  #key(spec: Spec, fork: Fork | undefined): string {
    return `${this.#device} ${toAddress({ spec, steps: 0, image: 0, fork })}`;
  }

  /** What is kept of a training that shall go to so many steps; what is damaged or of another version is dropped. */
  async load(spec: Spec, fork: Fork | undefined, steps: number): Promise<Kept | undefined> {
    if (steps < keepFrom) return undefined;
    const key = this.#key(spec, fork);
    const record = await this.#database.get('trainings', key).catch(() => undefined);
    if (!record) return undefined;
    if (record.version === this.#version && record.hash === (await hashOf(record))) return record;
    await this.#delete(key);
    return undefined;
  }

  /** Keeps what has come since the last time, if it is worth it and time for it. */
  async keep(
    spec: Spec,
    fork: Fork | undefined,
    { first, second }: { readonly first: Side; readonly second: Side | undefined },
    resting: boolean,
  ): Promise<void> {
    const key = this.#key(spec, fork);
    const now = {
      key,
      time: performance.now(),
      steps: first.timeline.last,
      second: second?.timeline.last ?? 0,
    };
    const { time, ...was } = this.#last;
    const isKept = was.key === key && was.steps === now.steps && was.second === now.second;
    // While it still catches up with what was kept, that is the better one to keep.
    if (now.steps < keepFrom || isKept || (was.key === key && !resting && now.time - time < keepEvery))
      return;
    this.#last = now;
    const kept = { first: first.keep(mostBytes), second: second?.keep(mostBytes) };
    const record = { ...kept, key, written: Date.now(), version: this.#version, hash: await hashOf(kept) };
    try {
      const { store, done } = this.#database.transaction('trainings', 'readwrite');
      const keys = await store.index('written').getAllKeys();
      const others = keys.filter((each) => each !== key);
      const old = others.slice(0, Math.max(0, others.length - mostTrainings + 1));
      await Promise.all([...old.map((each) => store.delete(each)), store.put(record), done]);
    } catch {
      // No room, or the database is gone: the address still brings the training back.
    }
  }

  /** @returns true if something was kept, which is gone now. */
  async drop(spec: Spec, fork: Fork | undefined): Promise<boolean> {
    const key = this.#key(spec, fork);
    const found = await this.#database.getKey('trainings', key).catch(() => undefined);
    if (found !== undefined) await this.#delete(key);
    return found !== undefined;
  }

  async #delete(key: string): Promise<void> {
    await this.#database.delete('trainings', key).catch(() => {});
  }
}

async function hashOf({ first, second }: Kept): Promise<string> {
  const parts: (string | Uint8Array<ArrayBuffer>)[] = [];
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    parts.push(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength));
  for (const side of second ? [first, second] : [first]) {
    bytes(side.losses);
    parts.push(JSON.stringify(side.scores));
    for (const { net, optimizer, counters, steps, trace } of side.checkpoints) {
      parts.push(
        JSON.stringify([steps, trace, optimizer.kind, optimizer.groups, optimizer.steps, [...counters]]),
      );
      for (const [name, { shape, data }] of [...net, ...optimizer.tensors]) {
        parts.push(JSON.stringify([name, shape]));
        bytes(data);
      }
    }
  }
  const all = await new Blob(parts).arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
