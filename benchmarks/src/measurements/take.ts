/** Takes measurements: runs the command of each and keeps what pages show of its results. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { UsageError } from '@glassbox/host/command-line';
import { type Run, readResults } from '../results/file.ts';
import { courseRun } from './course.ts';
import { root } from './data.ts';
import { limitsRun } from './limits.ts';
import { medmnistRun } from './medmnist.ts';
import { practicalRun } from './practical.ts';

/** One file of docs/measurements/data. */
export interface Measurement {
  readonly name: string;
  /** Arguments of `npm run bench`; absent for what needs data, and is run by hand. */
  readonly bench?: string;
  /** The file that the command writes. */
  readonly file: string;
}

export const measurements: readonly Measurement[] = [
  { name: 'step', bench: 'step', file: 'step.json' },
  { name: 'sweep', bench: 'step --sweep', file: 'sweep.json' },
  { name: 'kernels', bench: 'kernels --case practical-net', file: 'kernels.json' },
  {
    name: 'limits',
    bench: 'kernels --case practical-net,autoencoder,medmnist-net,resnet18',
    file: 'kernels.json',
  },
  { name: 'host', bench: 'host', file: 'host.json' },
  { name: 'wasm', bench: 'wasm', file: 'wasm.json' },
  { name: 'ladder', bench: 'ladder', file: 'ladder.json' },
  {
    name: 'wide',
    bench: 'peers --peer narrow --task train,infer,matmul --limit 30',
    file: 'peers.json',
  },
  { name: 'peers-pytorch', bench: 'peers --peer pytorch,pytorch-notebook', file: 'peers.json' },
  {
    name: 'peers-nets',
    bench:
      'peers --case resnet18,densenet121,mobilenet_v2,vgg11_bn,vit,unet --peer pytorch --task train --rounds 4',
    file: 'peers.json',
  },
  { name: 'peers-ops', bench: 'peers --peer pytorch --task forward,backward', file: 'peers.json' },
  {
    name: 'peers-wasm',
    bench: 'peers --peer tfjs-wasm,onnxruntime,jax-wasm-slices,jax-wasm-slices-threads --rounds 3',
    file: 'peers.json',
  },
  {
    name: 'peers-webgpu',
    bench: 'peers --peer tfjs-webgpu,jax-webgpu-lax,jax-webgpu-slices --task train --batch 16',
    file: 'peers.json',
  },
  { name: 'stream', bench: 'stream', file: 'stream.json' },
  { name: 'practical', file: 'results.json' },
  { name: 'medmnist', file: 'results.json' },
  { name: 'course', file: 'sweep.json' },
];

/**
 * Runs a measurement's command.
 * @throws UsageError if it is one that has to be run by hand; Error if the command failed.
 */
export function take({ name, bench, file }: Measurement): Run {
  if (!bench) throw new UsageError(`${name}: run ${commandOf(name)}, then give its folder: --from FOLDER`);
  const folder = mkdtempSync(join(tmpdir(), 'glassbox-measurements-'));
  try {
    const program = join(root, 'benchmarks/src/cli.ts');
    const args = ['--disable-warning=ExperimentalWarning', program, ...bench.split(' '), '--out', folder];
    // Tiles that were tuned on this machine are no figure of the project's.
    const env = { ...process.env, GLASSBOX_TILES: 'none' };
    const { status } = spawnSync(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
    if (status !== 0) throw new Error(`npm run bench -- ${bench} failed`);
    return resultsOf(name, join(folder, file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What leaves the results of a measurement that is run by hand. */
export const commandOf = (name: string): string =>
  name === 'course' ? 'npm run sweep -- examples/course.json' : `npm run ${name}`;

/** What is kept of a result file that a command wrote. */
export function resultsOf(name: string, path: string): Run {
  if (name === 'practical') return practicalRun(JSON.parse(readFileSync(path, 'utf8')));
  if (name === 'course') return courseRun(dirname(path));
  if (name === 'medmnist') return medmnistRun(JSON.parse(readFileSync(path, 'utf8')));
  const [run] = readResults<{ readonly stepShare?: number }>(path);
  if (name === 'limits') return limitsRun(run);
  // Of kernels the page shows what the terminal shows: those that matter to a step.
  return { ...run, results: run.results.filter(({ stepShare = 1 }) => stepShare >= 0.01) };
}
