import { readdirSync } from 'node:fs';
import type { Device } from '@glassbox/tensor-core';

/** What a process and its device hold. */
export interface MemoryUse {
  /** Steps, or devices, so far. */
  readonly done: number;
  /** Buffers of the device, and their bytes. */
  readonly buffers: number;
  readonly bytes: number;
  /** Bytes of JavaScript objects. */
  readonly heap: number;
  /** Bytes of array buffers and what else V8 knows of outside of its heap. */
  readonly external: number;
  /** Bytes of the whole process, the driver included. */
  readonly resident: number;
  /** Threads and open files of the process; 0 where the system does not say. */
  readonly threads: number;
  readonly files: number;
  /** What was computed. */
  readonly loss: number;
}

export function memoryUse(done: number, { memory }: Device): Omit<MemoryUse, 'loss'> {
  const { heapUsed, external, rss } = process.memoryUsage();
  const entries = (folder: string) => (process.platform === 'linux' ? readdirSync(folder).length : 0);
  return {
    done,
    ...memory,
    heap: heapUsed,
    external,
    resident: rss,
    threads: entries('/proc/self/task'),
    files: entries('/proc/self/fd'),
  };
}

/** Gives it to the process that reads ours. */
export function say(what: MemoryUse): void {
  console.log(JSON.stringify(what));
}
