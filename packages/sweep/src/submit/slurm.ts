/** What Slurm is given: an array, one for each rung, and the merge behind them. */
import { join } from 'node:path';
import {
  commandLine,
  environment,
  exports,
  type Job,
  program,
  quoted,
  retries,
  type Submission,
} from './engine.ts';

/** Scripts for `sbatch`, and the commands that submit them. */
export function slurm(job: Job): Submission {
  const { out, rungs } = job;
  const folder = join(out, 'submit');
  const arrays = rungs === undefined ? [undefined] : Array.from({ length: rungs + 1 }, (_, rung) => rung);
  const nameOf = (rung: number | undefined) => (rung === undefined ? 'array.sbatch' : `rung-${rung}.sbatch`);
  const after = (i: number) => (i === 0 ? [] : [`--dependency=afterok:{${i}}`, '--kill-on-invalid-dep=yes']);
  return {
    files: {
      ...Object.fromEntries(arrays.map((rung) => [nameOf(rung), arrayScript(job, rung)])),
      'merge.sbatch': mergeScript(job),
    },
    commands: [
      ...arrays.map((rung, i) => ['sbatch', '--parsable', ...after(i), join(folder, nameOf(rung))]),
      ['sbatch', '--parsable', ...after(arrays.length), join(folder, 'merge.sbatch')],
    ],
    advice: 'squeue shows the parts; the merge begins when all of them are done',
  };
}

function head(job: Job, name: string, lines: readonly string[]): string[] {
  const { out, partition } = job;
  return [
    '#!/bin/sh',
    `#SBATCH --job-name=${name}`,
    ...lines.map((line) => `#SBATCH ${line}`),
    ...(partition === undefined ? [] : [`#SBATCH --partition=${partition}`]),
    '#SBATCH --ntasks=1',
    '#SBATCH --open-mode=append',
    `#SBATCH --output=${quoted(join(out, 'submit', `${name}-%${name === 'glassbox' ? 'A_%a' : 'j'}.log`))}`,
  ];
}

/** The part ends with TERM two minutes before its time is up, keeps its last epoch, and is queued again. */
function arrayScript(job: Job, rung: number | undefined): string {
  const { file, out, shards, resources } = job;
  const { cpus, memory, minutes, gpu } = resources;
  const asked = rung === undefined ? [] : [`--rung=${rung}`];
  return [
    ...head(job, 'glassbox', [
      `--array=0-${shards - 1}`,
      `--cpus-per-task=${cpus}`,
      `--mem=${memory}M`,
      `--time=${minutes}`,
      ...(gpu ? ['--gres=gpu:1'] : []),
      '--requeue',
      '--signal=B:TERM@120',
    ]),
    '',
    ...exports(environment),
    `${commandLine([...program, file, `--out=${out}`, ...asked])} &`,
    'part=$!',
    "trap 'kill -TERM $part' TERM",
    'wait $part',
    'status=$?',
    '# A signal ends wait, not the part.',
    'while kill -0 $part 2>/dev/null; do wait $part; status=$?; done',
    '# A retry helps: queued again, it goes on with its last epoch.',
    'if [ $status -eq 75 ] || [ $status -gt 128 ]; then',
    `  if [ "\${SLURM_RESTART_COUNT:-0}" -lt ${retries} ]; then`,
    '    scontrol requeue "$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID" && sleep 60',
    '  fi',
    'fi',
    'exit $status',
    '',
  ].join('\n');
}

function mergeScript(job: Job): string {
  const lines = ['--cpus-per-task=1', '--mem=2048M', '--time=60'];
  return [
    ...head(job, 'glassbox-merge', lines),
    '',
    ...exports(environment),
    `exec ${commandLine([...program, 'merge', job.out])}`,
    '',
  ].join('\n');
}
