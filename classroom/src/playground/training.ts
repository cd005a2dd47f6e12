import {
  BatchNorm2d,
  Conv2d,
  crossEntropyLoss,
  type Examples,
  examples,
  gatherBatch,
  Linear,
  type Optimizer,
  predict,
  RandomStream,
  type Sequential,
} from '@glassbox/nn';
import {
  noGrad,
  type Recording,
  type Runtime,
  softmax,
  stepInput,
  type Tensor,
  tensor,
} from '@glassbox/tensor-core';
import { playgroundExamples } from './data.ts';
import { buildNet, buildOptimizer, type LayerKind, type NamedLayer } from './net.ts';
import { imageSize, type Spec } from './spec.ts';
import { continueState, readState, type TrainingState, writeState } from './state.ts';
import { Trace } from './trace.ts';

/** Values of a tensor on the host, in PyTorch's order. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A layer as the page shows it. */
export interface LayerView {
  readonly kind: LayerKind;
  readonly number: number;
  /** What it makes of the image: [C,H,W], or [features]. */
  readonly output: Values;
  /** Filters [K,C,3,3] of a convolution, [2,features] of the last layer; null for others. */
  readonly weight: Values | null;
  readonly bias: Values | null;
}

/** The running net at one image, in evaluation mode, as it is after so many steps. */
export interface Walk {
  /** [1,28,28], as the net gets it: from -1 to 1. */
  readonly input: Values;
  readonly layers: readonly LayerView[];
  /** Softmax of the two logits. */
  readonly probabilities: readonly number[];
}

/** How a net does on the test images. */
export interface TestResult {
  /** Share of the images that it gets right. */
  readonly accuracy: number;
  /** The logit of pneumonia less that of normal, for each image: log odds. */
  readonly logOdds: Float32Array;
}

/** Streams of random numbers that no layer has: layers count from 0. */
const orderStream = (epoch: number) => [2, epoch] as const;

/** The order of the training images in an epoch. */
export function orderOf(seed: number, epoch: number, images: number): Uint32Array {
  return new RandomStream(seed, orderStream(epoch)).permutation(images);
}

/** What sets a run apart from the training of its spec. */
export interface RunOptions {
  /** Orders the images instead of the spec's seed. */
  readonly orderSeed?: number;
  /** Layers that do not learn. A frozen batch norm keeps its running statistics and normalises with them. */
  readonly isFrozen?: (layer: NamedLayer) => boolean;
}

/**
 * One training of the playground: the same spec gives the same losses to the last bit, on every machine that has the
 * device `wasm`. An epoch is as many whole batches as the images give, in a new order each time.
 */
export class Training {
  readonly runtime: Runtime;
  readonly spec: Spec;
  readonly net: Sequential;
  readonly layers: readonly NamedLayer[];
  readonly #testImages: Examples;
  readonly #testLabels: Uint8Array;
  readonly #train: Examples;
  readonly #optimizer: Optimizer;
  readonly #loss = crossEntropyLoss();
  readonly #orderSeed: number;
  #trace = new Trace();
  #recording: Recording<Tensor> | undefined;
  #order: Uint32Array = new Uint32Array(0);
  #rows: Uint32Array = new Uint32Array(0);
  #steps = 0;
  /** A first step has run: what is recorded is the second one. */
  #warm = false;

  /** @param spec one without a problem (`problemOf`). */
  constructor(runtime: Runtime, spec: Spec, options: RunOptions = {}) {
    this.runtime = runtime;
    this.spec = spec;
    const { train, test, testLabels } = playgroundExamples(runtime, spec);
    this.#train = train;
    this.#testImages = test;
    this.#testLabels = testLabels;
    const { net, layers } = buildNet(runtime, spec);
    this.net = net;
    this.layers = layers;
    this.#orderSeed = options.orderSeed ?? spec.seed;
    for (const layer of layers) {
      if (options.isFrozen?.(layer)) layer.module.freeze({ batchNorm: 'eval' });
    }
    this.#optimizer = buildOptimizer(spec, net.parameters());
  }

  get steps(): number {
    return this.#steps;
  }

  get stepsPerEpoch(): number {
    return Math.floor(this.spec.labels / this.spec.batch);
  }

  /** Fingerprint of all losses so far. */
  get trace(): string {
    return this.#trace.digest;
  }

  /** Trains on the next batch. @returns its mean loss before the update. */
  async step(): Promise<number> {
    const { batch } = this.spec;
    const at = this.#steps % this.stepsPerEpoch;
    if (at === 0) this.#shuffle();
    this.#rows = this.#order.subarray(at * batch, (at + 1) * batch);
    const loss = this.#run();
    const value = await loss.item();
    this.#steps++;
    this.#trace.add(value);
    return value;
  }

  /** The order of the images in the epoch of the next step. */
  #shuffle(): void {
    const epoch = Math.floor(this.#steps / this.stepsPerEpoch);
    this.#order = orderOf(this.#orderSeed, epoch, this.spec.labels);
  }

  /** All that the next steps depend on, copied to the host. */
  async state(): Promise<TrainingState> {
    return { steps: this.#steps, trace: this.trace, ...(await readState(this.net, this.#optimizer)) };
  }

  /** Goes back, or on, to a state of this training. */
  restore(state: TrainingState): void {
    writeState(this.net, this.#optimizer, state);
    this.#goTo(state.steps, state.trace);
  }

  /**
   * Begins where another run is, whose settings may differ: each layer that both nets have takes on its weights,
   * statistics and, with the same optimiser, its averages; others stay as they are at first.
   */
  async continueFrom(state: TrainingState, layers: readonly Pick<NamedLayer, 'kind' | 'number'>[]) {
    const own = await readState(this.net, this.#optimizer);
    writeState(this.net, this.#optimizer, continueState(own, this.layers, state, layers));
    this.#goTo(state.steps, new Trace().digest);
  }

  #goTo(steps: number, trace: string): void {
    this.#steps = steps;
    this.#trace = new Trace(trace);
    this.#shuffle();
  }

  /** The first step runs as it is, the second is recorded, all others replay the recording. */
  #run(): Tensor {
    if (this.#recording) {
      this.#recording.replay();
      return this.#recording.result;
    }
    const { runtime, net } = this;
    const learns = net.parameters().some(({ requiresGrad }) => requiresGrad);
    const work = () => {
      const rows = stepInput(runtime, [this.spec.batch], 'u32', () => this.#rows);
      const data = gatherBatch(this.#train, rows);
      const loss = this.#loss(net.forward(data.images), data);
      if (!learns) return loss; // all is frozen
      loss.backward();
      this.#optimizer.step();
      this.#optimizer.zeroGrad();
      return loss;
    };
    if (!this.#warm) {
      this.#warm = true;
      return runtime.step(work);
    }
    this.#recording = runtime.record(work);
    return this.#recording.result;
  }

  /** How the net does on the test images. */
  async test(): Promise<TestResult> {
    const { values } = await predict(this.net, this.#testImages);
    const logOdds = Float32Array.from(this.#testLabels, (_, row) => values[2 * row + 1] - values[2 * row]);
    const right = this.#testLabels.filter((label, row) => Number(logOdds[row] > 0) === label);
    return { accuracy: right.length / logOdds.length, logOdds };
  }

  /** What every layer makes of an image of 28 x 28 bytes. */
  async walk(image: Uint8Array): Promise<Walk> {
    const { runtime, net, layers } = this;
    const data = examples(runtime, { images: image, shape: [1, imageSize, imageSize] });
    net.eval();
    let input: Tensor;
    let outputs: readonly Tensor[];
    let shares: Tensor;
    try {
      [input, shares, ...outputs] = runtime.step(() =>
        noGrad(() => {
          const batch = gatherBatch(data, tensor(runtime, [0], [1], { dtype: 'u32' }));
          const seen: Tensor[] = [];
          for (const { module } of layers) seen.push(module.forward(seen.at(-1) ?? batch.images));
          return [batch.images, softmax(seen.at(-1)!), ...seen];
        }),
      );
    } finally {
      net.train();
    }
    const views = layers.map(async ({ kind, number, module }, index): Promise<LayerView> => {
      const learnt = module instanceof Conv2d || module instanceof Linear || module instanceof BatchNorm2d;
      const [output, weight, bias] = await Promise.all([
        valuesOf(outputs[index]),
        learnt && module.weight ? valuesOf(module.weight) : null,
        learnt && module.bias ? valuesOf(module.bias) : null,
      ]);
      return { kind, number, output: { ...output, shape: output.shape.slice(1) }, weight, bias };
    });
    const [seen, probabilities] = await Promise.all([valuesOf(input), shares.array()]);
    return {
      input: { ...seen, shape: seen.shape.slice(1) },
      layers: await Promise.all(views),
      probabilities: [...probabilities],
    };
  }

  dispose(): void {
    this.#recording?.dispose();
  }
}

async function valuesOf(tensor: Tensor): Promise<Values> {
  return { shape: tensor.shape, values: (await tensor.array()) as Float32Array };
}
