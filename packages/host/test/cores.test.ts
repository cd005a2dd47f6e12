import { describe, expect, it } from 'vitest';
import { type CoreSources, coresGiven, memoryKills } from '../src/cores.ts';

const given = (files: Record<string, string>, env: CoreSources['env'] = {}, available = 64) =>
  coresGiven({ env, available, read: (path) => files[path] });
const group = { '/proc/self/cgroup': '0::/kubepods/pod7/main\n' };

describe('coresGiven', () => {
  it('is what the system shows where nothing else is known', () => {
    expect(given({})).toBe(64);
    expect(given({ '/proc/self/cgroup': '4:cpu:/v1\n' })).toBe(64);
    expect(given({ ...group, '/sys/fs/cgroup/kubepods/pod7/main/cpu.max': 'max 100000\n' })).toBe(64);
    expect(coresGiven()).toBeGreaterThanOrEqual(1);
  });

  it('is the smallest quota of the control groups, rounded down', () => {
    const own = { ...group, '/sys/fs/cgroup/kubepods/pod7/main/cpu.max': '250000 100000\n' };
    expect(given(own)).toBe(2);
    expect(given({ ...own, '/sys/fs/cgroup/kubepods/cpu.max': '150000 100000\n' })).toBe(1);
    expect(given({ ...group, '/sys/fs/cgroup/kubepods/pod7/main/cpu.max': '50000 100000\n' })).toBe(1);
  });

  it('is what Slurm or the environment gave the task', () => {
    expect(given({}, { SLURM_CPUS_PER_TASK: '4', GLASSBOX_CORES: '3' })).toBe(3);
    expect(given({}, { SLURM_CPUS_PER_TASK: '4' })).toBe(4);
    expect(given({}, { SLURM_CPUS_PER_TASK: '128' })).toBe(64);
    expect(given({}, { SLURM_CPUS_PER_TASK: 'all' })).toBe(64);
  });
});

it('memoryKills counts what the system has ended', () => {
  const files: Record<string, string> = {
    ...group,
    '/sys/fs/cgroup/kubepods/pod7/main/memory.events': 'low 0\noom 3\noom_kill 2\noom_group_kill 0\n',
  };
  expect(memoryKills((path) => files[path])).toBe(2);
  expect(memoryKills(() => undefined)).toBeUndefined();
});
