import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Claim, ClaimLostError, describeHolder, staleSeconds } from '../src/claim.ts';
import { hostName, isAlive, processStart, systemId } from '../src/process-identity.ts';

const root = mkdtempSync(join(tmpdir(), 'glassbox-claim-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folder: string;
let path: string;
let log: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'x'));
  path = join(folder, 'claim');
  log = join(folder, 'log');
});

const child = (times: number, ...hold: 'hold'[]): ChildProcess =>
  spawn(process.execPath, [join(import.meta.dirname, 'claim-child.ts'), path, log, String(times), ...hold], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
const ended = (process: ChildProcess) => new Promise((settle) => process.once('close', settle));
const lines = () => (existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : []);

async function killedHolder(): Promise<number> {
  const holder = child(1, 'hold');
  while (lines().length === 0) await pause(5);
  holder.kill('SIGKILL');
  await ended(holder);
  return holder.pid!;
}

/** A claim whose holder is another one: only what its file is called and its time count. */
function hold(name: string, secondsAgo: number): void {
  mkdirSync(path);
  writeFileSync(join(path, name), '');
  const time = Date.now() / 1000 - secondsAgo;
  utimesSync(join(path, name), time, time);
}

describe('a claim', () => {
  it('is held by one, and free again after it', () => {
    const first = Claim.take(path) as Claim;
    expect(Claim.take(path)).toMatchObject({ pid: process.pid, host: hostName(), sameHost: true });
    expect(Claim.holder(path)).toMatchObject({ pid: process.pid });
    first.release();
    first.release();
    expect(Claim.holder(path)).toBeUndefined();
    expect(readdirSync(folder)).toEqual([]);
    const second = Claim.take(path) as Claim;
    expect(second.takenOver).toBe(false);
    second.release();
  });

  it.runIf(process.platform === 'linux')('of a killed process is taken over at once', async () => {
    const dead = await killedHolder();
    expect(isAlive(dead, '')).toBe(false);
    const claim = Claim.take(path) as Claim;
    expect(claim.takenOver).toBe(true);
    claim.release();
    expect(readdirSync(folder)).toEqual(['log']);
  });

  it.runIf(process.platform === 'linux')('is not that of another process with the same number', () => {
    hold(`${hostName()}~${systemId()}~${process.pid}~${processStart(process.pid)}~a`, 1e6);
    expect(Claim.take(path)).toMatchObject({ pid: process.pid });
    const [name] = readdirSync(path);
    renameSync(join(path, name), join(path, `${hostName()}~${systemId()}~${process.pid}~1~a`));
    const claim = Claim.take(path) as Claim;
    expect(claim.takenOver).toBe(true);
    claim.release();
  });

  it('of another host is taken over when it was silent for long, and not before', () => {
    hold('far-away~0123abcd~17~1~a', staleSeconds - 60);
    const holder = Claim.take(path);
    expect(holder).toMatchObject({ host: 'far-away', pid: 17, sameHost: false });
    expect(describeHolder(holder as never)).toMatch(/^process 17 on far-away, .* try again in (60|61) s\)$/);
    rmSync(path, { recursive: true });
    hold('far-away~0123abcd~17~1~a', staleSeconds + 1);
    const claim = Claim.take(path) as Claim;
    expect(claim.takenOver).toBe(true);
    claim.check();
    // As another host does that takes this one for dead.
    renameSync(join(path, readdirSync(path)[0]), join(path, 'other~0123abcd~17~1~b'));
    expect(() => claim.check()).toThrow(ClaimLostError);
    claim.release();
    expect(readdirSync(path)).toEqual(['other~0123abcd~17~1~b']);
  });

  it('says what is no claim', () => {
    mkdirSync(path);
    writeFileSync(join(path, 'notes.txt'), '');
    expect(() => Claim.take(path)).toThrow(/is no claim that this program knows/);
    expect(readdirSync(folder)).toEqual(['claim']);
  });

  it.runIf(process.platform === 'linux')('is never held by two, also while holders are killed', async () => {
    const workers = Array.from({ length: 4 }, () => child(100_000));
    const killed = new Set<number>();
    const started = Date.now();
    while (Date.now() - started < 3000) {
      await pause(100);
      const holding = Number(
        lines()
          .at(-1)
          ?.match(/^in (\d+)/)?.[1],
      );
      const at = Math.max(
        0,
        workers.findIndex(({ pid }) => pid === holding),
      );
      killed.add(workers[at].pid!);
      workers[at].kill('SIGKILL');
      workers[at] = child(100_000);
    }
    // None of them ended by itself.
    expect(workers.map(({ exitCode }) => exitCode)).toEqual([null, null, null, null]);
    const all = Promise.all(workers.map(ended));
    for (const worker of workers) worker.kill('SIGKILL');
    await all;
    let holder: number | undefined;
    let [taken, over] = [0, 0];
    for (const line of lines()) {
      const [what, pid] = line.split(' ');
      if (what === 'in') {
        if (holder !== undefined) expect(killed.has(holder)).toBe(true);
        holder = Number(pid);
        taken++;
        if (line.includes('dead')) over++;
      } else {
        expect(Number(pid)).toBe(holder);
        holder = undefined;
      }
    }
    expect(taken).toBeGreaterThan(10);
    expect(over).toBeGreaterThan(0);
  });
});
