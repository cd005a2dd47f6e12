import { atLeast1, callback, checkOptions, checkValue, type OptionTable } from '@glassbox/options';
import type { Tensor } from '@glassbox/tensor-core/functions';
import { type BatchInput, itemOf } from '../data/batch-input.ts';
import type { Batch } from '../data/examples.ts';
import { runtimeOfModel } from '../data/source.ts';
import { aModule } from '../module/kinds.ts';
import type { Module } from '../module/module.ts';
import { RecordedBatches } from './recorded-batches.ts';

/** How a compiled step is watched. */
export interface CompileOptions {
  /** See `RecordOptions`: most steps between two looks at what the function does. Default 47. */
  readonly checkEvery?: number;
}

const optionNames: OptionTable<CompileOptions> = { checkEvery: atLeast1 };

/** A step of a loop of one's own that is recorded: call it with batch after batch. */
export interface CompiledStep<T> {
  /**
   * Runs the step on a batch.
   * @returns the function's result. The next batch of the same shape overwrites it: read it before.
   * @throws StepChangedError if the function does something else than when it was recorded.
   */
  (batch: BatchInput): T;
  /** Frees what was recorded; else the garbage collector does. */
  dispose(): void;
}

/**
 * Records a step of a training loop of one's own, as `torch.compile` would: the first batch of a shape runs as it is,
 * the second is recorded, all others replay the recording (see `Runtime.record`), with the same bits.
 *
 *     const step = compile(net, (batch) => {
 *       const loss = crossEntropyLoss()(net.forward(batch.images), batch);
 *       loss.backward();
 *       optimizer.step();
 *       optimizer.zeroGrad();
 *       return loss;
 *     });
 *     for (const batch of batches(data, { batchSize: 64 })) console.log(await step(batch).item());
 *
 * The net's modes are its own. What changes from step to step must be a `stepInput`, as in every recorded step.
 * @param step what to do with a batch; it returns a tensor or nothing.
 */
export function compile<T extends Tensor | undefined>(
  model: Module,
  step: (batch: Batch) => T,
  options: CompileOptions = {},
): CompiledStep<T> {
  checkValue('compile', 'the model', model, aModule);
  checkValue('compile', 'step', step, callback);
  checkOptions('compile', options, optionNames);
  const runtime = runtimeOfModel('compile', model);
  const recorded = new RecordedBatches(runtime, { model, modes: 'own', ...options }, step);
  const run = (batch: BatchInput) => recorded.run(itemOf('compile: the batch', batch, runtime));
  return Object.assign(run, { dispose: () => recorded.dispose() });
}
