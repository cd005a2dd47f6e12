/** How many processor cores this process was given. In Node only. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/** Where a process learns what it was given: the real ones, unless a test names others. */
export interface CoreSources {
  /** Variables of the environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Cores that the system lets the process run on. */
  readonly available: number;
  /** The text of a file; undefined if it cannot be read. */
  readonly read: (path: string) => string | undefined;
}

const real: CoreSources = {
  get env() {
    return process.env;
  },
  get available() {
    return availableParallelism();
  },
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  },
};

/**
 * Cores that the process was given: the smallest of what the system shows (Slurm and containers may pin processes), the
 * quotas of its control groups (cgroup v2, rounded down, at least 1), `SLURM_CPUS_PER_TASK`, and `GLASSBOX_CORES`.
 */
export function coresGiven({ env, available, read }: CoreSources = real): number {
  const limits = [
    available,
    wholeNumber(env.SLURM_CPUS_PER_TASK),
    wholeNumber(env.GLASSBOX_CORES),
    ...cgroupCores(read),
  ];
  return Math.max(1, Math.floor(Math.min(...limits.filter((limit) => limit !== undefined))));
}

function wholeNumber(asked: string | undefined): number | undefined {
  return asked !== undefined && /^[1-9]\d*$/.test(asked) ? Number(asked) : undefined;
}

/** The quota of the process's control group and of each above it: microseconds of a core in a period. */
function cgroupCores(read: CoreSources['read']): number[] {
  return cgroupFiles(read, 'cpu.max').flatMap((text) => {
    const [quota, period] = text.trim().split(' ').map(Number);
    return quota > 0 && period > 0 ? [quota / period] : [];
  });
}

/**
 * How many processes of this control group the system has ended for want of memory; undefined where it does not tell.
 */
export function memoryKills(read: CoreSources['read'] = real.read): number | undefined {
  const counts = cgroupFiles(read, 'memory.events').flatMap((text) => {
    const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
    return count === undefined ? [] : [Number(count)];
  });
  return counts.length === 0 ? undefined : Math.max(...counts);
}

/** A file of the process's control group (version 2) and of each above it, the nearest first. */
function cgroupFiles(read: CoreSources['read'], name: string): string[] {
  const own = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1];
  if (own === undefined) return [];
  const texts: string[] = [];
  for (let path = own; ; path = dirname(path)) {
    const text = read(join('/sys/fs/cgroup', path, name));
    if (text !== undefined) texts.push(text);
    if (path === '/') return texts;
  }
}
