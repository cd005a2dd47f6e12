import {
  checkOptions,
  checkValue,
  flag,
  type Kind,
  type OptionTable,
  refuseOtherNames,
} from '@glassbox/options';
import { empty, launch, type Runtime, stepInput, type Tensor } from '@glassbox/tensor-core/functions';
import { average, relayout, rowMajor } from '@glassbox/wgsl-kernels';
import { aModule } from '../module/kinds.ts';
import type { Module } from '../module/module.ts';
import type { HostTensor, StateDict } from '../module/state-dict.ts';

/** Which average is taken, and of what. */
export interface AveragedModelOptions {
  /**
   * Share of the average that an update keeps, from 0 to below 1: an exponential moving average. Without it every
   * update counts the same (stochastic weight averaging).
   */
  readonly decay?: number;
  /** Average running statistics, too. Default false: they are the model's own. */
  readonly useBuffers?: boolean;
}

const decay: Kind = {
  what: 'a number from 0 to below 1',
  fits: (value) => typeof value === 'number' && value >= 0 && value < 1,
};
const optionNames: OptionTable<AveragedModelOptions> = { decay, useBuffers: flag };

/** An average of weights on the host. */
export interface AveragedState {
  /** How often it was updated. */
  readonly updates: number;
  /** The averages, by the names of the model's parameters and buffers. */
  readonly tensors: StateDict;
}

/** A tensor of the model, and its average. */
interface Pair {
  readonly model: Tensor;
  readonly average: Tensor;
}

/**
 * An average of a model's weights over its training, as `torch.optim.swa_utils.AveragedModel`: an exponential moving
 * average with `decay` (`get_ema_multi_avg_fn`; averaged += (1 - decay) · (p - averaged)), else the equal average of
 * stochastic weight averaging (averaged += (p - averaged) / (n + 1)). The first update copies the weights. It lies on
 * the device and is updated there; `fit({ average })` does so after each step of the optimiser.
 *
 * The model itself is not changed, until `use` or `copyToModel`.
 */
export class AveragedModel {
  readonly #model: Module;
  readonly #runtime: Runtime;
  readonly #decay: number | undefined;
  readonly #pairs: ReadonlyMap<string, Pair>;
  #updates = 0;
  #inUse = false;

  constructor(model: Module, options: AveragedModelOptions = {}) {
    checkValue('AveragedModel', 'the model', model, aModule);
    checkOptions('AveragedModel', options, optionNames);
    const { decay, useBuffers = false } = options;
    const floats = [...model.namedParameters(), ...(useBuffers ? model.namedBuffers() : [])].flatMap(
      ([name, value]) => ('dtype' in value && value.dtype === 'f32' ? [[name, value] as const] : []),
    );
    if (floats.length === 0) throw new RangeError('AveragedModel: the model has no parameters to average');
    this.#model = model;
    this.#runtime = floats[0][1].runtime;
    this.#decay = decay;
    this.#pairs = new Map(
      floats.map(([name, own]) => {
        const average = this.#runtime.keep(empty(own.runtime, own.layout));
        average.write(new Float32Array(own.size));
        return [name, { model: own, average }];
      }),
    );
  }

  /** The model whose weights are averaged. */
  get model(): Module {
    return this.#model;
  }

  /** How often it was updated. */
  get updates(): number {
    return this.#updates;
  }

  /** Takes in the model's weights as they are now. May be recorded. */
  updateParameters(): void {
    this.#requireFree('updateParameters');
    const weight = stepInput(this.#runtime, [1], 'f32', () => [this.#share()]);
    for (const { model, average: y } of this.#pairs.values()) {
      launch(average, [{ words: y.layout.size }], { x: model, weight, y });
    }
    this.#runtime.eachStep(() => {
      this.#updates++;
    });
  }

  /** How far the next update moves the average. */
  #share(): number {
    if (this.#updates === 0) return 1;
    return this.#decay === undefined ? 1 / (this.#updates + 1) : 1 - this.#decay;
  }

  /**
   * Gives the model the averaged weights while `body` runs, and its own back after it, to the bit:
   * `await averaged.use(() => evaluate(net, test, { loss }))`. Nothing may train the model meanwhile.
   * @returns what `body` gives.
   * @throws Error if nothing was averaged yet, or another `use` has not ended.
   */
  async use<T>(body: () => T | Promise<T>): Promise<T> {
    const giveBack = this.swapIn();
    try {
      return await body();
    } finally {
      giveBack();
    }
  }

  /** The same in two parts: gives the model the averaged weights. @returns gives it its own back */
  swapIn(): () => void {
    this.#requireFree('use');
    this.#requireUpdates('use');
    this.#inUse = true;
    const own = [...this.#pairs.values()].map(({ model, average }) => {
      const kept = empty(this.#runtime, model.layout);
      copy(this.#runtime, model, kept);
      copy(this.#runtime, average, model);
      return { model, kept };
    });
    return () => {
      for (const { model, kept } of own) copy(this.#runtime, kept, model);
      this.#inUse = false;
    };
  }

  /** Gives the model the averaged weights for good. @throws Error if nothing was averaged yet. */
  copyToModel(): void {
    this.#requireFree('copyToModel');
    this.#requireUpdates('copyToModel');
    for (const { model, average } of this.#pairs.values()) copy(this.#runtime, average, model);
  }

  /** Copies the averages to the host, under the model's names. */
  async stateDict(): Promise<AveragedState> {
    const updates = this.#updates;
    const entries = [...this.#pairs].map(async ([name, { average }]): Promise<[string, HostTensor]> => {
      const data = (await average.array()) as Float32Array;
      return [name, { dtype: 'F32', shape: [...average.shape], data }];
    });
    return { updates, tensors: new Map(await Promise.all(entries)) };
  }

  /** Goes on from a saved state. @throws RangeError if it is another model's; nothing is changed then. */
  loadStateDict({ updates, tensors }: AveragedState): void {
    this.#requireFree('loadStateDict');
    const writes = [...this.#pairs].map(([name, { average }]) => {
      const given = tensors.get(name);
      if (given?.dtype !== 'F32' || String(given.shape) !== String(average.shape)) {
        throw new RangeError(
          `AveragedModel: '${name}' is [${given?.shape ?? 'missing'}] in the state, and [${average.shape}] here`,
        );
      }
      return () => average.write(given.data as Float32Array);
    });
    for (const write of writes) write();
    this.#updates = updates;
  }

  #requireFree(what: string): void {
    if (this.#inUse) {
      throw new Error(
        `AveragedModel: ${what} while the model has the averaged weights; wait until use() has ended`,
      );
    }
  }

  #requireUpdates(what: string): void {
    if (this.#updates === 0) {
      throw new Error(
        `AveragedModel: ${what} before any update: call updateParameters() after optimizer.step()`,
      );
    }
  }
}

refuseOtherNames(AveragedModel.prototype, 'AveragedModel');

/** Copies all of a tensor's memory to another of the same layout. */
function copy(runtime: Runtime, from: Tensor, to: Tensor): void {
  const words = rowMajor([to.storage.words]);
  launch(relayout, [words, words, undefined], { x: from.storage, y: to.storage }, runtime);
}
