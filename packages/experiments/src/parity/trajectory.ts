import {
  crossEntropyLoss,
  type Examples,
  examples,
  gatherBatch,
  type HostTensor,
  type Loss,
  type Module,
  type Optimizer,
  type OptimizerState,
  reconstructionLoss,
  type StateDict,
} from '@glassbox/nn';
import {
  backward,
  noGrad,
  type Recording,
  type Runtime,
  stepInput,
  type Tensor,
} from '@glassbox/tensor-core';
import type { Golden } from './golden.ts';
import type { ParityImages } from './images.ts';
import { buildModel, buildOptimizer } from './model.ts';

/** What a training run leaves to compare. */
export interface TrajectoryOutcome {
  readonly losses: readonly number[];
  readonly gradient0: StateDict;
  readonly final: StateDict;
  readonly testOutput: HostTensor;
}

/** The net, optimiser and batches of a recorded trajectory, ready to be trained from any initial weights. */
export class Trajectory {
  readonly #runtime: Runtime;
  readonly #golden: Golden;
  readonly #model: Module;
  readonly #optimizer: Optimizer<{ lr: number }>;
  readonly #train: Examples;
  readonly #test: Examples;
  readonly #loss: Loss;
  #fresh: OptimizerState | undefined;
  #step = 0;
  #recording: Recording<Tensor> | undefined;

  /** @throws ParityInputError if the weights are not those of the net. */
  constructor(runtime: Runtime, golden: Golden, images: ParityImages) {
    const { spec } = golden;
    const classifies = spec.loss === 'cross-entropy';
    const { shape, train, test, labels } = images;
    this.#runtime = runtime;
    this.#golden = golden;
    this.#model = buildModel(runtime, golden, shape);
    this.#optimizer = buildOptimizer(this.#model, spec.optimizer);
    this.#train = examples(runtime, { images: train, shape, labels: classifies ? labels! : undefined });
    this.#test = examples(runtime, { images: test, shape });
    this.#loss = classifies ? crossEntropyLoss() : reconstructionLoss('mse');
  }

  /** Gradients of the first step from these weights. */
  async gradient0(initial: StateDict): Promise<StateDict> {
    this.#begin(initial);
    this.#runtime.step(() => this.#forward());
    const found = await this.#gradients();
    this.#optimizer.zeroGrad();
    return found;
  }

  /**
   * The whole training from these weights. The first step runs as it is, so that its gradients can be read; the second
   * is recorded and replayed for all others.
   */
  async run(initial: StateDict): Promise<TrajectoryOutcome> {
    this.#fresh ??= await this.#optimizer.stateDict();
    this.#optimizer.loadStateDict(this.#fresh);
    this.#begin(initial);
    const losses = [await this.#runtime.step(() => this.#forward()).item()];
    const gradient0 = await this.#gradients();
    this.#runtime.step(() => this.#update());
    for (this.#step = 1; this.#step < this.#golden.spec.steps; this.#step++) {
      if (this.#recording) this.#recording.replay();
      else {
        this.#recording = this.#runtime.record(() => {
          const loss = this.#forward();
          this.#update();
          return loss;
        });
      }
      losses.push(await this.#recording.result.item());
    }
    const final = await this.#model.stateDict();
    return { losses, gradient0, final, testOutput: await this.#testOutput() };
  }

  dispose(): void {
    this.#recording?.dispose();
  }

  #begin(initial: StateDict): void {
    this.#model.loadStateDict(initial);
    this.#model.train();
    this.#step = 0;
  }

  #forward(): Tensor {
    const { spec, rows } = this.#golden;
    const own = () => rows.subarray(this.#step * spec.batch, (this.#step + 1) * spec.batch);
    const batch = gatherBatch(this.#train, stepInput(this.#runtime, [spec.batch], 'u32', own));
    const loss = this.#loss(this.#model.forward(batch.images), batch);
    backward(loss);
    return loss;
  }

  #update(): void {
    this.#optimizer.step();
    this.#optimizer.zeroGrad();
  }

  async #gradients(): Promise<StateDict> {
    const found: StateDict = new Map();
    for (const [name, { grad, shape }] of this.#model.namedParameters()) {
      if (grad) found.set(name, { dtype: 'F32', shape, data: (await grad.array()) as Float32Array });
    }
    return found;
  }

  async #testOutput(): Promise<HostTensor> {
    const count = this.#golden.testOutput.shape[0];
    const first = Uint32Array.from({ length: count }, (_, row) => row);
    this.#model.eval();
    const output = this.#runtime.step(() =>
      noGrad(() => {
        const rows = stepInput(this.#runtime, [count], 'u32', () => first);
        return this.#model.forward(gatherBatch(this.#test, rows).images);
      }),
    );
    return { dtype: 'F32', shape: output.shape, data: (await output.array()) as Float32Array };
  }
}
