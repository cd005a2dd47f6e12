import { adamHyper, filterLayout } from '@glassbox/wgsl-kernels';
import { backward } from '../../src/autograd.ts';
import { chain } from '../../src/fusions/chain.ts';
import { conv2dStep, step } from '../../src/fusions/steps.ts';
import type { Runtime } from '../../src/index.ts';
import {
  adamStep,
  batchNorm,
  crossEntropy,
  dropout,
  dropout2d,
  flatten,
  gatherImages,
  gatherLabels,
  linear,
  storeImages,
  storeLabels,
} from '../../src/ops/index.ts';
import { ParameterArena } from '../../src/parameter-arena.ts';
import { Arena } from '../../src/runtime/arena.ts';
import { stepInput, type Tensor, tensor, zeros } from '../../src/tensor.ts';
import { random } from './random.ts';
import { withRelu } from './steps.ts';

const [side, channels, classes, count] = [10, 6, 3, 24];

/**
 * A small net with everything that is delicate in a recorded step: uploads, row numbers and random counters that differ
 * in each step, running statistics, gradients in an arena, an optimiser that counts.
 */
export class SmallNet {
  readonly runtime: Runtime;
  readonly parameters: Tensor[];
  readonly statistics: Tensor[];
  readonly #arena: ParameterArena;
  readonly #state: Arena[];
  readonly #images;
  readonly #labels;
  readonly #groups: Tensor;
  readonly #batch: number;
  /** Optimiser steps done. */
  steps = 0;
  /** Calls of hooks that the step registered. */
  hooks = 0;

  constructor(runtime: Runtime, batch = 4) {
    const next = random(7);
    const draw = (shape: readonly number[], layout?: Parameters<typeof tensor>[3]) =>
      tensor(
        runtime,
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 0.4 * next()),
        shape,
        layout,
      ).requiresGrad_();
    const filters = (shape: readonly number[]) => draw(shape, { layout: filterLayout(shape) });
    this.runtime = runtime;
    this.#batch = batch;
    this.parameters = [
      filters([channels, 1, 3, 3]),
      draw([channels]),
      tensor(runtime, new Float32Array(channels).fill(1), [channels]).requiresGrad_(),
      draw([channels]),
      filters([2 * channels, channels, 3, 3]),
      draw([2 * channels]),
      draw([classes, 2 * channels * 9]),
      draw([classes]),
    ];
    this.statistics = [
      zeros(runtime, [channels]),
      tensor(runtime, new Float32Array(channels).fill(1), [channels]),
    ];
    const layouts = this.parameters.map(({ layout }) => layout);
    this.#arena = new ParameterArena(runtime, this.parameters);
    this.#state = ['m', 'v'].map((name) => new Arena(runtime, layouts, name));
    const pixels = Uint8Array.from({ length: count * side * side }, () => 127 * (1 + next()));
    this.#images = storeImages(runtime, pixels, [1, side, side]);
    this.#labels = storeLabels(
      runtime,
      Uint8Array.from({ length: count }, (_, i) => i % classes),
    );
    const blocks = layouts.flatMap(({ size }) => new Array<number>(Math.ceil(size / 64)).fill(0));
    this.#groups = tensor(runtime, blocks, [blocks.length], { dtype: 'u32' });
  }

  forward(): Tensor {
    const { runtime, parameters: p } = this;
    const source = (stream: number) => ({ seed: 5, stream, step: () => this.steps });
    const rows = stepInput(runtime, [this.#batch], 'u32', () =>
      Array.from({ length: this.#batch }, (_, i) => (this.steps * this.#batch + i * 5) % count),
    );
    const [runningMean, runningVar] = this.statistics;
    const conv2dRelu = (weight: Tensor, bias: Tensor) =>
      withRelu(step(conv2dStep, weight, bias, { stride: 2, padding: 1 }), true);
    const x = chain(gatherImages(this.#images, rows), conv2dRelu(p[0], p[1]));
    const normal = batchNorm(x, { weight: p[2], bias: p[3], runningMean, runningVar, training: true });
    const y = chain(dropout2d(normal, 0.25, source(1)), conv2dRelu(p[4], p[5]));
    const logits = linear(dropout(flatten(y), 0.25, source(2)), p[6], p[7]);
    return crossEntropy(logits, gatherLabels(this.#labels, rows), { labelSmoothing: 0.1 });
  }

  /** Forward, backward and AdamW: the body of a step. */
  train(): Tensor {
    const { runtime } = this;
    runtime.eachStep(() => {
      this.hooks++;
    });
    const loss = this.forward();
    backward(loss);
    runtime.eachStep(() => {
      this.steps++;
    });
    const hyper = stepInput(runtime, [8], 'f32', () => adamHyper({ lr: 0.01, weightDecay: 0.1 }, this.steps));
    const [m, v] = this.#state;
    adamStep(this.#arena, { groups: this.#groups, hyper }, { m, v, decoupled: true });
    for (const parameter of this.parameters) parameter.grad = null;
    return loss;
  }

  /** Every parameter and statistic as bytes: equal texts are equal bits. */
  async bits(): Promise<string> {
    const arrays = await Promise.all([...this.parameters, ...this.statistics].map((t) => t.array()));
    return arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength).toString('base64')).join(' ');
  }
}
