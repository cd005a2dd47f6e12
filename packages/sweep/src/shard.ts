/** Which part of a sweep a process does: told by its options, or by the engine that started it. */
import { integer, UsageError } from '@glassbox/host/command-line';

/** The cells whose number in the sweep is `index` modulo `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A part `i/n`, i from 0. @throws UsageError */
export function parseShard(value: string): Shard {
  const [index = '', count = '', ...more] = value.split('/');
  if (more.length > 0 || count === '') throw new UsageError(`--shard ${value}: expected i/n, such as 0/16`);
  const n = integer('--shard', count, 1, 1_000_000);
  return { index: integer('--shard', index, 0, n - 1), count: n };
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The part that the engine asks for: Slurm's array, Kubernetes' Indexed Job, PBS's array, GNU parallel's sequence.
 * Undefined where no engine asks.
 * @param count number of parts (`--shards N`), where the engine does not say it
 * @throws UsageError if the engine does not say how many parts there are, or numbers them beyond
 */
export function shardOf(env: Environment, count?: number): Shard | undefined {
  const found = engineIndex(env);
  if (found === undefined) return undefined;
  const { name, index, of = count } = found;
  if (of === undefined) {
    throw new UsageError(`${name} is ${env[name]}, but of how many? Give --shards N, or --shard i/n`);
  }
  if (!(index >= 0 && index < of)) {
    throw new UsageError(
      `${name} is ${env[name]}, which is none of ${of} parts; number the array from 0 or 1`,
    );
  }
  return { index, count: of };
}

function engineIndex(env: Environment): { name: string; index: number; of?: number } | undefined {
  const value = (name: string) => (/^\d+$/.test(env[name] ?? '') ? Number(env[name]) : undefined);
  const slurm = value('SLURM_ARRAY_TASK_ID');
  if (slurm !== undefined) {
    const of = value('SLURM_ARRAY_TASK_COUNT');
    const index = (slurm - (value('SLURM_ARRAY_TASK_MIN') ?? 0)) / (value('SLURM_ARRAY_TASK_STEP') ?? 1);
    return { name: 'SLURM_ARRAY_TASK_ID', index, ...(of === undefined ? {} : { of }) };
  }
  const pod = value('JOB_COMPLETION_INDEX');
  if (pod !== undefined) {
    const of = value('JOB_COMPLETIONS');
    return { name: 'JOB_COMPLETION_INDEX', index: pod, ...(of === undefined ? {} : { of }) };
  }
  for (const name of ['PBS_ARRAY_INDEX', 'PBS_ARRAYID']) {
    const pbs = value(name);
    if (pbs !== undefined) return { name, index: pbs };
  }
  const parallel = value('PARALLEL_SEQ');
  return parallel === undefined ? undefined : { name: 'PARALLEL_SEQ', index: parallel - 1 };
}

/** The cells of a part, in their order. */
export function cellsOf<T>(cells: readonly T[], { index, count }: Shard): T[] {
  return cells.filter((_, i) => i % count === index);
}
