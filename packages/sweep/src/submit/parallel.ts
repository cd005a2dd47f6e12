/** What GNU parallel is given: a command line, and a script that tries a part again where that helps. */
import { join } from 'node:path';
import { coresGiven } from '@glassbox/host/cores';
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

/** A command for each rung, or one. Machines are named by parallel's own `--sshlogin`. */
export function parallel(job: Job): Submission {
  const { file, out, shards, rungs, resources } = job;
  const folder = join(out, 'submit');
  const { cpus, gpu } = resources;
  const jobs = gpu ? 1 : Math.max(1, Math.floor(coresGiven() / cpus));
  const arrays = rungs === undefined ? [undefined] : Array.from({ length: rungs + 1 }, (_, rung) => rung);
  const script = join(folder, 'part.sh');
  const run = (rung: number | undefined) => [
    'parallel',
    `--jobs=${jobs}`,
    `--joblog=${join(folder, rung === undefined ? 'joblog' : `joblog-${rung}`)}`,
    '--resume-failed',
    '--line-buffer',
    'sh',
    quoted(script),
    ...(rung === undefined ? [] : [`--rung=${rung}`]),
    `--shard={}/${shards}`,
    ':::',
    ...Array.from({ length: shards }, (_, part) => String(part)),
  ];
  return {
    files: {
      'part.sh': [
        '#!/bin/sh',
        ...exports({ ...environment, GLASSBOX_CORES: String(cpus) }),
        `for attempt in $(seq 0 ${retries}); do`,
        `  ${commandLine([...program, file, `--out=${out}`])} "$@"`,
        '  status=$?',
        '  # A retry helps where it was killed, and says so by 75.',
        '  if [ $status -ne 75 ] && [ $status -le 128 ]; then break; fi',
        '  # A program whose part was killed may take a while to see it, and holds the run folder until then.',
        '  sleep $((5 * attempt))',
        'done',
        'exit $status',
        '',
      ].join('\n'),
    },
    commands: [...arrays.map(run), [...program, 'merge', out]],
    advice: 'stopped, the same command goes on',
  };
}
