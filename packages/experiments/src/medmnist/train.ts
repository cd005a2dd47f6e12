/** Trains and scores one cell: resumable after each epoch, and kept whole when it is done. */
import { classifierMetadata } from '@glassbox/classifier';
import { encodePredictions, predictionsFileName, type SplitName, splitNames } from '@glassbox/medmnist';
import { medmnistScores } from '@glassbox/metrics';
import {
  applyActivationCheckpointing,
  Block,
  type FitResult,
  fit,
  predict,
  type StateDict,
} from '@glassbox/nn';
import type { Runtime } from '@glassbox/tensor-core';
import type { LoggedEpoch } from '../report/results.ts';
import type { RunFolder } from '../run/folder.ts';
import type { RunProgress } from '../run/progress.ts';
import { InterruptedError } from '../training/context.ts';
import { keptState, stateFile } from '../training/train.ts';
import type { Cell } from './cells.ts';
import { neighbourShares } from './knn.ts';
import { features, loadEncoder, type MadeNet, makeBenchmarkNet } from './nets.ts';
import type { PreparedSet } from './prepare.ts';
import { type Kept, neighbours, type Protocol } from './protocol.ts';
import type { CellResult, KeptSplit } from './results.ts';
import { keptIntervals, keptScores, meanOfBatches, probabilitiesOf } from './scores.ts';

/** What every cell needs. */
export interface BenchmarkContext {
  readonly runtime: Runtime;
  readonly folder: RunFolder;
  readonly protocol: Protocol;
  readonly epochs: number;
  /** File of the weights that the plus protocol begins with. */
  readonly weights: string | undefined;
  /** Compute blocks of nets again in the backward pass. */
  readonly activationCheckpointing: boolean;
  readonly progress: RunProgress;
  readonly signal: AbortSignal;
  readonly note: (line: string) => void;
}

type Probabilities = Readonly<Record<SplitName, Float32Array>>;

/** Computes a cell. An interrupted training goes on from its last epoch. @throws InterruptedError */
export async function runCell(context: BenchmarkContext, cell: Cell, set: PreparedSet): Promise<CellResult> {
  const { progress, runtime, activationCheckpointing } = context;
  progress.begin(cell.id);
  const made = makeBenchmarkNet(runtime, cell.net, set.input, cell.seed);
  // The small nets have no blocks, and need little memory.
  const blocks = made.net.modules().some((part) => part instanceof Block);
  if (activationCheckpointing && blocks) applyActivationCheckpointing(made.net);
  const start = await startingWeights(context, cell, made);
  const about = { ...cell, form: made.name, parameters: made.net.parameterCount(), start };
  const course = await (cell.mode === 'knn' ? vote : train)(context, cell, made, set);
  progress.end();
  return { ...about, ...course };
}

/** Loads the weights that the cell begins with. @returns them in words */
async function startingWeights(context: BenchmarkContext, cell: Cell, made: MadeNet): Promise<string> {
  const { weights, folder } = context;
  if (weights !== undefined) {
    await loadEncoder(made, weights);
    return 'the encoder of --weights, a fresh last layer';
  }
  if (cell.mode === 'end-to-end') return `fresh (seed ${cell.seed})`;
  await loadEncoder(made, folder.file(weightsFile(cell, 'end-to-end')));
  return `the encoder that was trained end to end on ${cell.set} (seed ${cell.seed}), a fresh last layer`;
}

/** Where the best epoch's weights of a cell are kept. */
function weightsFile({ id, mode }: Cell, of = mode): string {
  return `checkpoints/${of === mode ? id : id.replace(`-${mode}-seed`, '-seed')}.safetensors`;
}

async function train(context: BenchmarkContext, cell: Cell, made: MadeNet, set: PreparedSet) {
  const { folder, protocol } = context;
  const { net, head } = made;
  if (cell.mode === 'linear-probe') {
    net.freeze({ batchNorm: 'reestimate' });
    head.unfreeze();
  }
  const trainableParameters = net.parameterCount({ trainable: true });
  const result = await trainNet(context, cell, made, set);
  const states: Readonly<Record<Kept, StateDict>> = { best: result.bestState, last: await net.stateDict() };
  const kept: Partial<Record<Kept, CellResult['kept'][Kept]>> = {};
  let probabilities: Probabilities | undefined;
  for (const epoch of protocol.kept) {
    // The best epoch may be the last one.
    if (!probabilities || result.bestEpoch < result.history.length) {
      net.loadStateDict(states[epoch]);
      probabilities = await predictSplits(context, cell, made, set);
    }
    kept[epoch] = await keepPredictions(context, cell, set, epoch, probabilities);
  }
  await folder.writeTensors(weightsFile(cell), states.best, metadataOf(cell, made, set));
  await folder.remove(stateFile(cell.id));
  return {
    trainableParameters,
    history: result.history.map(loggedEpoch),
    bestEpoch: result.bestEpoch,
    stopReason: result.stopReason === 'patience' ? ('patience' as const) : ('limit' as const),
    trainSeconds: result.seconds,
    kept,
  };
}

async function predictSplits(
  context: BenchmarkContext,
  cell: Cell,
  { net }: MadeNet,
  set: PreparedSet,
): Promise<Probabilities> {
  const probabilities = {} as Record<SplitName, Float32Array>;
  for (const split of splitNames) {
    stopIfAsked(context, cell);
    const { values, width } = await predict(net, set.splits[split], evaluation(context.protocol, set));
    probabilities[split] = probabilitiesOf(values, width, set.multiLabel);
  }
  return probabilities;
}

const evaluation = ({ evalBatchSize: batchSize }: Protocol, { transform }: PreparedSet) => ({
  batchSize,
  ...(transform ? { transform } : {}),
});

/** Trains with the state that the folder holds, if any. @throws InterruptedError */
async function trainNet(
  { folder, protocol, epochs, progress, signal, note }: BenchmarkContext,
  { id, mode, seed }: Cell,
  { net, head }: MadeNet,
  { dataset, splits, loss, transform, multiLabel }: PreparedSet,
): Promise<FitResult> {
  const { task } = dataset;
  const { checkpoint, ...state } = await keptState(folder, id);
  const display = progress.display(id);
  try {
    const result = await fit(net, {
      train: splits.train,
      val: splits.val,
      loss,
      optimizer: protocol.optimizer((mode === 'linear-probe' ? head : net).parameters()),
      schedule: protocol.schedule(epochs),
      epochs,
      batchSize: protocol.batchSize,
      evalBatchSize: protocol.evalBatchSize,
      ...(transform ? { transform, evalTransform: transform } : {}),
      seed,
      earlyStopping: { patience: protocol.patience, monitor: protocol.monitor },
      // The last epoch is scored, too.
      restoreBest: false,
      scores: (outputs) => {
        const { values, width } = outputs;
        const { labels } = dataset.splits.val;
        const probabilities = probabilitiesOf(values, width, multiLabel);
        const { auc, accuracy } = medmnistScores({ task, probabilities, width, labels });
        const batchLoss = meanOfBatches(outputs, labels, { multiLabel, batchSize: protocol.evalBatchSize });
        return { auc, accuracy, batchLoss };
      },
      onEpoch: async (record) => {
        await folder.log(id, record);
        display.clear();
        const left = progress.left();
        const { epoch, trainLoss, valLoss, scores, seconds } = record;
        note(
          `  ${progress.place}: ${id}, epoch ${epoch} of ${protocol.patience < epochs ? 'at most ' : ''}${epochs}: ` +
            `loss ${trainLoss.toFixed(3)}, validation loss ${valLoss!.toFixed(3)}, AUC ${scores.auc.toFixed(3)}, ` +
            `${seconds.toFixed(1)} s${left ? `; ${left}` : ''}`,
        );
      },
      queueAhead: true,
      checkpoint,
      ...state,
      signal,
      progress: display.update,
    });
    if (result.stopReason === 'interrupted') throw new InterruptedError(id);
    return result;
  } finally {
    display.clear();
  }
}

/** The nearest training images vote on each split; those of the training split include the image itself. */
async function vote(context: BenchmarkContext, cell: Cell, made: MadeNet, set: PreparedSet) {
  const { protocol, note, progress } = context;
  const { dataset, multiLabel, input } = set;
  note(`  ${progress.place}: ${cell.id}`);
  const options = { ...evaluation(protocol, set), compute: features(made) };
  const known = await predict(made.net, set.splits.train, options);
  const { labels } = dataset.splits.train;
  const probabilities = {} as Record<SplitName, Float32Array>;
  for (const split of splitNames) {
    stopIfAsked(context, cell);
    const asked = split === 'train' ? known : await predict(made.net, set.splits[split], options);
    probabilities[split] = neighbourShares(known, asked, {
      labels,
      outputs: input.outputs,
      multiLabel,
      k: neighbours,
    });
  }
  return {
    trainableParameters: 0,
    history: [],
    bestEpoch: 0,
    stopReason: 'none' as const,
    trainSeconds: 0,
    kept: { best: await keepPredictions(context, cell, set, 'best', probabilities) },
  };
}

function stopIfAsked({ signal }: BenchmarkContext, { id }: Cell): void {
  if (signal.aborted) throw new InterruptedError(id);
}

/** Writes the files of predictions, and scores what they hold. */
async function keepPredictions(
  { folder }: BenchmarkContext,
  { id, set, size, seed }: Cell,
  { dataset, input }: PreparedSet,
  epoch: Kept,
  probabilities: Probabilities,
): Promise<Readonly<Record<SplitName, KeptSplit>>> {
  const { task, splits } = dataset;
  const entries: [SplitName, KeptSplit][] = [];
  for (const split of splitNames) {
    const scored = {
      task,
      probabilities: probabilities[split],
      width: input.outputs,
      labels: splits[split].labels,
    };
    const scores = keptScores(scored);
    const { accuracy } = scores;
    const auc = scores.auc ?? Number.NaN;
    const run = `${id.slice(set.length + 1)}-${epoch}`;
    const file = `predictions/${predictionsFileName({ set, size, split, auc, accuracy, run })}`;
    await folder.write(file, encodePredictions(probabilities[split], input.outputs));
    entries.push([
      split,
      { file, scores, ...(split === 'test' ? { intervals: keptIntervals(scored, seed) } : {}) },
    ]);
  }
  return Object.fromEntries(entries) as Record<SplitName, KeptSplit>;
}

/** What `npm run predict` needs, where it can make the same input: one class for an image, taken as it is. */
function metadataOf(
  { seed }: Cell,
  { name }: MadeNet,
  { dataset, input, multiLabel, transform }: PreparedSet,
) {
  if (multiLabel || transform) return {};
  const { pixels: size, channels } = input;
  return classifierMetadata({ net: name, classes: dataset.labelNames, size, channels, seed });
}

function loggedEpoch(record: FitResult['history'][number]): LoggedEpoch {
  const { epoch, trainLoss, valLoss, trainAccuracy, valAccuracy, scores, learningRates } = record;
  return {
    epoch,
    trainLoss,
    valLoss: valLoss!,
    ...(trainAccuracy === undefined ? {} : { trainAccuracy }),
    ...(valAccuracy === undefined ? {} : { valAccuracy }),
    ...(Number.isFinite(scores.auc) ? { valAuc: scores.auc } : {}),
    learningRate: learningRates[0],
  };
}
