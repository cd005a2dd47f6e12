import {
  abs,
  add,
  argmax,
  avgPool2d,
  backward,
  batchNorm,
  bceWithLogits,
  concat,
  type Device,
  type Dispatch,
  div,
  dropout,
  exp,
  imageTensor,
  l1Loss,
  log,
  logSoftmax,
  matmul,
  max,
  mul,
  noGrad,
  permute,
  Runtime,
  randomNormal,
  sigmoid,
  slice,
  softmax,
  sqrt,
  tanh,
  tensor,
  variance,
} from '@glassbox/tensor-core';
import type { BenchmarkCase } from '../cases.ts';
import { randomImages } from '../step/data.ts';
import { Training } from '../step/training.ts';
import { RecordingDevice } from './recording-device.ts';

/** A recorded list of kernels with its buffers, on a device of its own. */
export interface KernelList {
  readonly case: string;
  readonly batch: number;
  readonly dispatches: readonly Dispatch[];
  /** What owns the buffers: they are freed once the garbage collector has found it unreachable. */
  readonly owners: readonly unknown[];
}

/** The kernels of one net's training step, in order. */
export function kernelsOfStep(device: Device, benchmark: BenchmarkCase, batch: number): KernelList {
  const recording = new RecordingDevice(device);
  const runtime = new Runtime(recording);
  const training = new Training(runtime, benchmark, randomImages(runtime, 1024, benchmark.side), batch);
  const owners = [training, training.recordTraining()];
  return { case: benchmark.name, batch, dispatches: recording.lists[0], owners };
}

/**
 * Kernels that no net's step has: a matrix product of 512, elementwise functions, reductions, losses and copies at the
 * size of practical-net's first activation.
 */
export function otherKernels(device: Device, batch: number): KernelList {
  const recording = new RecordingDevice(device);
  const runtime = new Runtime(recording);
  const shape = [batch, 16, 14, 14];
  const numbers = (count: number) =>
    Float32Array.from({ length: count }, (_, n) => 0.1 + ((n * 7) % 97) / 97);
  const images = () => imageTensor(runtime, numbers(batch * 16 * 14 * 14), shape);
  const [x, y] = [images().requiresGrad_(), images()];
  const channel = () => tensor(runtime, numbers(16), [16]);
  const square = tensor(runtime, numbers(512 * 512), [512, 512]);
  const logits = tensor(runtime, numbers(batch * 128), [batch, 128]);
  const source = { seed: 1, stream: 1, step: () => 0 };
  const recorded = runtime.record(() => {
    noGrad(() => {
      matmul(square, square);
      matmul(square, square, { transposeB: true });
      matmul(square, square, { transposeA: true });
      for (const f of [exp, log, sqrt, abs]) f(x);
      add(x, y);
      mul(x, tensor(runtime, numbers(16), [16, 1, 1]));
      div(x, y);
      variance(x, { dim: [0, 2, 3] });
      max(x, { dim: 0 });
      softmax(logits);
      logSoftmax(logits);
      argmax(logits);
      concat([x, y], 1);
      slice(x, 1, 4, 12);
      permute(x, [0, 2, 3, 1]);
      randomNormal(runtime, shape, source);
      const statistics = { runningMean: channel(), runningVar: channel() };
      batchNorm(x, { weight: channel(), bias: channel(), ...statistics, training: false });
    });
    backward(
      l1Loss(sigmoid(avgPool2d(dropout(x, 0.2, source), { kernelSize: 2 })), avgPool2d(y, { kernelSize: 2 })),
    );
    backward(bceWithLogits(tanh(x), y));
  });
  const owners = [x, y, square, logits, recorded];
  return { case: 'others', batch, dispatches: recording.lists[0], owners };
}
