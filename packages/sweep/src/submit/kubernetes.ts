/** What Kubernetes is given: an Indexed Job (batch/v1, Kubernetes 1.33 or later) as JSON. */
import { join, relative } from 'node:path';
import { exitStatus, UsageError } from '@glassbox/host/command-line';
import type { IJob } from 'kubernetes-models/batch/v1/Job';
import { type Job, retries, type Submission } from './engine.ts';

/** Where the volume is mounted: what lies in the folder in which the command is given lies there. */
const mount = '/sweep';

/** @throws UsageError without an image or a volume, and for paths that are not below this folder */
export function kubernetes(job: Job): Submission {
  const { file, out, shards, rungs, image, volume, resources } = job;
  if (image === undefined || volume === undefined) {
    throw new UsageError(
      '--submit kubernetes needs --image NAME and --volume NAME; --help says what they are',
    );
  }
  if (rungs !== undefined) {
    throw new UsageError('Kubernetes runs no job after another one: submit a halving to slurm or parallel');
  }
  const inside = (path: string) => {
    const way = relative(process.cwd(), path).replaceAll('\\', '/');
    if (!way.startsWith('..')) return `${mount}/${way}`;
    throw new UsageError(`${path}: the volume holds what lies below this folder; start the command above it`);
  };
  const manifest = indexedJob({ ...job, image, volume, file: inside(file), out: inside(out) });
  const path = join(out, 'submit', 'job.json');
  return {
    files: { 'job.json': `${JSON.stringify(manifest, undefined, 2)}\n` },
    commands: [['kubectl', 'create', '-f', path]],
    advice:
      `kubectl get job shows the ${shards} parts (${resources.cpus} cores each); when all are done: ` +
      `npm run sweep -- merge ${out}`,
  };
}

/** The manifest. A pod that a retry helps is started again, one that it does not help fails its index at once. */
export function indexedJob(job: Job & { readonly image: string; readonly volume: string }) {
  const { file, out, shards, image, volume, resources } = job;
  const { cpus, memory, minutes, gpu } = resources;
  const asked = {
    cpu: String(cpus),
    memory: `${memory}Mi`,
    ...(gpu ? { 'nvidia.com/gpu': '1' } : {}),
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { generateName: 'glassbox-sweep-' },
    spec: {
      completionMode: 'Indexed',
      completions: shards,
      parallelism: shards,
      backoffLimitPerIndex: retries,
      maxFailedIndexes: shards,
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          {
            action: 'FailIndex',
            onExitCodes: {
              containerName: 'part',
              operator: 'In',
              values: [exitStatus.failed, exitStatus.usage],
            },
          },
        ],
      },
      template: {
        spec: {
          restartPolicy: 'Never',
          activeDeadlineSeconds: minutes * 60,
          containers: [
            {
              name: 'part',
              image,
              args: [file, `--out=${out}`],
              env: [{ name: 'JOB_COMPLETIONS', value: String(shards) }],
              resources: { requests: asked, limits: asked },
              volumeMounts: [{ name: 'sweep', mountPath: mount }],
            },
          ],
          volumes: [{ name: 'sweep', persistentVolumeClaim: { claimName: volume } }],
        },
      },
    },
    // A name that the published schema does not have, or a value of another kind, is an error of types.
  } satisfies IJob;
}
