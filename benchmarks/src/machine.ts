import { spawnSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Where and when figures were taken: without it a figure says nothing. */
export interface Machine {
  readonly date: string;
  /** The commit that was measured, with a + if its sources were changed since; absent outside of a repository. */
  readonly commit?: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly v8: string;
  /** Runnable processes over the last minute, before the benchmark began. */
  readonly load: number;
  /** True if other programs kept the cores busy: then only ratios of interleaved runs mean something. */
  readonly busy: boolean;
}

/** Describes this machine as it is now. */
export function describeMachine(): Machine {
  const cores = availableParallelism();
  const load = loadavg()[0];
  return {
    date: new Date().toISOString(),
    commit: currentCommit(),
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    v8: process.versions.v8,
    load: Math.round(load * 100) / 100,
    busy: load > 0.25 * cores,
  };
}

function currentCommit(): string | undefined {
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).stdout?.trim() || undefined;
  const commit = git('rev-parse', '--short', 'HEAD');
  return commit && git('status', '--porcelain', '--', '*.ts') ? `${commit}+` : commit;
}

/** What figures of a busy machine carry wherever they are shown; undefined on a quiet one. */
export function busyLine({ load, busy }: Machine): string | undefined {
  return busy ? `BUSY, load ${load}: compare only ratios of interleaved runs` : undefined;
}

/** One line for the head of a table. */
export function machineLine(machine: Machine): string {
  const { cpu, cores, platform, node, load } = machine;
  return `${cpu}, ${cores} cores, ${platform}, Node ${node} (${busyLine(machine) ?? `load ${load} before the run`})`;
}
