/**
 * Loaded before the program of a cell: ends it when the sweep that started it is gone, so that nobody else has to wait
 * for its run folder, and tells what it used.
 */
import { writeSync } from 'node:fs';
import { exitStatus } from '@glassbox/host/command-line';
import { toldOn, type Used } from './child-pipe.ts';

// The sweep holds the other end. What is unread does not keep this process alive.
process.stdin.once('close', () => process.exit(exitStatus.retry)).resume();
(process.stdin as unknown as { unref?: () => void }).unref?.();

process.once('exit', () => {
  try {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
    const used: Used = { peakBytes: maxRSS * 1024, coreSeconds: (userCPUTime + systemCPUTime) / 1e6 };
    writeSync(toldOn, JSON.stringify(used));
  } catch {
    // Nobody listens any more.
  }
});
