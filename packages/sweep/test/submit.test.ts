import { Job as KubernetesJob } from 'kubernetes-models/batch/v1/Job';
import type { IJobSpec } from 'kubernetes-models/batch/v1/JobSpec';
import { describe, expect, it } from 'vitest';
import { endingOf } from '../src/program.ts';
import { survivors } from '../src/rungs.ts';
import type { Job } from '../src/submit/engine.ts';
import { indexedJob, kubernetes } from '../src/submit/kubernetes.ts';
import { parallel } from '../src/submit/parallel.ts';
import { slurm } from '../src/submit/slurm.ts';

const job: Job = {
  file: '/work of mine/sweep.json',
  out: '/work of mine/out',
  shards: 16,
  rungs: undefined,
  resources: { cpus: 4, memory: 2048, minutes: 90, gpu: false },
  partition: undefined,
  image: undefined,
  volume: undefined,
};

describe('what engines are given', () => {
  it('Slurm: an array, and a merge behind it', () => {
    const { files, commands } = slurm(job);
    expect(files['array.sbatch']).toContain(
      '#SBATCH --array=0-15\n#SBATCH --cpus-per-task=4\n#SBATCH --mem=2048M',
    );
    expect(files['array.sbatch']).toContain(`'/work of mine/sweep.json' '--out=/work of mine/out' &`);
    expect(commands.map(([name, ...args]) => [name, ...args.slice(1)])).toEqual([
      ['sbatch', '/work of mine/out/submit/array.sbatch'],
      [
        'sbatch',
        '--dependency=afterok:{1}',
        '--kill-on-invalid-dep=yes',
        '/work of mine/out/submit/merge.sbatch',
      ],
    ]);
    const gpu = slurm({ ...job, partition: 'a100', resources: { ...job.resources, gpu: true } }).files;
    expect(gpu['array.sbatch']).toContain('#SBATCH --gres=gpu:1\n');
    expect(gpu['merge.sbatch']).toContain('#SBATCH --partition=a100\n');
  });

  it('Slurm: an array for each rung, each after the one before', () => {
    const { files, commands } = slurm({ ...job, rungs: 2 });
    expect(Object.keys(files)).toEqual(['rung-0.sbatch', 'rung-1.sbatch', 'rung-2.sbatch', 'merge.sbatch']);
    expect(files['rung-1.sbatch']).toContain('--rung=1 &');
    expect(commands.map((words) => words.filter((word) => word.includes('afterok')))).toEqual([
      [],
      ['--dependency=afterok:{1}'],
      ['--dependency=afterok:{2}'],
      ['--dependency=afterok:{3}'],
    ]);
  });

  it('GNU parallel: a log with which it goes on, and tries again where that helps', () => {
    const { files, commands } = parallel(job);
    expect(commands[0]).toEqual(
      expect.arrayContaining(['--resume-failed', '--joblog=/work of mine/out/submit/joblog']),
    );
    expect(commands[0].slice(-17)).toEqual([':::', ...Array.from({ length: 16 }, (_, i) => String(i))]);
    expect(files['part.sh']).toContain('GLASSBOX_CORES=4');
    expect(files['part.sh']).toContain('[ $status -ne 75 ] && [ $status -le 128 ]');
  });

  it('Kubernetes: an Indexed Job that tries an index again only where that helps', () => {
    const { spec } = indexedJob({ ...job, image: 'x/glassbox:1', volume: 'shared' });
    expect(spec).toMatchObject({ completionMode: 'Indexed', completions: 16, backoffLimitPerIndex: 5 });
    expect(spec.template.spec.restartPolicy).toBe('Never');
    const [, failing] = spec.podFailurePolicy.rules;
    expect(failing).toMatchObject({ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1, 2] } });
    expect(failing.onExitCodes!.containerName).toBe(spec.template.spec.containers[0].name);
    expect(() => kubernetes(job)).toThrow(/--image NAME and --volume NAME/);
    expect(() => kubernetes({ ...job, image: 'x', volume: 'y' })).toThrow(/below this folder/);
  });

  it.each([false, true])('Kubernetes: what its published schema allows (GPU: %s)', (gpu) => {
    const resources = { ...job.resources, gpu };
    const text = JSON.stringify(indexedJob({ ...job, resources, image: 'x/glassbox:1', volume: 'shared' }));
    const check = (manifest: string) => () => new KubernetesJob(JSON.parse(manifest)).validate();
    expect(check(text)).not.toThrow();
    // It sees what is wrong, at any depth.
    for (const [right, wrong, message] of [
      ['"template":', '"pattern":', 'required property template'],
      ['"completions":16', '"completions":"16"', 'completions must be integer'],
      ['"Indexed"', '"indexed"', 'completionMode must be'],
      ['"args":[', '"args":1,"more":[', 'containers/0/args must be array'],
      ['"operator":"In",', '', 'rules/1/onExitCodes must have required property operator'],
    ]) {
      expect(text).toContain(right);
      expect(check(text.replace(right, wrong))).toThrow(message);
    }
    // Of names the types know all: `indexedJob` is held to them as this is.
    // @ts-expect-error the schema has no such name
    const misspelt = { completion: 16, template: {} } satisfies IJobSpec;
    expect(misspelt).toBeDefined();
  });
});

it.each([
  [0, null, false, 0],
  [1, null, false, 1],
  [2, null, false, 2],
  [75, null, false, 75],
  [130, null, false, 75],
  [141, null, false, 75],
  [134, null, false, 1],
  [null, 'SIGKILL', false, 75],
  [null, 'SIGTERM', false, 75],
  [null, 'SIGKILL', true, 1],
  [null, 'SIGABRT', false, 1],
] as const)(
  'a program that ends with %s %s (memory was short: %s) means status %s',
  (code, signal, starved, status) => {
    expect(endingOf(code, signal, starved)).toMatchObject({
      status,
      reason: expect.stringMatching(status ? /./ : /^$/),
    });
  },
);

it('survivors of a rung: the best, and of equal ones the first', () => {
  const cells = [...'abcdef'];
  const halving = { metric: 'val.auc', keep: 0.33, rungs: [1] } as const;
  expect(survivors(cells, [0.5, 0.9, null, 0.7, 0.9, 0.6], halving)).toEqual(['b', 'e']);
  expect(survivors(cells, [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], halving)).toEqual(['a', 'b']);
  expect(survivors(cells, [0.5, 0.9, null, 0.7, 0.9, 0.6], { ...halving, metric: 'val.loss' })).toEqual([
    'a',
    'f',
  ]);
  expect(survivors(['a'], [null], halving)).toEqual(['a']);
});
