/** A Slurm of its own on loopback: munged, slurmctld, and several slurmd on this machine. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A running cluster. */
export interface Cluster {
  /** What Slurm's commands need in their environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly nodes: readonly string[];
  /** Runs a command of Slurm. @returns what it prints */
  slurm(command: string, ...args: string[]): string;
  stop(): Promise<void>;
}

const engines = {
  slurm: { programs: ['slurmctld', 'slurmd', 'sbatch', 'munged'], packages: ['slurm-wlm', 'munge'] },
  parallel: { programs: ['parallel'], packages: ['parallel'] },
};

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** @throws Error that says what is missing, where it cannot be installed */
export function installTools(wanted: readonly (keyof typeof engines)[], note: (line: string) => void): void {
  const programs = wanted.flatMap((engine) => engines[engine].programs);
  const packages = wanted.flatMap((engine) => engines[engine].packages);
  const missing = programs.filter((program) => !has(program));
  if (missing.length === 0) return;
  note(`${missing.join(', ')} missing: apt-get install ${packages.join(' ')}`);
  const args = ['install', '-y', '--no-install-recommends', ...packages];
  const done = has('apt-get') && process.getuid?.() === 0 ? spawnSync('apt-get', args) : undefined;
  if (done?.status === 0 && programs.every(has)) return;
  throw new Error(
    `${missing.join(', ')} cannot be installed here; install the packages ${packages.join(', ')}`,
  );
}

function configuration(folder: string, nodes: readonly string[], cores: number): string {
  const lines = {
    ClusterName: 'glassbox',
    SlurmctldHost: `${hostname()}(127.0.0.1)`,
    SlurmctldPort: '16817',
    AuthType: 'auth/munge',
    // A job that is queued again waits until its credential has expired.
    AuthInfo: `socket=${join(folder, 'munge.socket')},cred_expire=15`,
    CredType: 'cred/munge',
    SlurmUser: 'root',
    SlurmdUser: 'root',
    StateSaveLocation: join(folder, 'state'),
    SlurmdSpoolDir: join(folder, 'spool-%n'),
    SlurmctldPidFile: join(folder, 'slurmctld.pid'),
    SlurmdPidFile: join(folder, 'slurmd-%n.pid'),
    SlurmctldLogFile: join(folder, 'slurmctld.log'),
    SlurmdLogFile: join(folder, 'slurmd-%n.log'),
    SlurmdParameters: 'config_overrides',
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core',
    SwitchType: 'switch/none',
    MpiDefault: 'none',
    ReturnToService: '2',
    JobRequeue: '1',
    MinJobAge: '3600',
    AccountingStorageType: 'accounting_storage/none',
    JobCompType: 'jobcomp/none',
  };
  return [
    ...Object.entries(lines).map(([name, value]) => `${name}=${value}`),
    ...nodes.map(
      (name, i) =>
        `NodeName=${name} NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${17001 + i} CPUs=${cores} ` +
        'RealMemory=64000 State=UNKNOWN',
    ),
    `PartitionName=all Nodes=${nodes.join(',')} Default=YES MaxTime=INFINITE State=UP`,
    '',
  ].join('\n');
}

/** Starts a cluster whose nodes run so many tasks of one core at once. */
export async function startCluster(
  folder: string,
  nodes: readonly string[],
  cores: number,
): Promise<Cluster> {
  for (const name of ['state', ...nodes.map((node) => `spool-${node}`)]) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  const file = (name: string) => join(folder, name);
  writeFileSync(file('slurm.conf'), configuration(folder, nodes, cores));
  writeFileSync(file('munge.key'), randomBytes(128), { mode: 0o400 });
  const env = { ...process.env, SLURM_CONF: file('slurm.conf') };
  const daemons: ChildProcess[] = [];
  const start = (program: string, ...args: string[]) => {
    daemons.push(spawn(program, args, { env, stdio: 'ignore' }));
  };
  const munge = ['key-file', 'socket', 'pid-file', 'log-file', 'seed-file'].map(
    (name) => `--${name}=${file(`munge.${name.replace('-file', '')}`)}`,
  );
  start('munged', '--foreground', '--force', ...munge);
  await pause(1000);
  start('slurmctld', '-D', '-f', file('slurm.conf'));
  await pause(2000);
  for (const node of nodes) start('slurmd', '-D', '-N', node, '-f', file('slurm.conf'));
  const slurm = (command: string, ...args: string[]) =>
    execFileSync(command, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const cluster: Cluster = {
    env,
    nodes,
    slurm,
    stop: async () => {
      for (const daemon of daemons.reverse()) {
        daemon.kill('SIGTERM');
        await pause(300);
        daemon.kill('SIGKILL');
      }
    },
  };
  for (let second = 0; second < 60; second++) {
    const idle = spawnSync('sinfo', ['-h', '-N', '-o', '%T'], { env, encoding: 'utf8' }).stdout ?? '';
    if (idle.match(/idle/g)?.length === nodes.length) return cluster;
    await pause(1000);
  }
  await cluster.stop();
  throw new Error(`Slurm did not start within a minute; ${folder} holds its logs`);
}
