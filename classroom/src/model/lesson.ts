/** A training step, taken apart: four calls, and all of its tensors kept. */
import {
  type Batch,
  examples,
  gatherBatch,
  type Loss,
  type Module,
  type Optimizer,
  observeLayers,
} from '@glassbox/nn';
import { checkOptions, type Kind, list, type OptionTable, required, whole } from '@glassbox/options';
import { backward, openDevice, Runtime, type Tensor, tensor } from '@glassbox/tensor-core';
import { Gradients } from './gradients.ts';
import { KernelRun } from './kernel-run.ts';
import { StepTensors } from './step-tensors.ts';
import type { LayerInfo, Stage, StepTensor, TensorKind } from './types.ts';
import { type SeenDispatch, WatchedDevice } from './watched-device.ts';

// biome-ignore lint/suspicious/noExplicitAny: the optimiser's own hyperparameters do not matter here
type AnyOptimizer = Optimizer<any>;

export interface LessonOptions {
  /** Threads of the `wasm` device; the cores there are unless given. */
  readonly threads?: number;
  /** Makes the net on the lesson's runtime. */
  readonly net: (runtime: Runtime) => Module;
  /** Makes the optimiser of the net's parameters. */
  readonly optimizer: (net: Module) => AnyOptimizer;
  readonly loss: Loss;
  /** The batch: bytes in the order of numpy's (N,H,W) or (N,H,W,C). */
  readonly images: Uint8Array;
  /** [C,H,W]. */
  readonly shape: readonly [number, number, number];
  /** One byte for each image. */
  readonly labels?: Uint8Array;
}

const makes: Kind = { what: 'a function', fits: (value) => typeof value === 'function' };
const bytes: Kind = { what: 'a Uint8Array', fits: (value) => value instanceof Uint8Array };
const optionNames: OptionTable<LessonOptions> = {
  threads: whole(1),
  net: required(makes),
  optimizer: required(makes),
  loss: required(makes),
  images: required(bytes),
  shape: required(list(whole(1), 3)),
  labels: bytes,
};

/** The layer that holds the loss. */
export const lossLayer = 'loss';

const stages: readonly Stage[] = ['forward', 'loss', 'backward', 'update'];

/** A layer of the step that runs. */
interface Computed {
  readonly name: string;
  readonly layer: Module;
  readonly input: Tensor;
  readonly output: Tensor;
}

/**
 * Opens a `wasm` device of its own, makes the net there and puts the batch beside it.
 * @throws DeviceError if there is no device; TypeError or RangeError for what does not fit.
 */
export async function openLesson(options: LessonOptions): Promise<Lesson> {
  checkOptions('openLesson', options, optionNames);
  const { threads } = options;
  const device = new WatchedDevice(await openDevice({ device: 'wasm', ...(threads ? { threads } : {}) }));
  return new Lesson(device, options);
}

/** Four calls make one step, to the bits of `fit`'s. Each keeps what it computed. */
export class Lesson {
  readonly net: Module;
  readonly runtime: Runtime;
  readonly optimizer: AnyOptimizer;
  /** For `explain`. */
  readonly device: WatchedDevice;
  /** For `explain`. */
  readonly tensors: StepTensors;
  readonly #loss: Loss;
  readonly #images: Parameters<typeof gatherBatch>[0];
  readonly #rows: Tensor;
  #done: Stage | undefined;
  #layers: Computed[] = [];
  #batch: Batch | undefined;
  #output: Tensor | undefined;
  #value: Tensor | undefined;
  #runs = new Map<SeenDispatch, Promise<KernelRun>>();

  constructor(device: WatchedDevice, { net, optimizer, loss, images, shape, labels }: LessonOptions) {
    this.device = device;
    this.runtime = new Runtime(device);
    this.net = net(this.runtime);
    this.optimizer = optimizer(this.net);
    this.tensors = new StepTensors(device);
    this.#loss = loss;
    this.#images = examples(this.runtime, { images, shape, ...(labels ? { labels } : {}) });
    const { rows } = this.#images;
    this.#rows = this.runtime.keep(tensor(this.runtime, rows, [rows.length], { dtype: 'u32' }));
    // As fit does: parts that are in evaluation mode by themselves stay there.
    if (!this.net.training) this.net.train();
  }

  /** Known after `forward`. `loss` is the last one. */
  get layers(): readonly LayerInfo[] {
    const layers = this.#layers.map(({ name, layer }) => {
      const parameters = [...layer.namedParameters()];
      return {
        name,
        type: layer.constructor.name,
        text: String(layer),
        parameters: parameters.map(([own]) => own),
        frozen: parameters.length > 0 && parameters.every(([, { requiresGrad }]) => !requiresGrad),
      };
    });
    if (layers.length === 0) return [];
    return [...layers, { name: lossLayer, type: 'Loss', text: 'Loss()', parameters: [], frozen: false }];
  }

  /** What was done last; undefined before `forward`. */
  get done(): Stage | undefined {
    return this.#done;
  }

  /** Computes the net's outputs, layer by layer. @throws Error if a step is under way. */
  async forward(): Promise<void> {
    this.#turn('forward');
    this.device.forget();
    this.tensors.clear();
    this.#runs = new Map();
    this.#layers = [];
    this.#batch = gatherBatch(this.#images, this.#rows);
    this.runtime.flush();
    // The batch is what the step begins with.
    this.device.watch();
    this.#nameParameters('');
    const names = new LayerNames(this.net);
    this.#output = observeLayers(
      (layer, input, output) => this.#layers.push({ name: names.of(layer), layer, input, output }),
      () => this.net.forward(this.#batch!.images),
    );
    await this.#settle();
    for (const { name, input, output } of this.#layers) {
      this.tensors.add(name, 'input', input);
      this.tensors.add(name, 'output', output);
    }
    this.tensors.add(lossLayer, 'input', this.#output);
    if (this.#batch.labels) this.tensors.add(lossLayer, 'labels', this.#batch.labels);
    this.#done = 'forward';
  }

  /** Computes the loss of the outputs. */
  async loss(): Promise<void> {
    this.#turn('loss');
    this.#value = this.#loss(this.#output!, this.#batch!);
    await this.#settle();
    this.tensors.add(lossLayer, 'output', this.#value);
    this.#done = 'loss';
  }

  /** Computes the gradient of the loss for each activation and parameter. */
  async backward(): Promise<void> {
    this.#turn('backward');
    const gradients = new Gradients(this.#value!);
    backward(this.#value!);
    gradients.close();
    await this.#settle();
    const name = (layer: string, what: TensorKind, of: Tensor) => {
      const gradient = gradients.of(of);
      if (gradient) this.tensors.add(layer, what, gradient);
    };
    for (const { name: layer, input, output } of this.#layers) {
      name(layer, 'outputGradient', output);
      name(layer, 'inputGradient', input);
    }
    name(lossLayer, 'inputGradient', this.#output!);
    for (const [layer, own, parameter] of this.#parameters()) {
      const gradient = parameter.heldGrad;
      if (gradient) this.tensors.add(layer, `${own}Gradient`, gradient);
    }
    this.#done = 'backward';
  }

  /** Lets the optimiser change the parameters. */
  async update(): Promise<void> {
    this.#turn('update');
    this.optimizer.step();
    await this.#settle();
    this.optimizer.zeroGrad();
    this.#nameParameters('After');
    this.#done = 'update';
  }

  /** Which tensors of a layer there are by now. */
  kinds(layer: string): readonly TensorKind[] {
    const kinds = this.tensors.kinds(layer);
    const changes = kinds
      .filter((kind) => kind.endsWith('After'))
      .map((kind) => kind.replace(/After$/, 'Change'));
    return [...kinds, ...changes];
  }

  /** @throws RangeError if there is no such tensor (yet); the message names those that there are. */
  tensor(layer: string, what: TensorKind): StepTensor {
    const known = this.tensors.find(layer, what);
    if (known) return this.tensors.values(known);
    if (!this.kinds(layer).includes(what)) throw this.missing(layer, what);
    const after = this.tensor(layer, what.replace(/Change$/, 'After'));
    const before = this.tensor(layer, what.replace(/Change$/, ''));
    const values = Float32Array.from(after.values, (value, index) => value - before.values[index]);
    return { layer, what, shape: after.shape, values };
  }

  /** The error for a tensor that there is not. */
  missing(layer: string, what: TensorKind): RangeError {
    const names = this.layers.map(({ name }) => name);
    if (names.length === 0) return new RangeError('lesson: there is no tensor yet; call forward() first');
    const there = names.includes(layer)
      ? `${layer} has ${this.kinds(layer).join(', ')}`
      : `the layers are ${names.join(', ')}`;
    return new RangeError(`lesson: there is no ${what} of ${layer} after '${this.#done}': ${there}`);
  }

  /** A dispatch of the step, ready to be run again. */
  run(number: number): Promise<KernelRun> {
    const dispatch = this.device.dispatches[number];
    let run = this.#runs.get(dispatch);
    if (!run) {
      run = KernelRun.of(dispatch, this.device);
      this.#runs.set(dispatch, run);
      // Each has a copy of its operands: the oldest goes.
      if (this.#runs.size > 16) this.#runs.delete(this.#runs.keys().next().value!);
    }
    return run;
  }

  /** Frees the device. */
  async close(): Promise<void> {
    await this.runtime.destroy();
  }

  #turn(stage: Stage): void {
    const next = stages[(stages.indexOf(this.#done ?? 'update') + 1) % stages.length];
    if (stage !== next) {
      throw new Error(
        `lesson: it is the turn of ${next}(), not of ${stage}(), after ${this.#done ?? 'the start'}`,
      );
    }
  }

  async #settle(): Promise<void> {
    this.runtime.flush();
    await this.device.settled();
  }

  #nameParameters(suffix: string): void {
    this.runtime.flush();
    for (const [layer, own, parameter] of this.#parameters())
      this.tensors.add(layer, `${own}${suffix}`, parameter);
  }

  /** Each parameter with the names of its layer and of itself. */
  *#parameters(): Generator<readonly [string, string, Tensor]> {
    for (const [name, parameter] of this.net.namedParameters()) {
      const dot = name.lastIndexOf('.');
      yield [name.slice(0, Math.max(0, dot)), name.slice(dot + 1), parameter];
    }
  }
}

/** Names of layers: as in the net, and for those that it does not name, by kind and number. */
class LayerNames {
  readonly #own: ReadonlyMap<Module, string>;
  readonly #counts = new Map<string, number>();

  constructor(net: Module) {
    this.#own = new Map([...net.namedModules()].map(([name, module]) => [module, name]));
  }

  of(layer: Module): string {
    const own = this.#own.get(layer);
    if (own) return own;
    const kind = layer.constructor.name.toLowerCase();
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    return `${kind}${count}`;
  }
}
