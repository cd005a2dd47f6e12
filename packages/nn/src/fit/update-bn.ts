import { checkOptions, checkValue, type OptionTable, whole } from '@glassbox/options';
import { noGrad } from '@glassbox/tensor-core/functions';
import { aDataSource, type DataSource, passOf, requireOwnBatches, runtimeOf } from '../data/source.ts';
import { aTransform, type Transform, transformed } from '../data/transform.ts';
import { BatchNorm } from '../layers/batch-norm.ts';
import { aModule } from '../module/kinds.ts';
import { modesOf, setModes } from '../module/modes.ts';
import type { Module } from '../module/module.ts';
import { runAll } from './evaluate.ts';
import { RecordedBatches } from './recorded-batches.ts';

/** Which batches `updateBn` looks at. */
export interface UpdateBnOptions {
  /** Of examples; an iterable makes its own batches. Default 256. */
  readonly batchSize?: number;
  /** What is done to images before, on the device: as in the training. */
  readonly transform?: Transform;
}

const optionNames: OptionTable<UpdateBnOptions> = { batchSize: whole(1), transform: aTransform };

/**
 * Takes batch norm's running statistics anew from one pass over data, every batch alike, as
 * `torch.optim.swa_utils.update_bn`: averaged weights need statistics of their own. The model computes the batches in
 * training mode and keeps its weights; its mode and momenta are as before afterwards. Nothing may train it meanwhile.
 * Batch norm that is frozen with `batchNorm: 'eval'` keeps its statistics.
 * @param data examples, or an iterable of batches (see `BatchIterable`).
 */
export async function updateBn(
  model: Module,
  data: DataSource,
  options: UpdateBnOptions = {},
): Promise<void> {
  checkValue('updateBn', 'the model', model, aModule);
  checkValue('updateBn', 'data', data, aDataSource);
  checkOptions('updateBn', options, optionNames);
  requireOwnBatches('updateBn', data, options.batchSize);
  const { batchSize = 256, transform } = options;
  const norms = model
    .modules()
    .filter(
      (part): part is BatchNorm =>
        part instanceof BatchNorm && part.runningMean !== null && part.frozenAs !== 'eval',
    );
  if (norms.length === 0) return;
  const runtime = runtimeOf('updateBn', data, model);
  const before = { modes: modesOf(model), momenta: norms.map(({ momentum }) => momentum) };
  model.train();
  for (const norm of norms) {
    norm.resetRunningStats();
    norm.momentum = null;
  }
  const work = new RecordedBatches(runtime, { model, modes: 'training' }, (batch) => {
    noGrad(() => model.forward(transformed('updateBn', transform, batch).images));
    return undefined;
  });
  try {
    const pass = passOf(data, runtime, { owner: 'updateBn', what: 'data', epoch: 1 }, { batchSize });
    await runAll(work, pass, runtime);
  } finally {
    work.dispose();
    for (const [index, norm] of norms.entries()) norm.momentum = before.momenta[index];
    setModes(before.modes);
  }
}
