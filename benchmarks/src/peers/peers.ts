import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { DeviceName } from '@glassbox/tensor-core';
import { installPackages } from './install.ts';
import { type Pass, passes } from './ops.ts';
import { PeerError, type PeerProgram } from './process.ts';

/** Steps of a net, a product of 512 x 512 matrices on one thread, whole epochs, passes of single operations. */
export type Task = 'train' | 'infer' | 'matmul' | 'epoch' | Pass;
/** Those that are measured unless others are asked for. */
export const usualTasks: readonly Task[] = ['train', 'infer', 'matmul', 'epoch'];
export const allTasks: readonly Task[] = [...usualTasks, ...passes];

/** Something else that trains or evaluates the same nets. */
export interface Peer {
  readonly name: string;
  /** The device of ours that it is compared with: the same hardware, the same driver. */
  readonly against: DeviceName;
  readonly tasks: readonly Task[];
  /** Nets that it is measured with unless others are asked for: all if absent. */
  readonly cases?: readonly string[];
  /** True if it can start from our weights and say the losses of its first steps: they must be ours. */
  readonly saysLosses?: boolean;
  /**
   * Finds or installs what it needs, in one form or several, of which the fastest competes. A WebGPU peer takes the
   * adapter that ours takes.
   * @throws PeerError if it cannot be had here.
   */
  readonly programs: (adapter: string, threads: number) => readonly PeerProgram[];
}

const worker = (file: string) => join(import.meta.dirname, 'workers', file);
const ourNode = (file: string, ...args: string[]): PeerProgram => ({
  command: process.execPath,
  args: ['--disable-warning=ExperimentalWarning', worker(file), ...args],
});

/** This project's own worker process. */
export function ourProgram(device: DeviceName, adapter: string): PeerProgram {
  return ourNode('ours.ts', device, adapter);
}

const torch = (mode: 'memory' | 'notebook') => (_adapter: string, threads: number) => {
  // A BLAS told to imitate another processor would be no fair rival. And its threads are its own: PyTorch's
  // `set_num_threads` does not reach them.
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...rest } = process.env;
  const count = String(threads);
  const env = { ...rest, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count, OMP_NUM_THREADS: count };
  for (const command of ['python3', '/usr/bin/python3']) {
    const found = spawnSync(command, ['-c', 'import torch'], { env, stdio: 'ignore', timeout: 60_000 });
    if (found.status !== 0) continue;
    const program = { command, args: [worker('pytorch.py'), mode], env };
    // Its threads wait for each other by spinning. Where another program has one of the cores, that makes a step
    // 20 times slower; threads that sleep meanwhile do not mind.
    return [program, { ...program, env: { ...env, OMP_WAIT_POLICY: 'passive' } }];
  }
  throw new PeerError('neither python3 nor /usr/bin/python3 has torch; install it (pip install torch)');
};

/** A peer from npm: installed at its first use, then run on this project's Node. */
const fromNpm =
  (file: string, ...args: string[]) =>
  (adapter: string) => {
    installPackages();
    return [ourNode(file, ...args, adapter)];
  };

function jax(name: string, against: DeviceName, ...form: string[]): Peer {
  const programs = fromNpm('jax.ts', against, ...form);
  return { name, against, tasks: ['train', 'infer'], cases: ['medmnist-net'], programs };
}

/** A peer that computes with WebGPU on this project's own, beside our `wasm` device on the same threads. */
function onOurWebGpu(name: string, file: string, ...args: string[]): Peer {
  const programs = () => {
    installPackages();
    return [ourNode(file, 'webgpu', ...args, 'webgpu-cpu')];
  };
  return { name, against: 'wasm', tasks: ['train', 'infer'], cases: ['medmnist-net'], programs };
}

/** The nets of the project: what peers are measured with that have no other. */
const ownNets = ['practical-net', 'autoencoder', 'medmnist-net'];

/** Everyone who is compared. */
export const peers: readonly Peer[] = [
  {
    name: 'pytorch',
    against: 'wasm',
    tasks: allTasks,
    saysLosses: true,
    programs: torch('memory'),
  },
  { name: 'pytorch-notebook', against: 'wasm', tasks: ['epoch'], programs: torch('notebook') },
  {
    // This project itself, without operations of 256 bits: what they gain.
    name: 'narrow',
    against: 'wasm',
    tasks: ['train', 'infer', 'matmul', ...passes],
    programs: (adapter) => [
      { ...ourProgram('wasm', adapter), env: { ...process.env, GLASSBOX_WIDE: 'off' } },
    ],
  },
  {
    name: 'tfjs-wasm',
    against: 'wasm',
    tasks: ['train', 'infer'],
    cases: ownNets,
    programs: fromNpm('tfjs.ts', 'wasm'),
  },
  {
    name: 'tfjs-cpu',
    against: 'wasm',
    tasks: ['train', 'infer'],
    cases: ['practical-net'],
    programs: fromNpm('tfjs.ts', 'cpu'),
  },
  {
    name: 'tfjs-webgpu',
    against: 'webgpu',
    tasks: ['train', 'infer'],
    cases: ['medmnist-net'],
    programs: fromNpm('tfjs.ts', 'webgpu'),
  },
  {
    name: 'onnxruntime',
    against: 'wasm',
    tasks: ['infer'],
    cases: ownNets,
    programs: fromNpm('onnx.ts'),
  },
  jax('jax-wasm-lax', 'wasm', 'lax', 'as-shipped'),
  jax('jax-wasm-slices', 'wasm', 'slices', 'as-shipped'),
  jax('jax-wasm-slices-threads', 'wasm', 'slices', 'threads'),
  jax('jax-webgpu-lax', 'webgpu', 'lax'),
  jax('jax-webgpu-slices', 'webgpu', 'slices'),
  onOurWebGpu('tfjs-webgpu-cpu', 'tfjs.ts'),
  onOurWebGpu('jax-webgpu-cpu-lax', 'jax.ts', 'lax'),
  onOurWebGpu('jax-webgpu-cpu-slices', 'jax.ts', 'slices'),
];
