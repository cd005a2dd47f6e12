import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installPackages } from './install.ts';
import { PeerError, type PeerProgram } from './process.ts';

export type Task = 'train' | 'infer' | 'epoch';
export const allTasks: readonly Task[] = ['train', 'infer', 'epoch'];

/** Something else that trains or evaluates the same nets. */
export interface Peer {
  readonly name: string;
  /** The device of ours that it is compared with: the same hardware, the same driver. */
  readonly against: 'wasm' | 'webgpu';
  readonly tasks: readonly Task[];
  /** Nets that it is measured with unless others are asked for: all if absent. */
  readonly cases?: readonly string[];
  /**
   * Finds or installs what it needs. A WebGPU peer takes the adapter that ours takes.
   * @throws PeerError if it cannot be had here.
   */
  readonly program: (adapter: string) => PeerProgram;
}

const worker = (file: string) => join(import.meta.dirname, 'workers', file);
const ourNode = (file: string, ...args: string[]): PeerProgram => ({
  command: process.execPath,
  args: ['--disable-warning=ExperimentalWarning', worker(file), ...args],
});

/** This project's own worker process. */
export function ourProgram(device: 'wasm' | 'webgpu', adapter: string): PeerProgram {
  return ourNode('ours.ts', device, device === 'wasm' ? 'auto' : adapter);
}

const torch = (mode: 'memory' | 'notebook') => () => {
  // A BLAS told to imitate another processor would be no fair rival.
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env;
  for (const command of ['python3', '/usr/bin/python3']) {
    const found = spawnSync(command, ['-c', 'import torch'], { env, stdio: 'ignore', timeout: 60_000 });
    if (found.status === 0) return { command, args: [worker('pytorch.py'), mode], env };
  }
  throw new PeerError('neither python3 nor /usr/bin/python3 has torch; install it (pip install torch)');
};

/** A peer from npm: installed at its first use, then run on this project's Node. */
const fromNpm =
  (file: string, ...args: string[]) =>
  (adapter: string) => {
    installPackages();
    return ourNode(file, ...args, adapter);
  };

function jax(name: string, against: 'wasm' | 'webgpu', ...form: string[]): Peer {
  const program = (adapter: string) => fromNpm('jax.ts', against, ...form)(adapter);
  return { name, against, tasks: ['train', 'infer'], cases: ['medmnist-net'], program };
}

/** Everyone who is compared. */
export const peers: readonly Peer[] = [
  { name: 'pytorch', against: 'wasm', tasks: ['train', 'infer', 'epoch'], program: torch('memory') },
  { name: 'pytorch-notebook', against: 'wasm', tasks: ['epoch'], program: torch('notebook') },
  { name: 'tfjs-wasm', against: 'wasm', tasks: ['train', 'infer'], program: fromNpm('tfjs.ts', 'wasm') },
  {
    name: 'tfjs-cpu',
    against: 'wasm',
    tasks: ['train', 'infer'],
    cases: ['practical-net'],
    program: fromNpm('tfjs.ts', 'cpu'),
  },
  {
    name: 'tfjs-webgpu',
    against: 'webgpu',
    tasks: ['train', 'infer'],
    cases: ['medmnist-net'],
    program: fromNpm('tfjs.ts', 'webgpu'),
  },
  { name: 'onnxruntime', against: 'wasm', tasks: ['infer'], program: fromNpm('onnx.ts') },
  jax('jax-wasm-lax', 'wasm', 'lax', 'as-shipped'),
  jax('jax-wasm-slices', 'wasm', 'slices', 'as-shipped'),
  jax('jax-wasm-slices-threads', 'wasm', 'slices', 'threads'),
  jax('jax-webgpu-lax', 'webgpu', 'lax'),
  jax('jax-webgpu-slices', 'webgpu', 'slices'),
];
