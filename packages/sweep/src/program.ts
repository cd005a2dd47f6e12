/** Starts the program of a cell and says how it ended. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exitStatus } from '@glassbox/host/command-line';
import { memoryKills } from '@glassbox/host/cores';
import { toldOn, type Used } from './child-pipe.ts';
import type { RunKind } from './file.ts';
import { programOf } from './runs.ts';

/** How a program ended. */
export interface Ending extends Used {
  readonly status: number;
  /** Why, for people; empty if it ended well. */
  readonly reason: string;
}

/** What a program is started with. */
export interface Start {
  readonly run: RunKind;
  readonly args: readonly string[];
  /** Where its relative paths begin. */
  readonly cwd: string;
  /** File that takes what it prints, behind what earlier attempts printed. */
  readonly log: string;
  /** When aborted, the program is asked to end after its step. */
  readonly signal: AbortSignal;
}

/** Of a program that told nothing. */
export const unknown: Used = { peakBytes: 0, coreSeconds: 0 };

const preload = fileURLToPath(new URL('./child.ts', import.meta.url));

/** Runs a program to its end. @throws Error if the log cannot be written or the program cannot be started */
export async function runProgramOf({ run, args, cwd, log, signal }: Start): Promise<Ending> {
  const output = openSync(log, 'a');
  const killedBefore = memoryKills();
  try {
    const flags = ['--disable-warning=ExperimentalWarning', '--import', preload];
    const child = spawn(process.execPath, [...flags, programOf(run), ...args], {
      cwd,
      stdio: ['pipe', output, output, 'pipe'],
    });
    let told = '';
    child.stdio[toldOn]!.on('data', (data) => {
      told += data;
    });
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    const [code, killedBy] = await new Promise<[number | null, NodeJS.Signals | null]>((settle, fail) => {
      child.once('error', fail);
      child.once('close', (...ending) => settle(ending));
    });
    signal.removeEventListener('abort', stop);
    const ending = endingOf(code, killedBy, (memoryKills() ?? 0) > (killedBefore ?? 0));
    const said = ending.reason === '' || killedBy ? '' : lastWords(log);
    const used: Used = told === '' ? unknown : JSON.parse(told);
    return { ...ending, reason: said || ending.reason, ...used };
  } finally {
    closeSync(output);
  }
}

/**
 * What an ending means. A retry helps one that was killed, unless memory was short: the same memory is short again.
 * @param starved whether the system has ended a process of this control group for want of memory meanwhile
 */
export function endingOf(
  code: number | null,
  killedBy: NodeJS.Signals | null,
  starved: boolean,
): Omit<Ending, keyof Used> {
  const memory =
    'it needs more memory than it was given: ask the engine for more, or take a smaller net or size';
  if (killedBy === 'SIGKILL' && starved) return { status: exitStatus.failed, reason: memory };
  // V8 ends so when its heap is full.
  if (killedBy === 'SIGABRT' || code === 134) return { status: exitStatus.failed, reason: memory };
  if (killedBy) return { status: exitStatus.retry, reason: `it was killed by ${killedBy}` };
  if (code === 0) return { status: exitStatus.done, reason: '' };
  if (code === exitStatus.interrupted || (code ?? 0) > 128) {
    return { status: exitStatus.retry, reason: `it was interrupted (status ${code})` };
  }
  return { status: code ?? exitStatus.failed, reason: `it ended with status ${code}` };
}

/** The end of what the program printed: its error. */
function lastWords(log: string): string {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
  return lines.slice(-3).join('\n').slice(-600);
}
