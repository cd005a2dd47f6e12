import { existsSync } from 'node:fs';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError, writeError } from '@glassbox/files';

/** Calls in this process that are under way, by file. */
const running = new Map<string, Promise<void>>();

/** A lock that has not been touched for this long belongs to a machine that died. */
const abandonedMs = 120_000;
const touchMs = 20_000;
const pollMs = 250;

/**
 * Runs `work` while holding `FILE.part.lock`. Where another call or process is already at it, waits for that one
 * instead; if it fails, takes over.
 */
export async function withDownloadLock(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const other = running.get(file);
  if (other) return other;
  const mine = lockAndRun(file, signal, work).finally(() => running.delete(file));
  running.set(file, mine);
  return mine;
}

async function lockAndRun(
  file: string,
  signal: AbortSignal | undefined,
  work: () => Promise<void>,
): Promise<void> {
  const lock = `${file}.part.lock`;
  while (!(await take(lock))) {
    if (signal?.aborted) {
      throw new DataError(
        file,
        'waiting for another download of it was interrupted',
        'Run the same command again.',
      );
    }
    await sleep(pollMs);
    if (existsSync(file)) return;
  }
  const touching = setInterval(() => {
    utimes(lock, new Date(), new Date()).catch(() => {});
  }, touchMs);
  touching.unref();
  try {
    await work();
  } finally {
    clearInterval(touching);
    await rm(lock, { force: true });
  }
}

/** Creates the lock; false when somebody alive holds it. Removes locks of the dead. */
async function take(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx');
    await handle.writeFile(`${process.pid} ${hostname()}\n`);
    await handle.close();
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(lock, cause);
  }
  if (await isAlive(lock)) return false;
  await rm(lock, { force: true });
  return false;
}

async function isAlive(lock: string): Promise<boolean> {
  try {
    const [pid, host] = (await readFile(lock, 'utf8')).trim().split(' ');
    const age = Date.now() - (await stat(lock)).mtimeMs;
    if (age > abandonedMs) return false;
    if (host !== hostname() || !/^\d+$/.test(pid)) return true;
    // This process would be in `running`: a lock with its number is left over from an earlier one.
    if (Number(pid) === process.pid) return false;
    process.kill(Number(pid), 0);
    return true;
  } catch (cause) {
    // EPERM: it lives, under another user. ESRCH: it is dead. ENOENT: the lock has just gone.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
