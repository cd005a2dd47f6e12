/** Which process on which system: what tells a living process from another one with its number. In Node only. */
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** The machine's name, in characters that every file system takes. */
export function hostName(): string {
  return hostname()
    .replace(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 100);
}

/**
 * Eight digits for the running system and its space of process numbers: containers have spaces of their own, and
 * perhaps one name. Empty where the system does not tell (no Linux): there the name alone counts.
 */
export function systemId(): string {
  const parts = [
    read(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    read(() => readlinkSync('/proc/self/ns/pid')),
  ];
  if (parts.every((part) => part === undefined)) return '';
  return createHash('sha256').update(parts.join(' ')).digest('hex').slice(0, 8);
}

/**
 * When a process began, in ticks since the system began: with it, a number that is given again is told from its first
 * owner. Undefined if there is no such process, or the system does not tell.
 */
export function processStart(pid: number): string | undefined {
  return statOf(pid)?.[19];
}

/**
 * Whether a process of this system runs.
 * @param start what {@link processStart} said of it; empty if unknown
 */
export function isAlive(pid: number, start: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const stat = statOf(pid);
  // Ended, but its parent has not asked for its status yet.
  if (stat && 'ZX'.includes(stat[0])) return false;
  if (stat && start !== '') return stat[19] === start;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The fields of `/proc/PID/stat` from the third one, behind the name in brackets (proc(5)). */
function statOf(pid: number): string[] | undefined {
  const text = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

function read(what: () => string): string | undefined {
  try {
    return what();
  } catch {
    return undefined;
  }
}
