import {
  conv2dOutputSize,
  convTranspose2dOutputSize,
  elementCount,
  imageLayout,
  pool2dOutputSize,
  rowMajor,
} from '@glassbox/wgsl-kernels';
import fc from 'fast-check';
import { backward, noGrad } from '../../src/autograd.ts';
import { type Step, step } from '../../src/fusions/steps.ts';
import type { StepName } from '../../src/fusions/table.ts';
import type { Runtime } from '../../src/index.ts';
import { type Tensor, tensor } from '../../src/tensor.ts';
import { kernelsOf } from '../support/dispatches.ts';
import { random } from '../support/random.ts';
import { stepOps } from '../support/steps.ts';

/** In which mode a chain runs, and what of it learns. */
export const modes = {
  training: { batchStatistics: true, learns: 'all' },
  'training, parts frozen': { batchStatistics: true, learns: 'some' },
  evaluation: { batchStatistics: false, learns: 'all' },
  'evaluation, parts frozen': { batchStatistics: false, learns: 'some' },
  inference: { batchStatistics: false, learns: 'nothing' },
} as const;

export type Mode = keyof typeof modes;

/** Everything that decides what a chain of ops computes, whichever ops they are. */
export interface Settings {
  readonly image: readonly number[];
  readonly rows: readonly number[];
  readonly outputs: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  /** Groups of a convolution whose channels can be split so. */
  readonly groups: 1 | 2;
  readonly withBias: boolean;
  /** Batch norm as the first op: of images, or of rows. */
  readonly ofRows: boolean;
  readonly seed: number;
}

const size = (min: number, max: number) => fc.integer({ min, max });

/** Channels-last and planar images, one channel, odd ones, one image. */
export const anySettings: fc.Arbitrary<Settings> = fc.record({
  image: fc.tuple(size(1, 3), fc.constantFrom(1, 2, 3, 4, 5, 8, 17), size(4, 7), size(4, 7)),
  rows: fc.tuple(size(2, 9), fc.constantFrom(1, 3, 4, 8, 17)),
  outputs: fc.constantFrom(1, 2, 3, 4, 5, 8, 17),
  kernel: fc.tuple(size(1, 3), size(1, 3)),
  stride: fc.tuple(size(1, 2), size(1, 2)),
  padding: fc.tuple(size(0, 1), size(0, 1)),
  groups: fc.constantFrom(1, 2),
  withBias: fc.boolean(),
  ofRows: fc.boolean(),
  seed: fc.nat(),
});

export const someSettings: Settings = {
  image: [2, 3, 5, 5],
  rows: [3, 4],
  outputs: 5,
  kernel: [2, 2],
  stride: [1, 1],
  padding: [1, 1],
  groups: 1,
  withBias: true,
  ofRows: false,
  seed: 3,
};

/** What a chain leaves: its value, gradients and running statistics. */
export interface Outcome {
  readonly kernels: readonly string[];
  readonly values: readonly ArrayLike<number>[];
  /** Of the input, then of each op's parameters in their order; null where none is wanted. */
  readonly gradients: readonly (ArrayLike<number> | null)[];
}

/** A chain of ops whose parameters are drawn from settings. */
export class DrawnChain {
  readonly #runtime: Runtime;
  readonly #settings: Settings;
  readonly #mode: Mode;
  readonly #next: () => number;

  readonly #buffers: Tensor[] = [];
  /** The input, then each op's parameters in their order. */
  readonly leaves: Tensor[] = [];
  readonly input: Tensor;
  readonly steps: readonly Step[];

  constructor(runtime: Runtime, ops: readonly StepName[], settings: Settings, mode: Mode) {
    this.#runtime = runtime;
    this.#settings = settings;
    this.#mode = mode;
    this.#next = random(settings.seed + 1);
    const { image, rows, ofRows } = settings;
    const isRows = ops[0] === 'linear' || (ops[0] === 'batchNorm' && ofRows && !ops.includes('maxPool2d'));
    let shape = isRows ? rows : image;
    this.input = this.#leaf(shape, isRows);
    this.steps = ops.map((op) => {
      const { step, to } = this.#draw(op, shape);
      shape = to;
      return step;
    });
  }

  /** Runs it by `forward`, forward and backward. */
  async run(
    forward: (x: Tensor, steps: readonly Step[]) => Tensor,
    last = (y: Tensor) => y,
  ): Promise<Outcome> {
    const { learns } = modes[this.#mode];
    let y: Tensor | undefined;
    const kernels = kernelsOf(this.#runtime, () => {
      y = this.#runtime.step(() => {
        const body = () => last(forward(this.input, this.steps));
        const result = learns === 'nothing' ? noGrad(body) : body();
        if (result.requiresGrad) {
          if (result.size === 1) backward(result);
          else backward(result, tensor(this.#runtime, this.#fill(result.shape), result.shape));
        }
        return result;
      });
    });
    const values = await Promise.all([y!, ...this.#buffers].map((t) => t.array()));
    const gradients = await Promise.all(this.leaves.map(({ grad }) => grad?.array() ?? null));
    return { kernels, values, gradients };
  }

  #fill(shape: readonly number[], low = -1): Float32Array {
    const next = this.#next;
    return Float32Array.from({ length: elementCount(shape) }, () => low + ((1 - low) * (next() + 1)) / 2);
  }

  #leaf(shape: readonly number[], plain = shape.length !== 4): Tensor {
    const { learns } = modes[this.#mode];
    const layout = plain ? rowMajor(shape) : imageLayout(shape);
    const leaf = tensor(this.#runtime, this.#fill(shape), shape, { layout });
    this.leaves.push(leaf.requiresGrad_(learns !== 'some' || this.#next() > 0));
    return leaf;
  }

  #buffer(shape: readonly number[], low: number): Tensor {
    const buffer = tensor(this.#runtime, this.#fill(shape, low), shape);
    this.#buffers.push(buffer);
    return buffer;
  }

  /** An op that takes a shape. */
  #draw(op: StepName, shape: readonly number[]): { readonly step: Step; readonly to: readonly number[] } {
    const { outputs, kernel, stride, padding, withBias } = this.#settings;
    const [batch, inChannels, height, width] = shape;
    const sizes = { batch, inChannels, height, width, outChannels: outputs, kernel, stride, padding };
    const bias = () => (withBias ? this.#leaf([outputs]) : null);
    switch (op) {
      case 'conv2d': {
        const groups = inChannels % 2 === 0 && outputs % 2 === 0 ? this.#settings.groups : 1;
        const weight = this.#leaf([outputs, inChannels / groups, ...kernel], true);
        const to = [batch, outputs, ...conv2dOutputSize(sizes)];
        return { step: step(stepOps[op], weight, bias(), { stride, padding, groups }), to };
      }
      case 'convTranspose2d': {
        const weight = this.#leaf([inChannels, outputs, ...kernel], true);
        const outputPadding = [stride[0] - 1, stride[1] - 1] as const;
        const to = [batch, outputs, ...convTranspose2dOutputSize({ ...sizes, outputPadding })];
        return { step: step(stepOps[op], weight, bias(), { stride, padding, outputPadding }), to };
      }
      case 'linear': {
        const weight = this.#leaf([outputs, inChannels]);
        return { step: step(stepOps[op], weight, bias()), to: [batch, outputs] };
      }
      case 'batchNorm': {
        const of = [inChannels];
        const [weight, bias] = [this.#leaf(of), this.#leaf(of)];
        const [runningMean, runningVar] = [this.#buffer(of, -1), this.#buffer(of, 0.2)];
        const training = modes[this.#mode].batchStatistics;
        return { step: step(stepOps[op], { weight, bias, runningMean, runningVar, training }), to: shape };
      }
      case 'relu':
        return { step: step(stepOps[op]), to: shape };
      case 'maxPool2d':
      case 'avgPool2d': {
        const window = [2, kernel[1] > 1 ? 2 : 1] as const;
        const margin = [padding[0], window[1] > 1 ? padding[1] : 0] as const;
        const pool = { batch, channels: inChannels, height, width, kernel: window, stride, padding: margin };
        const to = [batch, inChannels, ...pool2dOutputSize(pool)];
        return { step: step(stepOps[op], { kernelSize: window, stride, padding: margin }), to };
      }
    }
  }
}

/** True if every batch norm in the chain has more than one value of each channel. */
export function hasStatistics(
  ops: readonly StepName[],
  { image, kernel, stride, padding }: Settings,
): boolean {
  if (!ops.includes('batchNorm') || ops[0] !== 'conv2d') return true;
  const sides = [0, 1].map((d) => Math.floor((image[2 + d] + 2 * padding[d] - kernel[d]) / stride[d]) + 1);
  return image[0] * sides[0] * sides[1] > 1;
}

/** The ops of a chain, one after another. */
export function oneByOne(x: Tensor, steps: readonly Step[]): Tensor {
  return steps.reduce(
    (y, { op, args }) => (op.run as (x: Tensor, ...args: readonly unknown[]) => Tensor)(y, ...args),
    x,
  );
}
