/** Rates of the wasm device's code on one thread beside what bounds them, measured in turns in processor time. */
import {
  conv2d,
  type Device,
  type Dispatch,
  imageTensor,
  matmul,
  noGrad,
  Runtime,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core';
import { type Kernel, type KernelText, linearKernel, reads, readsWrites } from '@glassbox/wgsl-kernels';
import { RecordingDevice } from '../kernels/recording-device.ts';
import { chainCounts, multiplyAdds, multiplyAddsWords } from '../kernels/roofline.ts';
import { median } from '../statistics.ts';
import type { Precision } from '../timing.ts';
import { inTurns, processorTime, ratios, repeated, type Work } from './in-turns.ts';

/** Two rates and their ratio in each turn. */
export interface Compared {
  /** Worth a second: the median, and the fastest turn. */
  readonly rate: number;
  readonly fastest: number;
  /** What it is measured beside. */
  readonly beside: number;
  readonly ratios: readonly number[];
}

async function compare(work: Work, beside: Work, precision: Precision): Promise<Compared> {
  const [ours, theirs] = await inTurns([work, beside], precision, processorTime);
  return {
    rate: median(ours),
    fastest: Math.max(...ours),
    beside: median(theirs),
    ratios: ratios(ours, theirs),
  };
}

/** A kernel over fresh buffers; `words` are their sizes, all filled with numbers between 0.1 and 1.1. */
function bound(device: Device, kernel: Kernel, words: readonly number[]): Dispatch {
  const views = words.map((count) => {
    const buffer = device.createBuffer(4 * count, kernel.name);
    device.write(
      buffer,
      0,
      Float32Array.from({ length: count }, (_, n) => 0.1 + (n % 97) / 97),
    );
    return { buffer, offset: 0, size: buffer.bytes };
  });
  return { kernel: device.prepare(kernel), views };
}

/** Multiply-adds in registers alone: of several numbers of chains the fastest. Worth: FLOP. */
async function peak(device: Device): Promise<Work> {
  const works: Work[] = [];
  for (const chains of chainCounts) {
    const kernel = multiplyAdds(chains, device.machine);
    works.push(
      await repeated(device, [bound(device, kernel, [8, multiplyAddsWords(device.machine)])], kernel.flop),
    );
  }
  const rates = (await inTurns(works, { seconds: 0.3, within: 0.01 }, processorTime)).map((turns) =>
    Math.max(...turns),
  );
  return works[rates.indexOf(Math.max(...rates))];
}

/** Dispatches against the peak in FLOP a second. `flop`: unless given, what their kernels do. */
export async function againstPeak(
  device: Device,
  dispatches: readonly Dispatch[],
  precision: Precision,
  flop = dispatches.reduce((sum, { kernel }) => sum + kernel.kernel.flop, 0),
): Promise<Compared> {
  return compare(await repeated(device, dispatches, flop), await peak(device), precision);
}

/** What an op dispatches. */
export interface OpDispatches {
  readonly dispatches: readonly Dispatch[];
  /** What owns the buffers. */
  readonly owners: readonly unknown[];
}

function dispatchesOf(
  device: Device,
  operands: (runtime: Runtime) => Tensor[],
  op: (...operands: Tensor[]) => Tensor,
): OpDispatches {
  const recording = new RecordingDevice(device);
  const runtime = new Runtime(recording);
  const made = operands(runtime);
  const recorded = runtime.record(() => noGrad(() => op(...made)));
  return { dispatches: recording.lists[0], owners: [made, recorded] };
}

const numbers = (shape: readonly number[]) =>
  Float32Array.from(
    { length: shape.reduce((product, size) => product * size) },
    (_, n) => 0.1 + (n % 97) / 97,
  );

/** `[512,512] x [512,512]`. */
export function matmul512(device: Device): OpDispatches {
  const shape = [512, 512];
  return dispatchesOf(
    device,
    (runtime) => [tensor(runtime, numbers(shape), shape)],
    (square) => matmul(square, square),
  );
}

/** A convolution without padding of `[N,C,H,W]` with `[K,C,R,S]`, in whatever form the op chooses. */
export function convolution(
  device: Device,
  images: readonly number[],
  filters: readonly number[],
): OpDispatches {
  return dispatchesOf(
    device,
    (runtime) => [imageTensor(runtime, numbers(images), images), tensor(runtime, numbers(filters), filters)],
    (x, weight) => conv2d(x, weight, null),
  );
}

/** vec4s that one invocation of an elementwise kernel computes. */
const vectorsEach = 16;

/** `y[v] = expression of x[v]`, elementwise on vec4. */
function elementwise(expression: string, vectors: number, flopEach: number): Kernel {
  const text: KernelText = {
    name: 'elementwise',
    about: `y = ${expression}; one invocation does ${vectorsEach} vec4s that lie side by side.`,
    bindings: [reads('x', 'array<vec4<f32>>'), readsWrites('y', 'array<vec4<f32>>')],
    invocations: vectors / vectorsEach,
    workgroupSize: 1,
    body: `
for (var v = i * ${vectorsEach}u; v < (i + 1u) * ${vectorsEach}u; v++) {
  y[v] = ${expression};
}`,
    flop: flopEach * 4 * vectors,
    bytes: 32 * vectors,
  };
  return linearKernel(text);
}

/** `y = 2 x` on 64 MiB against the engine's own copy of as many bytes. Worth: bytes, read and written. */
export async function againstMemory(device: Device, precision: Precision): Promise<Compared> {
  const words = 8 << 20;
  const kernel = elementwise('2.0 * x[v]', words / 4, 1);
  const work = await repeated(device, [bound(device, kernel, [words, words])], kernel.bytes);
  const from = new Float32Array(words).fill(1);
  const to = new Float32Array(words);
  return compare(work, { run: () => to.set(from), worth: 8 * words }, precision);
}

/** A function of WGSL against the same one of `Math`, on 64 Ki numbers in cache. Worth: numbers. */
export async function againstMath(
  device: Device,
  name: 'exp' | 'log',
  precision: Precision,
): Promise<Compared> {
  const words = 1 << 16;
  const kernel = elementwise(`${name}(x[v])`, words / 4, 1);
  const work = await repeated(device, [bound(device, kernel, [words, words])], words);
  const from = Float32Array.from({ length: words }, (_, n) => 0.1 + (n % 97) / 97);
  const to = new Float32Array(words);
  // Loops of their own: one that calls either function would not be inlined.
  const loops = {
    exp: () => {
      for (let n = 0; n < words; n++) to[n] = Math.exp(from[n]);
    },
    log: () => {
      for (let n = 0; n < words; n++) to[n] = Math.log(from[n]);
    },
  };
  return compare(work, { run: loops[name], worth: words }, precision);
}
