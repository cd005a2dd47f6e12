import type { Runtime } from '@glassbox/tensor-core';
import type { RunProgress } from '../run/progress.ts';
import type { RunStore } from '../run/store.ts';
import type { PracticalData } from './data.ts';
import type { Protocol } from './recipe.ts';
import type { RunWatcher } from './watch.ts';

/** What every task needs. */
export interface TaskContext {
  readonly runtime: Runtime;
  readonly folder: RunStore;
  readonly data: PracticalData;
  readonly protocol: Protocol;
  /** Aborted by Ctrl-C: the running step is finished, then everything stops. */
  readonly signal: AbortSignal;
  /** Which training of how many, and the time left. */
  readonly progress: RunProgress;
  /** A line for the terminal. */
  readonly note: (line: string) => void;
  /** Looks on while it trains. */
  readonly watch?: RunWatcher;
}

/** The run was stopped by the user; what was finished is kept. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}
